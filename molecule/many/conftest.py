# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client's way to the VIPs, which are on no network of its own. A reboot forgets it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from testinfra.host import Host


@pytest.fixture(scope="session", autouse=True)
def route(on: Callable[[str], Host]) -> None:
    """The VIPs are asked for on the wire, as if their network were there."""
    on("client").check_output("ip route replace 10.9.0.0/23 dev vec0")
