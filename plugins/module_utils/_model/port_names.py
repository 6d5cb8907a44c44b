# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of ports, as this host's /etc/services has them: the controller's for the plan, a director's for a module.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import socket


def port_number(name: str, protocol: str) -> int | None:
    """The number of a named port, None when the host does not know the name."""
    try:
        return socket.getservbyname(name, protocol)
    except OSError:
        return None
