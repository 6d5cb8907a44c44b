# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Farm files: what is read, and what is refused with the place and the cure."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lab.errors import LabError
from lab.farm import read_farm
from lab.paths import PACKAGE

GOOD: dict[str, Any] = {
    "segments": ["lan"],
    "controller": {"nics": [{"segment": "lan", "address": "192.168.1.1/24"}]},
    "hosts": {
        "director": {"role": "director", "nics": [{"segment": "lan", "address": "192.168.1.9/24"}]},
        "client": {"role": "client", "nics": [{"segment": "lan", "address": "192.168.1.254/24"}]},
    },
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """GOOD with the value at a dotted path replaced."""
    data = copy.deepcopy(GOOD)
    place: Any = data
    *parents, last = path.split(".")
    for part in parents:
        place = place[int(part)] if part.isdigit() else place[part]
    place[int(last) if last.isdigit() else last] = value
    return data


@pytest.mark.parametrize("path", sorted((PACKAGE / "farms").glob("*.yml")), ids=lambda path: path.stem)
def test_shipped_farms_are_right(path: Any) -> None:
    farm = read_farm(path.stem, str(path), yaml.safe_load(path.read_text()))
    assert {"director", "realserver", "client"} <= {host.role for host in farm.hosts}


def test_the_dr_farm_has_the_addresses_of_the_howto() -> None:
    farm = read_farm("dr", "dr.yml", yaml.safe_load((PACKAGE / "farms/dr.yml").read_text()))
    assert {host.name: host.address for host in farm.hosts} == {
        "director": "192.168.1.9",
        "realserver1": "192.168.1.11",
        "realserver2": "192.168.1.12",
        "client": "192.168.1.254",
    }


def test_every_nic_has_its_own_mac_and_tap() -> None:
    farm = read_farm("tun", "tun.yml", yaml.safe_load((PACKAGE / "farms/tun.yml").read_text()))
    nics = [nic for host in farm.hosts for nic in host.nics]
    assert len({nic.mac for nic in nics}) == len({nic.tap for nic in nics}) == len(nics) == 6


@pytest.mark.parametrize(
    ("path", "value", "place", "cure"),
    [
        ("hosts.director.role", "boss", "hosts.director.role: 'boss'", "director, realserver, client, router"),
        ("hosts.director.memory", 8, "hosts.director.memory: 8", "between 96 and 8192"),
        ("hosts.director.nics", [], "hosts.director.nics: []", "at least one NIC"),
        ("hosts.director.nics.0.segment", "wan", "hosts.director.nics[0].segment: 'wan'", "Segments of this farm: lan"),
        ("hosts.director.nics.0.address", "192.168.1.9", "hosts.director.nics[0].address", "Give the prefix too"),
        ("hosts.director.nics.0.address", "192.168.1.900/24", "192.168.1.900/24", "such as 192.168.1.9/24"),
        ("hosts.director.nics.0.address", "192.168.1.254/24", "hosts.client", "director has this address already"),
        ("hosts.director.gateway", "router", "hosts.director.gateway: 'router'", "such as 192.168.1.254"),
        ("hosts.director.routes", [{"to": "x", "via": "192.168.1.1"}], "routes[0].to: 'x'", "such as 192.168.2.0/24"),
        ("hosts.director.colour", "red", "hosts.director.colour: 'red'", "Known keys here"),
        ("hosts", {}, "hosts: {}", "at least one host"),
        ("hosts", {"a b; reboot": {}}, "'a b; reboot'", "Give a name"),
        ("segments", ["lan$(reboot)"], "segments: 'lan$(reboot)'", "Give a name"),
        ("packages", ["nginx --force-yes"], "packages: 'nginx --force-yes'", "Give a name"),
        ("controller", None, "controller: None", "nics, routes"),
        ("hosts.director.serves", ["443"], "hosts.director.serves: '443'", "such as 443/tcp"),
        ("hosts.director.serves", ["99999/tcp"], "hosts.director.serves: '99999/tcp'", "such as 443/tcp"),
        ("hosts.director.inventory_names", ["a b"], "hosts.director.inventory_names: 'a b'", "Give a name"),
        ("hosts.director.inventory_names", ["client"], "director.inventory_names: 'client'", "client has this name"),
        ("hosts.director.nics.0.name", "eth0 up", "hosts.director.nics[0].name: 'eth0 up'", "Give a name"),
        (
            "hosts.director.nics",
            [{"segment": "lan", "address": f"192.168.1.{host}/24", "name": "eth0"} for host in (7, 8)],
            "hosts.director.nics: ['eth0', 'eth0']",
            "a name of its own",
        ),
        ("hosts", {f"host{number}": {} for number in range(256)}, "hosts: '256 hosts'", "at most 255"),
    ],
)
def test_bad_farms_are_refused(path: str, value: Any, place: str, cure: str) -> None:
    with pytest.raises(LabError) as caught:
        read_farm("bad", "bad.yml", changed(path, value))
    assert caught.value.problem.startswith("bad.yml: ")
    assert place in caught.value.problem
    assert cure in caught.value.cure


garbage = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(
    path=st.sampled_from(["hosts", "hosts.director", "hosts.director.nics.0", "segments", "controller"]), value=garbage
)
def test_garbage_gives_a_farm_or_a_clear_error(path: str, value: Any) -> None:
    try:
        read_farm("odd", "odd.yml", changed(path, value))
    except LabError as caught:
        error = caught
    else:
        return
    assert error.problem.startswith("odd.yml: ")
    assert error.cure


def test_an_unknown_host_is_answered_with_the_names_there_are() -> None:
    with pytest.raises(LabError) as caught:
        read_farm("good", "good.yml", GOOD).host("directr")
    assert caught.value.cure == "Its hosts are: director, client."
