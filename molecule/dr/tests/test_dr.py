# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The LVS-DR as a client, a third host and the machines themselves see it."""

from __future__ import annotations

import collections
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from testinfra.host import Host

from lab.running import Running

VIP = "192.168.1.110"
HTTP, TELNET = 80, 23
REALSERVERS = ["realserver1", "realserver2"]
MEBIBYTE = 1024 * 1024


def interfaces(host: Host) -> list[dict[str, Any]]:
    """The host's interfaces with their addresses."""
    return list(json.loads(host.check_output("ip -json address show")))


def places(host: Host, address: str) -> list[tuple[str, int]]:
    """Where on the host an address sits: [("lo", 32)]."""
    return [
        (interface["ifname"], entry["prefixlen"])
        for interface in interfaces(host)
        for entry in interface["addr_info"]
        if entry["local"] == address
    ]


def setting(host: Host, nic: str, name: str) -> int:
    """net.ipv4.conf.NIC.NAME now."""
    return int(host.file(f"/proc/sys/net/ipv4/conf/{nic}/{name}").content_string)


@pytest.mark.parametrize("name", REALSERVERS)
def test_realserver_has_the_vip_as_32_on_lo(on: Callable[[str], Host], name: str) -> None:
    assert places(on(name), VIP) == [("lo", 32)]


@pytest.mark.parametrize("name", REALSERVERS)
def test_realserver_hides_the_vip_on_every_nic(on: Callable[[str], Host], name: str) -> None:
    host = on(name)
    nics = [interface["ifname"] for interface in interfaces(host)]
    effective = {
        nic: (
            max(setting(host, "all", "arp_ignore"), setting(host, nic, "arp_ignore")),
            max(setting(host, "all", "arp_announce"), setting(host, nic, "arp_announce")),
        )
        for nic in nics
    }
    assert effective == dict.fromkeys(nics, (1, 2))


def test_director_has_the_vip_on_its_nic(on: Callable[[str], Host]) -> None:
    assert places(on("director"), VIP) == [("vec0", 32)]


def test_director_does_not_route(on: Callable[[str], Host]) -> None:
    assert on("director").file("/proc/sys/net/ipv4/ip_forward").content_string.strip() == "0"


def test_kernel_table_is_the_plan(repository: Path, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence.json"
    inventories = ["-i", "inventories/example", "-i", "bin/lab-inventory"]
    subprocess.run(
        ["ansible-playbook", *inventories, "-e", f"evidence_file={evidence}", "molecule/shared/evidence.yml"],
        cwd=repository,
        check=True,
    )
    found = json.loads(evidence.read_text())
    planned = found["plan"]["hosts"]["director"]["director"]["services"]
    assert [only_settings(service) for service in found["table"]] == planned
    assert len(planned) == 2


def only_settings(service: dict[str, Any]) -> dict[str, Any]:
    """A service of ipvs_info without its counters."""
    counters = {"stats", "rates", "active_connections", "inactive_connections", "persistent_connections"}
    kept = {key: value for key, value in service.items() if key not in counters}
    kept["realservers"] = [
        {key: value for key, value in realserver.items() if key not in counters} for realserver in kept["realservers"]
    ]
    return kept


def test_ipvsadm_sees_the_same_table(on: Callable[[str], Host]) -> None:
    assert on("director").check_output("ipvsadm --save --numeric").splitlines() == [
        f"-A -t {VIP}:23 -s rr",
        f"-a -t {VIP}:23 -r 192.168.1.11:23 -g -w 1",
        f"-a -t {VIP}:23 -r 192.168.1.12:23 -g -w 1",
        f"-A -t {VIP}:80 -s rr",
        f"-a -t {VIP}:80 -r 192.168.1.11:80 -g -w 1",
        f"-a -t {VIP}:80 -r 192.168.1.12:80 -g -w 1",
    ]


@pytest.mark.parametrize(("action", "port"), [("http", HTTP), ("telnet", TELNET)])
def test_connections_land_evenly(client: Callable[..., Any], action: str, port: int) -> None:
    answered = client(action, VIP, port, 20)
    assert collections.Counter(answered) == dict.fromkeys(REALSERVERS, 10)


def test_payload_comes_back_whole(client: Callable[..., Any]) -> None:
    servers = set()
    for _realserver in REALSERVERS:
        result = client("payload", VIP, TELNET, MEBIBYTE)
        assert (result["bytes"], result["whole"]) == (MEBIBYTE, True)
        servers.add(result["server"])
    assert servers == set(REALSERVERS)


def test_only_the_director_answers_arp_for_the_vip(
    farm: Running,
    on: Callable[[str], Host],
    client: Callable[..., Any],
    answering_macs: Callable[[str, str], set[str]],
) -> None:
    directors = {farm.farm.host("director").nics[0].mac}
    assert answering_macs("lan", VIP) == directors
    # A realserver with an empty neighbour cache asks who the client is before its first answer: with the VIP as
    # sender, that question would move the client's entry for the VIP to the realserver.
    for name in [*REALSERVERS, "client"]:
        on(name).check_output("ip neighbour flush all")
    assert len(client("telnet", VIP, TELNET, 50)) == 50
    assert answering_macs("lan", VIP) == directors
    entry = json.loads(on("client").check_output(f"ip -json neighbour show {VIP}"))
    assert {neighbour["lladdr"] for neighbour in entry} == directors
