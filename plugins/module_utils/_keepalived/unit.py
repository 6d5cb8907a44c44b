# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether keepalived runs, and is to run at boot.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._host.init import is_systemd
from .owner import KEEPALIVED

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host

UNIT = f"{KEEPALIVED}.service"


def is_active(host: Host) -> bool:
    return is_systemd(host) and host.succeeds(("systemctl", "is-active", "--quiet", UNIT))


def is_enabled(host: Host) -> bool:
    return is_systemd(host) and host.succeeds(("systemctl", "is-enabled", "--quiet", UNIT))


def is_masked(host: Host) -> bool:
    """Whether somebody saw to it that nothing starts it."""
    return host.attempt(("systemctl", "is-enabled", UNIT)).stdout.startswith("masked")
