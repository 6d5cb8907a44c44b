# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the controller comes back to a host whose gateway it changed.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import time
import typing as t

from ansible.errors import AnsibleConnectionFailure

from ...module_utils._errors import LvsError

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.plugins.connection import ConnectionBase

# After the host has taken the change back it answers again, and says so.
_GRACE_SECONDS = 30
_PAUSE_SECONDS = 1
# Longer than it takes to confirm a change, or for a host to take it back.
_OTHERS_SECONDS = 100

Answer = t.TypeVar("Answer")


def when_idle(look: t.Callable[[], Answer], waits: t.Callable[[Answer], bool]) -> Answer:
    """The host once a change of another run is confirmed or taken back; as it is when that takes too long."""
    deadline = time.monotonic() + _OTHERS_SECONDS
    while waits(found := look()) and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)
    return found


class WayBack:
    """The way to a host that takes the change back by itself, `timeout` seconds from now."""

    def __init__(self, connection: ConnectionBase, gateway: str | None, timeout: int) -> None:
        self._connection = connection
        self._gateway = gateway
        self._taken_back = time.monotonic() + timeout

    def ask(self, question: t.Callable[[], Answer]) -> Answer:
        """What the host answers over a new connection; it is asked again as long as the connection fails."""
        # The answer to the change may have come late, after the rollback let it through.
        deadline = max(self._taken_back, time.monotonic()) + _GRACE_SECONDS
        reason = "no answer"
        while time.monotonic() < deadline:
            try:
                self._connection.reset()
                return question()
            except AnsibleConnectionFailure as lost:
                reason = str(lost)
            time.sleep(_PAUSE_SECONDS)
        raise LvsError(
            "gateway",
            self._gateway,
            f"could not be confirmed, and the host cannot be reached although by now it has taken the change back "
            f"({reason}). Look at it from its console, or restart it: nothing was kept for the next boot.",
        )
