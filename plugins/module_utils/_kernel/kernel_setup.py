# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of kernel_setup: kernel modules and sysctls, now and at boot.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._host.finish import make_result, refuse
from .._host.records import tell
from .decide import Wanted, parse_modules, parse_options, parse_sysctls
from .kernel import Kernel

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    wanted = Wanted()
    if module.params["state"] == "present":
        wanted = Wanted(
            parse_modules(module.params["kernel_modules"]),
            parse_sysctls(module.params["sysctls"]),
            options=parse_options(module.params["module_options"]),
        )
    kernel = Kernel(host, "kernel_setup")
    tell(module.warn, kernel.found)
    work = kernel.decide(wanted)
    refuse(module, work.problems())
    for warning in (*work.kept(), *work.waiting()):
        module.warn(warning)
    if work.differs and not module.check_mode:
        for warning in work.apply():
            module.warn(warning)
    return make_result(module, work.differs, work.before(), work.after(), work.commands(), work.file_diffs())
