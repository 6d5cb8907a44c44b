# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrapped packet is larger than the one that the client sent, and the client may never hear that it is too large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from testinfra.host import Host

VIP, TELNET = "192.168.1.110", 23
MEBIBYTE = 1024 * 1024
FRAGMENTATION_NEEDED = "protocol ip flower ip_proto icmp type 3 code 4"


@pytest.fixture
def icmp_is_filtered(on: Callable[[str], Host]) -> Iterator[None]:
    """The client hears no `fragmentation needed`, and knows of none heard before."""
    client = on("client")
    client.check_output("tc qdisc add dev vec0 clsact")
    client.check_output(f"tc filter add dev vec0 ingress {FRAGMENTATION_NEEDED} action drop")
    client.check_output("ip route flush cache")
    yield
    client.check_output("tc qdisc del dev vec0 clsact")


@pytest.mark.usefixtures("icmp_is_filtered")
def test_a_mebibyte_passes_where_icmp_is_filtered(client: Callable[..., Any]) -> None:
    told = [client("payload", VIP, TELNET, MEBIBYTE) for _realserver in range(2)]
    assert {one["server"] for one in told} == {"realserver1", "realserver2"}
    assert [one["whole"] for one in told] == [True, True]
