# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which director holds each VIP.

Private: this file may change in any release; do not import it from outside the collection.
Pure: from a scene to names. Whatever moves VIPs between directors, the addresses have the say.
"""

from __future__ import annotations

from .._doctor.scene import Scene

Holders = dict[str, list[str]]


def holders(scene: Scene) -> Holders:
    """By VIP, the directors on which it is: one, or something is wrong."""
    return {vip: [host.name for host, _role in scene.directors if host.holding(vip)] for vip in scene.vips}
