# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module that changes the kernel's table begins and ends.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import errno
import typing as t
from collections.abc import Callable, Sequence

from .._errors import LvsError, LvsErrors
from .._host import changes
from .._host.lock import hold, own_name
from .._model.diff import Operation
from .._model.ipvsadm import commands
from . import refusals
from .run import run

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .client import Ipvs


class UnfinishedError(LvsErrors):
    """The kernel refused something. ``left`` is what could not be undone; empty when all is as it was."""

    def __init__(self, reasons: Sequence[LvsError], left: list[Operation]) -> None:
        super().__init__(reasons)
        self.left = left

    def __str__(self) -> str:
        if self.left:
            state = f"This could not be undone: {'; '.join(commands(self.left))}"
        else:
            state = "Everything this task did before that was undone."
        return f"{super().__str__()}\n{state}"


def alone(module: AnsibleModule, body: Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
    """Read, decide and write without another task of ours in between."""
    with contextlib.nullcontext() if module.check_mode else hold(own_name(module), module.warn):
        return body()


def write(module: AnsibleModule, body: Callable[[Ipvs], dict[str, t.Any]]) -> t.NoReturn:
    """Begin and end as any module of the table; what was changed is noted, and what was left halfway is said."""

    def work(kernel: Ipvs) -> dict[str, t.Any]:
        try:
            result = body(kernel)
        except UnfinishedError as error:
            module.fail_json(msg=str(error), changed=bool(error.left), commands=commands(error.left))
        if module.check_mode and result["changed"] and not kernel.loaded:
            _require_loadable(module)
        changes.note(module, result)
        return result

    run(module, work)


def _require_loadable(module: AnsibleModule) -> None:
    """Check mode loads nothing, but it knows whether the first write could."""
    if not loadable(module, "ip_vs"):
        raise refusals.absent(errno.ENOENT)


def loadable(module: AnsibleModule, name: str) -> bool | None:
    """Whether a kernel module could be loaded; None where there is no modprobe to ask."""
    modprobe = module.get_bin_path("modprobe")
    return None if modprobe is None else module.run_command([modprobe, "--dry-run", "--quiet", name])[0] == 0
