# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wrapped packet is larger than the one that the client sent, and the client may never hear that it is too large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from testinfra.host import Host

MEBIBYTE = 1024 * 1024
TOO_LARGE = (
    "protocol ip pref 1 flower ip_proto icmp type 3 code 4",
    "protocol ipv6 pref 2 flower ip_proto icmpv6 type 2",
)


@pytest.fixture(scope="module")
def icmp_is_filtered(on: Callable[[str], Host]) -> Iterator[None]:
    """The client does not hear what is too large, and knows of nothing heard before."""
    client = on("client")
    client.check_output("tc qdisc add dev vec0 clsact")
    for message in TOO_LARGE:
        client.check_output(f"tc filter add dev vec0 ingress {message} action drop")
    for family in (4, 6):
        client.check_output(f"ip -{family} route flush cache")
    yield
    client.check_output("tc qdisc del dev vec0 clsact")


@pytest.mark.usefixtures("icmp_is_filtered")
def test_a_mebibyte_passes_where_icmp_is_filtered(client: Callable[..., Any], tunnelled: dict[str, Any]) -> None:
    told = [client("payload", tunnelled["vip"], tunnelled["port"], MEBIBYTE) for _realserver in range(2)]
    assert {one["server"] for one in told} == {"realserver1", "realserver2"}
    assert [one["whole"] for one in told] == [True, True]
