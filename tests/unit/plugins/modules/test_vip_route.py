# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""vip_route on a host with a memory for rules and routes: which way replies go, live, at boot and not any more."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import vip_route

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

VIP = "192.168.1.110"
VIP6 = "2001:db8::110"
ROUTER = "192.168.1.254"
UNIT = "/etc/systemd/system/lvs-replies-ipv4-eth0.service"
DROPIN = "/etc/systemd/network/10-eth0.network.d/90-lvs-replies-ipv4.conf"
MAIN: dict[str, list[dict[str, t.Any]]] = {
    "-4": [
        {"dst": "default", "gateway": "192.168.1.9", "dev": "eth0", "protocol": "static"},
        {"dst": "0.0.0.0/1", "gateway": "192.168.1.9", "dev": "eth0", "protocol": "76"},
        {"dst": "192.168.1.0/24", "dev": "eth0", "protocol": "kernel", "scope": "link"},
        {"dst": "10.0.0.0/8", "gateway": "192.168.1.253", "dev": "eth0", "protocol": "static"},
    ],
    "-6": [
        {"dst": "2001:db8::/64", "dev": "eth0", "protocol": "kernel", "metric": 256},
        {"dst": "fe80::/64", "dev": "eth0", "protocol": "kernel", "metric": 256},
        {"dst": VIP6, "dev": "lo", "protocol": "kernel", "metric": 256},
    ],
}
ADDRESSES = [
    {
        "ifname": "eth0",
        "flags": ["UP"],
        "addr_info": [
            {"family": "inet", "local": "192.168.1.11", "prefixlen": 24},
            {"family": "inet6", "local": "2001:db8::11", "prefixlen": 64},
        ],
    }
]


