# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the inventory leaves the machines, and nobody who is served by the rest notices."""

from __future__ import annotations

import difflib
import json
import os
import typing as t
from pathlib import Path

import pytest

from lab import watch
from lab.calls import RATE, calling

if t.TYPE_CHECKING:
    from collections.abc import Callable

    from lab.running import Running

    Client = Callable[..., t.Any]
    Look = Callable[..., dict[str, t.Any]]
    Play = Callable[..., dict[str, int]]

UNTOUCHED = {
    "name": "http",
    "vip": "192.168.1.110",
    "port": "http",
    "scheduler": "rr",
    "forwarding": "dr",
    "realservers": ["realserver1"],
}
VIP, RENAMED = "192.168.1.120", "192.168.1.121"
TELNET, TURNS = 23, 4
HOSTS = ("director", "realserver1", "realserver2")
BOTH = ["realserver1", "realserver2"]
DEVICES = {"dr": "lo", "tun": "tunl0"}


class Change(t.NamedTuple):
    """The second service as it is after a change; none without realservers."""

    forwarding: str
    realservers: list[str]
    vip: str = VIP
    scheduler: str = "rr"

    @property
    def services(self) -> list[dict[str, t.Any]]:
        changing = {"name": "telnet", "port": TELNET, **self._asdict()}
        return [UNTOUCHED, *([changing] if self.realservers else [])]

    def places(self, host: str) -> list[str]:
        """Where a host has which of the VIPs, at work and at boot."""
        if host == "director":
            return sorted(f"{one['vip']} dev vec0" for one in self.services)
        mine = ["192.168.1.110 dev lo"] if host == "realserver1" else []
        if host in self.realservers and self.forwarding != "nat":
            mine.append(f"{self.vip} dev {DEVICES[self.forwarding]}")
        return sorted(mine)


# One after the other.
CHANGES = {
    "a service comes, by nat": Change("nat", BOTH),
    "nat to dr": Change("dr", BOTH),
    "dr to tun": Change("tun", BOTH),
    "tun to nat": Change("nat", BOTH),
    "nat to tun": Change("tun", BOTH),
    "tun to dr": Change("dr", BOTH),
    "dr to nat": Change("nat", BOTH),
    "to dr under another VIP": Change("dr", BOTH, RENAMED),
    "the other VIP again": Change("dr", BOTH),
    "another scheduler": Change("dr", BOTH, scheduler="wrr"),
    "a realserver leaves the pool": Change("dr", ["realserver2"]),
    "to another realserver, so that one is in no pool": Change("tun", ["realserver1"]),
    "and by nat to the other one": Change("nat", ["realserver2"]),
    "the service goes": Change("dr", []),
}


@pytest.fixture(scope="module")
def witness(farm: Running) -> Running:
    """The farm, with a witness of all these VIPs from before the first change on."""
    watch.start(farm, [str(UNTOUCHED["vip"]), VIP, RENAMED])
    return farm


def places(seen: dict[str, t.Any]) -> list[str]:
    """Where a host has which of the VIPs now."""
    return sorted(
        f"{ip} dev {interface}"
        for interface, addresses in seen["addresses"].items()
        for ip in (address.partition("/")[0] for address in addresses)
        if ip in (UNTOUCHED["vip"], VIP, RENAMED)
    )


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change(witness: Running, client: Client, look: Look, play: Play, change: Change) -> None:
    with calling(witness, str(UNTOUCHED["vip"]), 80) as calls:
        play("site.yml", lvs_services=change.services)
    assert calls.failed == []
    assert calls.requests > RATE
    assert play("site.yml", lvs_services=change.services) == dict.fromkeys(HOSTS, 0)
    assert {host: places(look(host, "addresses")) for host in HOSTS} == {host: change.places(host) for host in HOSTS}
    if change.realservers:
        answered = client("telnet", change.vip, TELNET, TURNS * len(change.realservers))
        assert set(answered) == set(change.realservers)
    assert {vip: hosts for vip, hosts in watch.claimants(witness).items() if hosts != ["director"]} == {}


def test_a_realserver_in_no_pool_is_as_it_was(look: Look) -> None:
    assert difference("realserver2", look) == []


def test_what_a_part_of_the_hosts_leaves_over_goes_with_the_next_run(look: Look, play: Play) -> None:
    both, gone = CHANGES["dr to tun"], CHANGES["the service goes"]
    play("site.yml", lvs_services=both.services)
    foreseen = play("playbooks/preflight.yml", lvs_services=gone.services)
    assert all(foreseen[host] for host in HOSTS), foreseen
    # A director that takes no part may still forward.
    play("site.yml", "--limit", "realserver2", lvs_services=gone.services)
    assert places(look("realserver2", "addresses")) == both.places("realserver2")
    # Realservers that take no part keep what they have; the director gives the VIP up all the same.
    play("site.yml", "--limit", "director", lvs_services=gone.services)
    assert places(look("director", "addresses")) == gone.places("director")
    assert places(look("realserver1", "addresses")) == both.places("realserver1")
    play("site.yml", lvs_services=gone.services)
    assert {host: places(look(host, "addresses")) for host in HOSTS} == {host: gone.places(host) for host in HOSTS}


def test_teardown_takes_back_what_the_inventory_knows_no_more(look: Look, play: Play) -> None:
    play("site.yml", lvs_services=CHANGES["dr to tun"].services)
    play("playbooks/teardown.yml", lvs_teardown=True)
    assert [line for host in HOSTS for line in difference(host, look)] == []


def difference(host: str, look: Look) -> list[str]:
    """What is not as it was before the first run."""
    before = json.loads(Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], f"{host}.before.json").read_text())
    told = (json.dumps(seen, indent=1, sort_keys=True).splitlines() for seen in (before, look(host)))
    return list(difflib.unified_diff(*told, lineterm="", n=0))
