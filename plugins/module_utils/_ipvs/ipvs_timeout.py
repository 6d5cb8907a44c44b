# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ipvs_timeout: for how long idle connections are remembered.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import os
import typing as t

from .._errors import LvsError
from .._host.finish import make_result
from .daemon import Timeouts, timeout_command
from .options import given, parse_timeouts

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .client import Ipvs


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the timeouts what the task says."""
    before = kernel.timeouts()
    after = parse_timeouts(given(module.params, Timeouts._fields), before)
    if after != before and not module.check_mode:
        write(kernel, after)
    commands = [timeout_command(after)] if after != before else []
    return make_result(module, bool(commands), before._asdict(), after._asdict(), commands)


def write(kernel: Ipvs, wanted: Timeouts) -> None:
    try:
        kernel.set_timeouts(wanted)
    except OSError as error:
        raise LvsError("the timeouts", wanted._asdict(), f"were refused: {os.strerror(error.errno or 0)}.") from error
    found = kernel.timeouts()
    if found != wanted:
        raise LvsError(
            "the timeouts", wanted._asdict(), f"were set but are {found._asdict()}: somebody else sets them."
        )
