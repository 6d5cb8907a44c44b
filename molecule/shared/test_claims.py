# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be true of every LVS. Each scenario's plan says what that means for its hosts; the witnesses are others."""

from __future__ import annotations

import collections
import ipaddress
import re
from collections.abc import Callable
from typing import Any

from testinfra.host import Host

from lab import watch
from lab.farm import Nic
from lab.running import Running

Plan = dict[str, Any]
Service = dict[str, Any]
Snapshot = Callable[..., dict[str, Any]]
Client = Callable[..., Any]
Play = Callable[..., dict[str, int]]

HTTP = 80
LOOKS = ("addresses", "sysctls")
MEBIBYTE = 1024 * 1024
ROUNDS = 10


def places(seen: dict[str, Any], address: str) -> list[tuple[str, int]]:
    """Where on a host an address sits: [("lo", 32)]."""
    found = [(nic, one.split("/")) for nic, many in seen["addresses"].items() for one in many]
    return [(nic, int(prefix)) for nic, (text, prefix) in found if text == address]


def planned_places(plan: Plan, farm: Running, host: str, vip: str) -> list[tuple[str, int]]:
    """A director has the VIP on the NIC whose network holds it, a realserver where the plan says."""
    slices = plan["hosts"][host]
    if "director" in slices:
        nics = enumerate(farm.farm.host(host).nics)
        whole = ipaddress.ip_address(vip).max_prefixlen
        return [(f"vec{number}", whole) for number, nic in nics if on_network_of(nic, vip)]
    addresses = slices["realserver"]["addresses"]
    return [(one["interface"], one["prefix"]) for one in addresses if one["address"] == vip]


def on_network_of(nic: Nic, vip: str) -> bool:
    """Whether the VIP belongs to a network of the NIC."""
    return any(ipaddress.ip_address(vip) in address.network for address in nic.addresses)


def vips(plan: Plan) -> list[str]:
    """All VIPs of the LVS."""
    return list(plan["hosts"][hosts_of(plan, "director")[0]]["director"]["vips"])


def methods(plan: Plan) -> set[tuple[int, str]]:
    """By IP version, how packets are forwarded to other hosts."""
    directors = [plan["hosts"][host]["director"] for host in hosts_of(plan, "director")]
    own = {dip for director in directors for dip in director["dips"]}
    served = [one for director in directors for service in director["services"] for one in service["realservers"]]
    return {(ipaddress.ip_address(one["rip"]).version, one["forwarding"]) for one in served if one["rip"] not in own}


def name_of(plan: Plan, rip: str) -> str:
    """Whose RIP it is."""
    return next(
        host
        for host, slices in plan["hosts"].items()
        if rip in (*slices.get("realserver", {}).get("rips", ()), *slices.get("director", {}).get("dips", ()))
    )


def test_one_director_has_the_vips(plan: Plan, farm: Running, snapshot: Snapshot) -> None:
    found = {host: [places(snapshot(host, *LOOKS), vip) for vip in vips(plan)] for host in hosts_of(plan, "director")}
    (serving,) = (host for host, where in found.items() if any(where))
    assert found[serving] == [planned_places(plan, farm, serving, vip) for vip in vips(plan)]


def test_realserver_has_the_vips(plan: Plan, farm: Running, snapshot: Snapshot, realserver: str) -> None:
    seen = snapshot(realserver, *LOOKS)
    for vip in vips(plan):
        assert places(seen, vip) == planned_places(plan, farm, realserver, vip), vip


def test_realserver_hides_the_vips_on_every_nic(plan: Plan, snapshot: Snapshot, realserver: str) -> None:
    mine = plan["hosts"][realserver]["realserver"]["vips"]
    sysctls = snapshot(realserver, *LOOKS)["sysctls"]
    if any(ipaddress.ip_address(vip).version == 4 for vip in mine):
        assert {effective(sysctls, nic, "arp_ignore") for nic in nics(sysctls)} <= {1, 2}
        assert {effective(sysctls, nic, "arp_announce") for nic in nics(sysctls)} == {2}


def nics(sysctls: dict[str, str]) -> set[str]:
    """The interfaces that have settings for IPv4."""
    names = {path.split("/")[3] for path in sysctls if path.startswith("net/ipv4/conf/")}
    return names - {"all", "default"}


def effective(sysctls: dict[str, str], nic: str, name: str) -> int:
    """The higher of an interface's own value and that of all."""
    return max(int(sysctls[f"net/ipv4/conf/{one}/{name}"]) for one in ("all", nic))


