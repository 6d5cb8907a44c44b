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
from collections.abc import Callable

from .._host import changes
from .._host.finish import UndoneError
from .._host.host import Host
from .._host.lock import hold, own_name
from . import refusals
from .run import run

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .client import Ipvs


def alone(module: AnsibleModule, body: Callable[[], dict[str, t.Any]]) -> dict[str, t.Any]:
    """Read, decide and write without another task of ours in between."""
    with contextlib.nullcontext() if module.check_mode else hold(own_name(module), module.warn):
        return body()


def write(module: AnsibleModule, body: Callable[[Ipvs], dict[str, t.Any]]) -> t.NoReturn:
    """Begin and end as any module of the table; what was changed is noted, and what was left halfway is said."""

    def work(kernel: Ipvs) -> dict[str, t.Any]:
        try:
            result = body(kernel)
        except UndoneError as error:
            module.fail_json(msg=str(error), changed=bool(error.left), commands=error.left)
        if module.check_mode and result["changed"] and not kernel.loaded:
            _require_loadable()
        changes.note(module, result)
        return result

    run(module, work)


def _require_loadable() -> None:
    """Check mode loads nothing, but it knows whether the first write could."""
    if not loadable(Host(), "ip_vs"):
        raise refusals.absent(errno.ENOENT)


def loadable(host: Host, name: str) -> bool | None:
    """Whether a kernel module could be loaded; None where there is no modprobe to ask."""
    return host.succeeds(("modprobe", "--dry-run", "--quiet", name)) if host.which("modprobe") else None
