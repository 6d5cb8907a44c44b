# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ipvs_timeout: the kernel's timeouts are what a task says.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import os
import typing as t

from .._errors import LvsError
from .daemon import Timeouts, timeout_command
from .options import given, parse_timeouts

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .client import Ipvs


OPTIONS: dict[str, dict[str, t.Any]] = {field: {"type": "int"} for field in Timeouts._fields}


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the timeouts what the task says."""
    before = kernel.timeouts()
    after = parse_timeouts(given(module.params, OPTIONS), before)
    if after != before and not module.check_mode:
        write(kernel, after)
    answer = {
        "changed": after != before,
        "before": before._asdict(),
        "after": after._asdict(),
        "commands": [timeout_command(after)] if after != before else [],
    }
    if module._diff:
        answer["diff"] = {"before": before._asdict(), "after": after._asdict()}
    return answer


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
