# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of kernel_setup: kernel modules and sysctls, now and at boot.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._host import boot
from .._host.claims import Claims
from .._host.finish import make_result, refuse
from .._host.records import tell
from .._model.claims import MODULE, OPTION, SYSCTL, Things, named, thing
from .decide import Wanted, parse_modules, parse_options, parse_sysctls, written_options
from .kernel import Kernel

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host

PART = "kernel_setup"


def things_of(params: Mapping[str, t.Any]) -> Things:
    """What the arguments ask for, checked."""
    if params["state"] == "absent":
        return {}
    modules, sysctls = parse_modules(params["kernel_modules"]), parse_sysctls(params["sysctls"])
    options = parse_options(params["module_options"])
    return {
        **{thing(OPTION, name, key): value for name, given in options.items() for key, value in given.items()},
        **{thing(MODULE, name): "" for name in modules},
        **{thing(SYSCTL, name): need.value for name, need in sysctls.items()},
    }


def wanted_of(things: Mapping[str, str], persistent: bool) -> Wanted:
    """The kernel that has all of these, whichever LVS asked for them first: our files are the same for each."""
    options: dict[str, dict[str, str]] = {}
    for words, value in sorted(named(OPTION, things).items()):
        module, _space, option = words.partition(" ")
        options.setdefault(module, {})[option] = value
    modules, sysctls = parse_modules(sorted(named(MODULE, things))), parse_sysctls(named(SYSCTL, things))
    return Wanted(modules, sysctls, at_boot=persistent, options=parse_options(options))


def before_names(kernel: Kernel) -> Things:
    """What our files have the kernel be at boot."""
    options = written_options(kernel.texts[kernel.options_file] or "")
    modules, sysctls = kernel.boot.kept()
    return {
        **{thing(OPTION, name, key): value for name, key, value in options},
        **{thing(MODULE, name): "" for name in modules},
        **{thing(SYSCTL, name): value for name, value in sysctls},
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    mine = things_of(module.params)
    if mine and module.params["persistent"]:
        boot.require(host)
    kernel = Kernel(host, PART)
    claims = Claims(host, module, PART, before_names(kernel), persistent=module.params["persistent"])
    tell(module.warn, kernel.found, claims.found)
    work = kernel.decide(wanted_of(claims.with_foreign(mine), claims.lasts(mine)))
    refuse(module, work.problems())
    for warning in (*work.kept(), *work.waiting()):
        module.warn(warning)
    changed = work.differs or claims.differs(mine)
    if changed and not module.check_mode:
        claims.begin(mine)
        for warning in work.apply():
            module.warn(warning)
        claims.end(mine)
    return make_result(module, changed, work.before(), work.after(), work.commands(), work.file_diffs())
