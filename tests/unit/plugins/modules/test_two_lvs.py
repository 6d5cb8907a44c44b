# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two LVS on one host: each module does for one what it does where that is alone, and the other one notices nothing."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall.firewall_rules import (
    before_names as firewall_before_names,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.ledger import LEDGER
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.tunnels import unpackings_in
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import gateway_host
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import (
    arp_hide,
    default_gateway,
    firewall_rules,
    kernel_setup,
    tunnel_decap,
    vip_address,
    vip_route,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules import (
    test_firewall_rules,
    test_vip_address,
    test_vip_route,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_kernel import FakeHost
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import Machine

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

Args = dict[str, t.Any]
RECORDS = Path(__file__).parents[2] / "fixtures" / "records"
WEB, MAIL, SHARED = "192.168.1.110", "192.168.1.120", "192.168.1.130"
ROUTER, OTHER_ROUTER = "192.168.1.254", "192.168.1.8"
ROUTER6 = "2001:db8::9"
REDIRECTS = "net.ipv4.conf.eth0.send_redirects"


@dataclass(frozen=True)
class Case:
    """A module, the host it works on, what each of two LVS asks of it, and what neither can have beside the other."""

    module: ModuleType
    make: t.Callable[[Path], t.Any]
    web: Args
    mail: Args
    clash: Args  # with web
    thing: str

    def state(self, machine: t.Any) -> object:
        """All of the host that counts; of a kernel without what stays loaded as long as anything is there."""
        kept = {path: text for path, text in _texts(machine).items() if not path.startswith("/var/lib/lvs/")}
        live = {name: getattr(machine, name) for name in _LIVE if hasattr(machine, name)}
        # The kernel's own chains stay.
        chains = [(where, *chain) for where, one in live.pop("tables", {}).items() for chain in one.items()]
        tables = {f"{where} {name}": rules for where, name, rules in chains if rules}
        settings = machine.sysctls() if hasattr(machine, "sysctls") else None
        return _settled([kept, live, tables, settings])


_LIVE = ("interfaces", "ours", "arp_rules", "up", "ports", "modes", "rules", "routes", "tables", "nft", "active")


def _settled(value: object) -> object:
    """The same whatever the order in which things came, which the units and rules in the files still have."""
    if isinstance(value, dict):
        return {str(name): _settled(one) for name, one in value.items()}
    return sorted(map(repr, map(_settled, value))) if isinstance(value, (list, set)) else value


def _texts(machine: t.Any) -> dict[str, str]:
    files = machine.files()
    if isinstance(files, dict):
        return dict(files)
    return {path: machine.at(path).read_text() for path in sorted(files) if not machine.at(path).is_symlink()}


def _neighbourly(root: Path) -> Machine:
    network = {"eth0": "/run/systemd/network/10-eth0.network"}
    return Machine(root, network_files=network, neighbours={ROUTER, OTHER_ROUTER, ROUTER6})


def _routed(root: Path) -> test_vip_route.FakeHost:
    host = test_vip_route.FakeHost(root)
    host.owned_by_networkd()
    return host


def _firewall(*programs: str) -> Case:
    return Case(
        firewall_rules,
        lambda root: test_firewall_rules.FakeHost(root, *programs),
        {"marks": [{"fwmark": 5, "vip": WEB, "ports": [{"protocol": "tcp", "port": 80}]}]},
        {
            "marks": [
                {"fwmark": 7, "vip": MAIL},
                {"fwmark": 8, "vip": SHARED, "ports": [{"protocol": "udp", "port": 6000, "last": 6100}]},
                {"fwmark": 9, "vip": "2001:db8::110"},
            ],
            "snat": [{"source": "192.168.1.12"}, {"source": "192.168.1.0/24", "destination": ROUTER, "vip": MAIL}],
        },
        {"marks": [{"fwmark": 6, "vip": WEB, "ports": [{"protocol": "tcp", "port": 80}]}]},
        f"mark {WEB} tcp 80",
    )


CASES = {
    "kernel_setup": Case(
        kernel_setup,
        FakeHost,
        {
            "kernel_modules": ["ip_vs", "ip_vs_wlc"],
            "sysctls": {"net.ipv4.ip_forward": 1},
            "module_options": {"ip_vs_ftp": {"ports": 2121}},
        },
        {
            "kernel_modules": ["ip_vs", "ip_vs_rr"],
            "sysctls": {"net.ipv4.ip_forward": 1, REDIRECTS: 0},
            "module_options": {"ip_vs": {"conn_tab_bits": 20}},
        },
        {"sysctls": {"net.ipv4.ip_forward": 0}},
        "sysctl net.ipv4.ip_forward",
    ),
    "arp_hide": Case(
        arp_hide,
        Machine,
        {"vips": [WEB, SHARED], "purge": True},
        {"vips": [MAIL, SHARED], "purge": True},
        {"vips": [MAIL], "method": "arptables"},
        "hiding method",
    ),
    "vip_address": Case(
        vip_address,
        test_vip_address.make_machine,
        {"vips": [WEB, SHARED], "interface": "lo", "purge": True},
        {"vips": [MAIL, SHARED], "interface": "lo", "purge": True},
        {"vips": [WEB], "interface": "eth0", "hidden": False},
        f"vip {WEB}",
    ),
    "tunnel_decap": Case(
        tunnel_decap,
        FakeHost,
        {"tunnels": [{"type": "ipip"}], "sysctls": {"net.ipv4.conf.tunl0.rp_filter": 2}},
        {"tunnels": [{"type": "ipip"}, {"type": "gue", "port": 6080}]},
        {"tunnels": [{"type": "ipip"}], "sysctls": {"net.ipv4.conf.tunl0.rp_filter": 0}},
        "sysctl net.ipv4.conf.tunl0.rp_filter",
    ),
    "vip_route": Case(
        vip_route,
        _routed,
        {"routes": [{"source": WEB, "gateway": ROUTER}, {"source": SHARED, "gateway": ROUTER}]},
        {"routes": [{"source": MAIL, "gateway": ROUTER}, {"source": SHARED, "gateway": ROUTER}]},
        {"routes": [{"source": WEB, "gateway": ROUTER, "mss": 1400}]},
        f"route {WEB}",
    ),
    "firewall_rules": _firewall("nft"),
    "firewall_rules by iptables": _firewall("iptables-legacy", "ip6tables-legacy"),
    "default_gateway": Case(
        default_gateway,
        _neighbourly,
        {"gateway": OTHER_ROUTER},
        {"gateway": ROUTER6},
        {"gateway": "192.168.1.254"},
        "gateway ipv4",
    ),
}


class Pair:
    """Runs of both LVS on one host."""

    def __init__(self, case: Case, root: Path, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
        root.mkdir(exist_ok=True)
        self.case, self.machine, self._run = case, case.make(root), run_module
        monkeypatch.setattr(gateway_host, "knock", lambda _gateway, _dev: None)
        self._monkeypatch = monkeypatch

    def run(self, name: str, check_mode: bool = False, **args: t.Any) -> Args:
        self._monkeypatch.setattr(self.case.module, "Host", lambda: self.machine.host)
        done = self._run(self.case.module, {"lvs_name": name, **args}, check_mode=check_mode)
        if done.get("unconfirmed"):
            return self._run(self.case.module, {"lvs_name": name, **args, "confirm": True})
        return done

    def up(self, name: str) -> Args:
        return self.run(name, **getattr(self.case, name))

    def fleeting(self, name: str) -> Args:
        """What it asks for, until the next reboot."""
        return self.run(name, persistent=False, **getattr(self.case, name))

    def down(self, name: str) -> Args:
        return self.run(name, state="absent")

    def up_as(self, name: str) -> Args:
        return self.run(name, **self.case.web)

    @property
    def state(self) -> object:
        return self.case.state(self.machine)

    @property
    def boot_files(self) -> set[str]:
        """What there is of ours that a boot would read; options of a module are for whenever it is loaded."""
        return {one for one in _texts(self.machine) if re.match("/etc/(?!modprobe)", one) and "lvs" in one}

    @property
    def ledger(self) -> Path:
        return Path(self.machine.root) / LEDGER.lstrip("/")


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return CASES[request.param]


@pytest.fixture
def host(case: Case, tmp_path: Path, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Pair:
    return Pair(case, tmp_path / "host", run_module, monkeypatch)


@pytest.fixture
def alone(case: Case, tmp_path: Path, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """A host of the LVS that stays, where there never was another one."""
    return Pair(case, tmp_path / "alone", run_module, monkeypatch)


@pytest.mark.parametrize(("goes", "stays"), [("web", "mail"), ("mail", "web")])
def test_whoever_goes_leaves_the_other_one_as_if_it_were_alone(host: Pair, alone: Pair, goes: str, stays: str) -> None:
    untouched = host.state
    assert host.up("web")["changed"]
    assert not host.up("web")["changed"]
    host.up("mail")
    for name in ("web", "mail", "web"):
        assert not host.up(name)["changed"]
    assert host.down(goes).get("failed") is None
    alone.up(stays)
    assert host.state == alone.state
    assert not host.up(stays)["changed"]
    assert not host.down(goes)["changed"]
    host.down(stays)
    assert host.state == untouched
    assert not host.ledger.exists()


def test_whoever_goes_after_the_other_one_has_changed_takes_nothing_of_it(host: Pair, alone: Pair) -> None:
    """At first both ask for the same, and then one for something else."""
    untouched = host.state
    for pair in (host, alone):
        pair.run("mail", **pair.case.web)
    host.up("web")
    for pair in (host, alone):
        pair.up("mail")
    host.down("web")
    assert host.state == alone.state
    assert not host.up("mail")["changed"]
    host.down("mail")
    assert host.state == untouched


def test_an_lvs_until_the_next_reboot_takes_nothing_of_anothers_boot(host: Pair, alone: Pair) -> None:
    """On both hosts web is to last, and on one mail comes and goes."""
    for pair in (host, alone):
        pair.up("web")
    host.run("mail", persistent=False, **host.case.web)  # the same
    host.fleeting("mail")
    assert host.boot_files >= alone.boot_files != set()
    assert not host.up("web")["changed"]
    assert not host.fleeting("mail")["changed"]
    host.down("mail")
    assert host.state == alone.state


def test_what_two_share_lasts_until_the_last_one_goes_that_wants_it(host: Pair, alone: Pair) -> None:
    """On both hosts mail is until the next reboot, and on one web comes and goes, which lasts."""
    untouched = host.state
    for pair in (host, alone):
        pair.fleeting("mail")
        assert not pair.boot_files
    host.up("web")
    assert host.boot_files
    assert not host.fleeting("mail")["changed"]
    host.down("web")
    host.fleeting("mail")  # a gateway that both want stays for every boot until then
    assert host.state == alone.state
    host.down("mail")
    assert host.state == untouched
    assert not host.ledger.exists()


def test_what_another_lvs_has_otherwise_is_refused_before_anything_is_touched(host: Pair) -> None:
    host.up("web")
    before = host.state
    for check_mode in (True, False):
        refused = host.run("mail", check_mode=check_mode, **host.case.clash)["msg"]
        assert refused.startswith(f"{host.case.thing}: is ")
        assert " for the LVS 'web', set up by " in refused
        assert "-e lvs_adopt=web" in refused
    assert host.state == before
    assert not host.up("web")["changed"]


def test_another_name_takes_over_what_is_there(host: Pair) -> None:
    host.up("web")
    before, since = host.state, json.loads(host.ledger.read_text())["lvs"]["web"]["since"]
    host.run("shop", lvs_adopt="web", **host.case.web)
    assert host.state == before
    assert [*json.loads(host.ledger.read_text())["lvs"]] == ["shop"]
    assert json.loads(host.ledger.read_text())["lvs"]["shop"]["since"] == since
    assert not host.run("shop", lvs_adopt="web", **host.case.web)["changed"]


def test_what_there_was_before_names_is_of_the_lvs_without_one(host: Pair) -> None:
    """A host as the release before left it has no ledger."""
    host.run("lvs", **host.case.web)
    host.ledger.unlink()
    before = host.state
    assert host.run("mail", **host.case.mail).get("failed") is None
    host.down("mail")
    assert host.state == before
    assert host.run("lvs", **host.case.web).get("failed") is None
    host.run("lvs", state="absent")
    assert not host.ledger.exists()


@pytest.mark.parametrize("name", ["", "two words", "../etc", "ä", "x" * 33, "{{ x }}"])
def test_a_name_is_one_word(tmp_path: Path, run_module: RunModule, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    host = Pair(CASES["kernel_setup"], tmp_path / "host", run_module, monkeypatch)
    assert "lvs_name: is no name of an LVS" in host.up_as(name)["msg"]
    assert not host.ledger.exists()


@pytest.mark.parametrize(
    ("lost", "first"),
    [
        ("", "lvs"),
        ('{"lvs": {"web"', "web"),
        ('{"lvs": {"web": {"by": "", "since": 5, "modules": {"x": {"vip": ""}}}}}', "lvs"),
    ],
)
def test_whose_everything_is_may_be_lost_and_nobody_loses_anything(
    host: Pair, alone: Pair, lost: str, first: str
) -> None:
    host.run(first, **host.case.web)
    host.up("mail")
    before = host.state
    host.ledger.write_text(lost)
    for name, wanted in ((first, host.case.web), ("mail", host.case.mail), (first, host.case.web)):
        assert host.run(name, **wanted).get("failed") is None
        assert host.state == before
    host.down("third")
    assert host.state == before
    host.run(first, lvs_adopt="unknown", state="absent")
    alone.up("mail")
    assert host.state == alone.state, "what was mail's has been known again"
    host.down("mail")
    assert not host.ledger.exists()


@pytest.mark.parametrize("name", ["firewall_nft", "firewall_iptables"])
def test_rules_of_the_release_before_names_say_what_was_asked_for(name: str) -> None:
    assert firewall_before_names((RECORDS / f"{name}.service").read_text(encoding="utf-8")) == {
        f"mark {WEB} tcp 80": "5",
        f"mark {MAIL}": "7",
        "snat 192.168.1.12": "",
        f"snat 192.168.1.0/24 {ROUTER} {MAIL}": "",
    }


def test_tunnels_of_the_release_before_names_say_what_was_asked_for() -> None:
    unit = (RECORDS / "tunnel_decap.service").read_text(encoding="utf-8")
    assert {" ".join(map(str, one)) for one in unpackings_in(unit)} == {
        "ipip 0 none ipv4 ipv4",
        "ipip 0 none ipv6 ipv6",  # as well, where the device takes both
        "ipip 0 none ipv4 ipv6",
        "gre 0 csum ipv4 ipv4",
        "gue 6080 none ipv4 ipv4",
    }
