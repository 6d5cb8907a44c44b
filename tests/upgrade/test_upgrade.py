# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release that follows another goes on where that stopped, and takes back what that set up."""

from __future__ import annotations

import difflib
import json
from typing import Any

from ansible_collections.linuxvirtualserver.lvs.tests.upgrade.conftest import HOSTS, Farm, Release, lab
from lab.calls import holding

VIP, TELNET = "192.168.1.110", 23
CONNECTIONS = 20
NOTHING = dict.fromkeys(HOSTS, 0)
# What clients and other hosts notice of one.
NOTICED = ("addresses", "routes", "rules", "sysctls", "virtual_servers")


def test_a_release_goes_on_where_the_former_one_stopped(
    farm: Farm, former: Release, following: Release, same_code: bool
) -> None:
    virgin = farm.look()
    former.play("site", farm.inventory)
    assert former.play("site", farm.inventory).changed == NOTHING
    before = farm.look()
    with holding(farm.running, VIP, TELNET, CONNECTIONS) as held:
        upgraded = following.play("site", farm.inventory)
    after = farm.look()
    assert (held.held, held.broken) == (CONNECTIONS, [])
    assert difference(noticed(before), noticed(after)) == ""
    assert [path for path in rewritten(before, after) if "lvs" not in path] == []
    assert (upgraded.changed == NOTHING) is same_code, upgraded.said
    assert_healthy(farm, following)
    following.play("verify", farm.inventory)
    lab("reboot", *HOSTS)
    assert difference(noticed(before), noticed(farm.look())) == ""
    assert_healthy(farm, following)
    following.play("teardown", farm.inventory, "-e", "lvs_teardown=true")
    lab("reboot", *HOSTS)
    assert difference(virgin, farm.look()) == ""


def assert_healthy(farm: Farm, release: Release) -> None:
    """Nothing is left to do, and nothing is wrong."""
    again = release.play("site", farm.inventory)
    assert again.changed == NOTHING, again.said
    release.play("doctor", farm.inventory)


def noticed(hosts: dict[str, Any]) -> dict[str, Any]:
    return {host: {look: found[look] for look in NOTICED} for host, found in hosts.items()}


def rewritten(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The files that differ on any host."""
    pairs = [(before[host]["files"], after[host]["files"]) for host in HOSTS]
    return sorted({path for one, two in pairs for path in one.keys() | two.keys() if one.get(path) != two.get(path)})


def difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Of thousands of lines, those that differ."""
    one, two = (json.dumps(hosts, indent=1, sort_keys=True).splitlines() for hosts in (before, after))
    return "\n".join(difflib.unified_diff(one, two, lineterm="", n=0))