def test_director_routes_for_nat_alone(plan: Plan, snapshot: Snapshot, director: str) -> None:
    sysctls = snapshot(director, *LOOKS)["sysctls"]
    routed = {
        4: sysctls["net/ipv4/ip_forward"] == "1",
        6: sysctls["net/ipv6/conf/all/forwarding"] == "1",
    }
    assert routed == {version: (version, "nat") in methods(plan) for version in (4, 6)}
    if routed[4]:
        assert {effective(sysctls, nic, "send_redirects") for nic in nics(sysctls)} == {0}


def test_default_gateway_is_the_planned_one(plan: Plan, on: Callable[[str], Host], realserver: str) -> None:
    for gateway in plan["hosts"][realserver]["realserver"]["gateways"]:
        outside = {"ipv4": "203.0.113.1", "ipv6": "2001:db8:ffff::1"}[gateway["family"]]
        assert f" via {gateway['address']} " in on(realserver).check_output(f"ip route get {outside}")


def test_ipvsadm_lists_the_planned_table(plan: Plan, on: Callable[[str], Host], director: str) -> None:
    rules = plan["rules"].splitlines()
    saved = on(director).check_output("ipvsadm --save --numeric").splitlines()
    # `ipvsadm --save` leaves out the thresholds.
    assert sorted(saved) == sorted(re.sub(r" -x \d+ -y \d+", "", rule) for rule in rules)
    listed = on(director).check_output("ipvsadm --list --numeric --thresholds")
    planned = re.findall(r"-r (\S+) .* -x (\d+) -y (\d+)", "\n".join(rules))
    limits = re.findall(r"-> (\S+) +(\d+) +(\d+)", listed)
    assert sorted(limit for limit in limits if limit[1:] != ("0", "0")) == sorted(planned)


def action_of(service: Service) -> str:
    """How the client talks to a service of the lab."""
    return "http" if service["realservers"][0]["port"] == HTTP else "telnet"


def shares_of(plan: Plan, service: Service) -> dict[str, int]:
    """How many connections of a round go to whom: by `rr` one to each, by `wrr` as many as its weight says."""
    weighted = service["scheduler"] == "wrr"
    return {name_of(plan, one["rip"]): one["weight"] if weighted else 1 for one in service["realservers"]}


def test_connections_land_evenly(plan: Plan, client: Client, service: Service) -> None:
    shares = shares_of(plan, service)
    answered = client(action_of(service), service["vip"], service["port"], ROUNDS * sum(shares.values()))
    assert collections.Counter(answered) == {name: ROUNDS * share for name, share in shares.items()}


def test_a_mebibyte_comes_back_whole_from_each(plan: Plan, client: Client, service: Service) -> None:
    """Each connection sends it and reads it back; the page service has nothing that could send it back."""
    if action_of(service) == "telnet":
        shares = shares_of(plan, service)
        told = [client("payload", service["vip"], service["port"], MEBIBYTE) for _turn in range(sum(shares.values()))]
        assert {one["server"] for one in told} == set(shares)
        assert {(one["bytes"], one["whole"]) for one in told} == {(MEBIBYTE, True)}


def test_directors_alone_claimed_the_vips_all_the_time(
    plan: Plan, farm: Running, on: Callable[[str], Host], client: Client
) -> None:
    """From before the first run until now, through every boot since: the witness has asked and listened throughout."""
    # A realserver with an empty neighbour cache asks who the client is before its first answer: with the VIP as
    # sender, that question would claim the VIP.
    for host in hosts_of(plan, "realserver"):
        on(host).check_output("ip neighbour flush all")
    services = plan["hosts"][hosts_of(plan, "director")[0]]["director"]["services"]
    for service in services:
        pool = len(service["realservers"])
        assert len(client(action_of(service), service["vip"], service["port"], 2 * pool)) == 2 * pool
    claimants = watch.claimants(farm)
    assert sorted(claimants) == sorted(vips(plan))
    assert {host for hosts in claimants.values() for host in hosts} <= {*hosts_of(plan, "director")}


def test_the_doctor_finds_nothing(play: Play) -> None:
    play("playbooks/doctor.yml")


def hosts_of(plan: Plan, role: str) -> list[str]:
    """The hosts that have this role."""
    return sorted(host for host, slices in plan["hosts"].items() if role in slices)