class FakeHost:
    """Rules and routes by family; everything else of the host stays as it is."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "run/systemd/system").mkdir(parents=True)
        (root / "sbin").mkdir()
        (root / "sbin/systemctl").touch(0o755)
        self.rules: dict[str, list[dict[str, t.Any]]] = {"-4": [], "-6": []}
        self.routes: dict[str, dict[tuple[str, str], dict[str, t.Any]]] = {"-4": {}, "-6": {}}
        self.network_file = ""
        self.reloads = 0

    @property
    def host(self) -> Host:
        return Host(str(self.root), self.execute)

    def files(self) -> dict[str, str]:
        found = [path for path in (self.root / "etc").rglob("*") if path.is_file() and not path.is_symlink()]
        return {f"/{path.relative_to(self.root)}": path.read_text() for path in found}

    def owned_by_networkd(self) -> None:
        self.network_file = "/run/systemd/network/10-eth0.network"
        tool = self.root / "usr/sbin/networkctl"
        tool.parent.mkdir(parents=True)
        tool.write_text("")
        tool.chmod(0o755)

    def execute(self, argv: Sequence[str]) -> Completed:
        """What a command says and does."""
        words = list(argv)
        if words[0] == "networkctl":
            text = f"* 2: eth0\n                  Network File: {self.network_file}\n"
        elif words[0] == "systemctl":
            text = self._systemctl(words[1:])
        else:
            family = "-6" if any(":" in word for word in words) or "-6" in words else "-4"
            text = self._ip(family, [word for word in words[1:] if word not in ("-4", "-6")])
        return Completed(tuple(argv), 0, text, "")

    def _systemctl(self, words: list[str]) -> str:
        wants = self.root / f"etc/systemd/system/multi-user.target.wants/{words[-1]}"
        if words[0] == "try-reload-or-restart":
            self.reloads += 1
        elif words[0] == "enable":
            wants.parent.mkdir(parents=True, exist_ok=True)
            wants.symlink_to("/dev/null")
        elif words[0] == "disable":
            wants.unlink(missing_ok=True)
        return ""

    def _ip(self, family: str, words: list[str]) -> str:
        if words == ["-j", "addr"]:
            return json.dumps(ADDRESSES)
        if words == ["-j", "route"]:
            return json.dumps(MAIN[family])
        if words == ["-j", "route", "show", "table", "all", "proto", "76"]:
            ours = [route for route in MAIN[family] if route["protocol"] == "76"]
            return json.dumps([*ours, *self.routes[family].values()])
        if words == ["-j", "rule"]:
            return json.dumps([{"priority": 32766, "src": "all", "table": "main"}, *self.rules[family]])
        if words[0] == "rule":
            assert words[2::2] == ["from", "lookup", "priority"], words
            rule = {"priority": int(words[7]), "src": words[3], "table": words[5]}
            assert (rule in self.rules[family]) == (words[1] == "del"), words
            (self.rules[family].remove if words[1] == "del" else self.rules[family].append)(rule)
            return ""
        assert words[0] == "route", words
        named = {words[index]: words[index + 1] for index in range(3, len(words) - 1, 2)}
        assert named["proto"] == "76", words
        key = (named["table"], words[2])
        if words[1] == "del":
            del self.routes[family][key]
            return ""
        dst = "default" if words[2] in ("0.0.0.0/0", "::/0") else words[2]
        route: dict[str, t.Any] = {"dst": dst, "dev": named["dev"], "table": named["table"]}
        route.update({"gateway": named["via"]} if "via" in named else {})
        route.update({"metrics": [{"advmss": int(named["advmss"])}]} if "advmss" in named else {})
        self.routes[family][key] = route
        return ""


Route = t.Callable[..., "dict[str, t.Any]"]


@pytest.fixture
def machine(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path)


@pytest.fixture
def route(machine: FakeHost, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Route:
    monkeypatch.setattr(vip_route, "Host", lambda: machine.host)

    def run(*routes: dict[str, t.Any], check_mode: bool = False, diff: bool = False, **args: t.Any) -> dict[str, t.Any]:
        return run_module(vip_route, {"routes": list(routes), **args}, check_mode=check_mode, diff=diff)

    return run


def way(source: str = VIP, gateway: str = ROUTER, **more: t.Any) -> dict[str, t.Any]:
    return {"source": source, "gateway": gateway, **more}


def test_replies_of_a_realserver_with_two_masters_go_to_the_router(machine: FakeHost, route: Route) -> None:
    result = route(way())
    assert result["after"]["rules"] == [f"from {VIP} lookup 7600"]
    assert result["after"]["routes"] == [
        f"0.0.0.0/0 via {ROUTER} dev eth0 table 7600",
        "10.0.0.0/8 via 192.168.1.253 dev eth0 table 7600",
        "192.168.1.0/24 dev eth0 table 7600",
    ], "the host's own routes, but no default route of others or of ours"
    assert result["commands"][3] == f"ip -4 rule add from {VIP} lookup 7600 priority 7600", "after what it leads to"
    assert machine.rules["-4"] == [{"priority": 7600, "src": VIP, "table": "7600"}]


def test_every_route_announces_what_fits_the_tunnel(machine: FakeHost, route: Route) -> None:
    result = route(way(mss=1440))
    assert all(shown.endswith(" advmss 1440") for shown in result["after"]["routes"])
    assert [one["metrics"] for one in machine.routes["-4"].values()] == [[{"advmss": 1440}]] * 3


def test_twice_changes_nothing_and_drift_is_repaired(machine: FakeHost, route: Route) -> None:
    machine.owned_by_networkd()
    route(way(mss=1440), way(VIP6, "2001:db8::254", mss=1420))
    again = route(way(mss=1440), way(VIP6, "2001:db8::254", mss=1420), diff=True)
    assert not again["changed"]
    assert again["before"] == again["after"]
    machine.rules["-6"].clear()
    repaired = route(way(mss=1440), way(VIP6, "2001:db8::254", mss=1420))
    assert repaired["commands"] == [f"ip -6 rule add from {VIP6} lookup 7600 priority 7600"]


def test_ipv6_copies_no_link_local_network_and_no_address_of_the_host(route: Route) -> None:
    result = route(way(VIP6, "2001:db8::254"))
    near, default = result["after"]["routes"]
    assert (near, default) == ("2001:db8::/64 dev eth0 table 7600", "::/0 via 2001:db8::254 dev eth0 table 7600")


def test_vips_with_one_way_share_a_table(machine: FakeHost, route: Route) -> None:
    route(way(), way("192.168.1.111"), way("192.168.1.112", mss=1440))
    assert {rule["src"]: rule["table"] for rule in machine.rules["-4"]} == {
        VIP: "7600",
        "192.168.1.111": "7600",
        "192.168.1.112": "7601",
    }


def test_a_vip_that_is_not_listed_any_more_goes_its_old_way(machine: FakeHost, route: Route) -> None:
    machine.owned_by_networkd()
    route(way(), way("192.168.1.111"))
    result = route(way(), purge=True)
    assert result["commands"][0] == "ip -4 rule del from 192.168.1.111 lookup 7600 priority 7600"
    assert [rule["src"] for rule in machine.rules["-4"]] == [VIP]
    assert machine.reloads == 1, "or networkd would put it back"


def test_a_way_that_comes_touches_none_that_is_there(machine: FakeHost, route: Route) -> None:
    """While the default gateway still is the director, no reply of a VIP may lose its way to the router."""
    machine.owned_by_networkd()
    route(way("192.168.1.111"))
    come = route(way(mss=1440))
    assert come["left_over"] == ["192.168.1.111"]
    assert [one for one in come["commands"] if "del" in one or "lookup 7600" in one] == []
    assert {rule["src"]: rule["table"] for rule in machine.rules["-4"]} == {"192.168.1.111": "7600", VIP: "7601"}
    gone = route(way(mss=1440), purge=True)
    assert [one for one in gone["commands"] if "7601" in one] == []
    assert (gone["left_over"], gone["after"]["rules"]) == ([], [f"from {VIP} lookup 7601"])
    again = route(way(mss=1440), purge=True)
    assert not again["changed"]


def test_networkd_brings_it_back_at_boot(machine: FakeHost, route: Route) -> None:
    machine.owned_by_networkd()
    result = route(way(mss=1440))
    assert result["after"]["persistent"] == [DROPIN]
    sections = machine.files()[DROPIN].split("\n\n")
    assert "[Route]\nDestination=192.168.1.0/24\nScope=link\nTable=7600\nProtocol=76\n" in f"{sections[3]}\n"
    assert f"Gateway={ROUTER}\nTable=7600" in sections[1]
    assert all("TCPAdvertisedMaximumSegmentSize=1440" in section for section in sections[1:4])
    assert sections[4] == f"[RoutingPolicyRule]\nFrom={VIP}\nTable=7600\nPriority=7600\n"


def test_a_unit_does_where_nobody_owns_the_interface(machine: FakeHost, route: Route) -> None:
    route(way())
    lines = [line for line in machine.files()[UNIT].splitlines() if line.startswith("ExecStart")]
    # The first may fail: the rule is there or not.
    assert lines[0] == f"ExecStartPre=-/bin/ip -4 rule del from {VIP} lookup 7600 priority 7600", (
        "it may be there or not"
    )
    assert lines[-1] == f"ExecStart=/bin/ip -4 rule add from {VIP} lookup 7600 priority 7600"


@pytest.mark.parametrize("networkd", [True, False])
def test_absent_leaves_nothing_of_ours(machine: FakeHost, route: Route, networkd: bool) -> None:
    if networkd:
        machine.owned_by_networkd()
    route(way(mss=1440), way(VIP6, "2001:db8::254"))
    assert route(state="absent")["changed"]
    assert machine.rules == {"-4": [], "-6": []}
    assert machine.routes == {"-4": {}, "-6": {}}
    assert machine.files() == {}
    assert not route(state="absent")["changed"]


def test_check_mode_predicts_and_touches_nothing(machine: FakeHost, route: Route) -> None:
    for routes, args in (([way(mss=1440)], {}), ([], {"state": "absent"})):
        before = json.dumps([machine.rules, [list(one.values()) for one in machine.routes.values()], machine.files()])
        predicted = route(*routes, **args, check_mode=True, diff=True)
        after = json.dumps([machine.rules, [list(one.values()) for one in machine.routes.values()], machine.files()])
        assert (predicted["changed"], after) == (True, before)
        assert predicted == route(*routes, **args, diff=True)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (way(gateway="10.1.1.1"), "gateway: is not in the networks this host is connected to"),
        (way(gateway="192.168.1.11"), "gateway: is this host's own address"),
        (way(gateway="2001:db8::254"), "routes[0].gateway: is not of the address family of"),
        (way(source="192.168.1.0/24"), "routes[0].source: has another mask than /32 (got '192.168.1.0/24')."),
        (way(mss=40), "routes[0].mss: is not the size of a TCP segment (got 40)."),
    ],
)
def test_refusals(machine: FakeHost, route: Route, asked: dict[str, t.Any], message: str) -> None:
    assert route(asked)["msg"].startswith(message)
    assert machine.rules["-4"] == []
