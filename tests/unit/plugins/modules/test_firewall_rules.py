# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""firewall_rules on a host with both firewalls of Linux: our rules alone, live, at boot and not any more."""

from __future__ import annotations

import json
import shlex
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import firewall_rules

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

VIP = "192.168.1.110"
SHOP = {"fwmark": 5, "vip": VIP, "ports": [{"protocol": "tcp", "port": 80}, {"protocol": "tcp", "port": 443}]}
SIX = {"fwmark": 6, "vip": "2001:db8::110", "ports": [{"protocol": "udp", "port": 53}]}
OUT = {"source": "192.168.1.12"}
NEAR = {"source": "192.168.1.0/24", "destination": "192.168.1.12", "vip": VIP}
EVERYTHING = {"marks": [SHOP, SIX, {"fwmark": 7, "vip": "192.168.1.111"}], "snat": [OUT, NEAR]}
UNIT = "/etc/systemd/system/lvs-firewall.service"
NAME = "lvs-firewall.service"
MARK_80 = ("-d", f"{VIP}/32", "-p", "tcp", "-m", "tcp", "--dport", "80", "-j", "MARK", "--set-xmark", "0x5/0xffffffff")
FOREIGN = ("-A", "PREROUTING", "-s", "10.0.0.0/8", "-j", "ACCEPT")

Firewall = t.Callable[..., "dict[str, t.Any]"]
Chains = dict[str, list[tuple[str, ...]]]


class FakeHost:
    """Both firewalls, kernel modules and a systemd that runs what a unit says."""

    def __init__(self, root: Path, *programs: str) -> None:
        self.root = root
        self.tables: dict[tuple[str, str], Chains] = {}
        self.nft: dict[str, dict[str, list[str]]] = {}
        self.families = {"ip", "ip6"}
        self.missing: set[str] = set()
        self.loaded: list[str] = []
        self.active: set[str] = set()
        self.calls: list[tuple[str, ...]] = []
        (self.root / "run/systemd/system").mkdir(parents=True)
        for program in ("modprobe", "rmmod", "systemctl", *programs):
            self.put(f"/usr/sbin/{program}", "").chmod(0o755)
        self._tell()

    @property
    def host(self) -> Host:
        return Host(str(self.root), self.execute)

    def put(self, path: str, text: str) -> Path:
        target = self.root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def files(self) -> dict[str, str]:
        folders = ("etc", "var")
        found = [path for folder in folders for path in (self.root / folder).rglob("*") if path.is_file()]
        return {f"/{path.relative_to(self.root)}": path.read_text() for path in found if not path.is_symlink()}

    def state(self) -> str:
        return repr((self.files(), self.tables, self.nft, self.loaded, self.active))

    def _tell(self) -> None:
        self.put("/proc/sys/kernel/osrelease", "6.1.176\n")
        self.put("/proc/modules", "".join(f"{name} 1 0 - Live 0x0\n" for name in self.loaded))
        for stem, family in (("ip_tables", "iptables"), ("ip6_tables", "ip6tables")):
            used = sorted(table for program, table in self.tables if program == family)
            self.put(f"/proc/net/{stem}_names", "".join(f"{table}\n" for table in used))

    def execute(self, argv: Sequence[str]) -> Completed:
        """What a command says and does."""
        self.calls.append(tuple(argv))
        program, words = argv[0].rpartition("/")[2], list(argv[1:])
        rc, text = getattr(self, f"_{program.replace('-', '_')}")(words)
        self._tell()
        return Completed(tuple(argv), rc, text, text if rc else "")

    def _iptables_legacy(self, words: list[str], program: str = "iptables") -> tuple[int, str]:
        assert words[:2] == ["-w", "-t"], words
        return self._change(self._table(program, words[2]), words[3:])

    def _ip6tables_legacy(self, words: list[str]) -> tuple[int, str]:
        return self._iptables_legacy(words, "ip6tables")

    def _iptables(self, words: list[str]) -> tuple[int, str]:
        return (0, "iptables v1.8.9 (nf_tables)\n") if words == ["-V"] else self._iptables_legacy(words)

    def _table(self, program: str, table: str) -> Chains:
        builtin = ("PREROUTING",) if table == "mangle" else ("POSTROUTING",)
        return self.tables.setdefault((program, table), {name: [] for name in builtin})

    def _change(self, chains: Chains, words: list[str]) -> tuple[int, str]:
        verb, chain, rule = words[0], (words[1:] or [""])[0], tuple(words[2:])
        if verb == "-S":
            builtin, own = ([name for name in chains if name.isupper() == upper] for upper in (True, False))
            rules = [shlex.join(("-A", name, *one)) for name in chains for one in chains[name]]
            return 0, "\n".join([*(f"-P {name} ACCEPT" for name in builtin), *(f"-N {name}" for name in own), *rules])
        if verb == "-N":
            known = chain in chains
            chains.setdefault(chain, [])
            return (1, "Chain already exists.") if known else (0, "")
        if chain not in chains or (verb == "-D" and rule not in chains[chain]):
            return 1, "No chain/target/match by that name."
        if verb == "-A":
            assert "-j" in rule, rule
            assert rule[-1] in chains or rule[-1] != "lvs-marks"
            chains[chain].append(rule)
        elif verb == "-D":
            chains[chain].remove(rule)
        elif verb == "-F":
            chains[chain].clear()
        else:
            assert verb == "-X", words
            assert not chains[chain], "only an empty chain that nobody jumps to can go"
            assert all(one[-1] != chain for rules in chains.values() for one in rules)
            del chains[chain]
        return 0, ""

    def _nft(self, words: list[str]) -> tuple[int, str]:
        if words[0] == "-j":
            found = self.nft.get(words[3])
            rules = [{"rule": {"comment": text}} for texts in (found or {}).values() for text in texts]
            return (0, json.dumps({"nftables": [{"metainfo": {}}, *rules]})) if found is not None else (1, "no table")
        for statement in words[-1].replace("; }", " }").split("; "):
            verb, kind, family, table, *rest = statement.split(" ", 5)
            if family not in self.families:
                return 1, "Error: Could not process rule: Operation not supported\nadd table ip lvs\n"
            assert table == "lvs"
            if words[0] != "--check":
                self._state(verb, kind, family, rest)
        return 0, ""

    def _state(self, verb: str, kind: str, family: str, rest: list[str]) -> None:
        if kind == "table":
            self.nft.setdefault(family, {}) if verb == "add" else self.nft.pop(family)
        elif kind == "chain":
            self.nft[family][rest[0]] = []
        else:
            self.nft[family][rest[0]].append(rest[1].partition('comment "')[2].rstrip('"'))

    def _modprobe(self, words: list[str]) -> tuple[int, str]:
        if words[-1] in self.missing:
            return 1, "not found"
        if words[0] != "--dry-run":
            self.loaded += [name for name in ("ip_tables", words[0]) if name not in self.loaded]  # one brings another
        return 0, ""

    def _rmmod(self, words: list[str]) -> tuple[int, str]:
        self.loaded.remove(words[0])
        return 0, ""

    def _systemctl(self, words: list[str]) -> tuple[int, str]:
        wants = self.root / f"etc/systemd/system/multi-user.target.wants/{NAME}"
        if words[0] == "enable":
            wants.parent.mkdir(parents=True, exist_ok=True)
            wants.unlink(missing_ok=True)
            wants.symlink_to("/dev/null")
        elif words[0] == "disable":
            wants.unlink(missing_ok=True)
            self.active.clear()
        elif words[0] == "start" and NAME not in self.active:
            self.boot()
        elif words[0] == "is-active":
            return (0 if NAME in self.active else 3), ""
        elif words[0] == "is-failed":
            return 1, ""
        return 0, ""

    def boot(self) -> None:
        """Run the unit as systemd does."""
        for line in (self.root / UNIT.lstrip("/")).read_text().splitlines():
            key, _equals, command = line.partition("=")
            if key == "ExecStart":
                done = self.execute(shlex.split(command.removeprefix("-")))
                assert done.rc == 0 or command.startswith("-"), done
        self.active.add(NAME)


@pytest.fixture(params=["nft", "iptables"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> FakeHost:
    legacy = ("iptables-legacy", "ip6tables-legacy")
    return FakeHost(tmp_path, *(["nft"] if request.param == "nft" else []), "iptables", *legacy)


@pytest.fixture
def old(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path, "iptables-legacy", "ip6tables-legacy")


@pytest.fixture
def new(tmp_path: Path) -> FakeHost:
    return FakeHost(tmp_path, "nft")


@pytest.fixture
def rules(request: pytest.FixtureRequest, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Firewall:
    (name,) = {"machine", "old", "new"} & set(request.fixturenames)
    host: FakeHost = request.getfixturevalue(name)
    monkeypatch.setattr(firewall_rules, "Host", lambda: host.host)

    def run(check_mode: bool = False, diff: bool = False, **args: t.Any) -> dict[str, t.Any]:
        return run_module(firewall_rules, args, check_mode=check_mode, diff=diff)

    return run


@pytest.mark.usefixtures("machine")
def test_a_second_run_changes_nothing(rules: Firewall) -> None:
    first = rules(**EVERYTHING)
    assert (first["changed"], first["after"]["persistent"], len(first["after"]["rules"])) == (True, True, 6)
    again = rules(**EVERYTHING)
    assert (again["changed"], again["commands"], again["before"]) == (False, [], first["after"])


def test_a_boot_brings_the_same(machine: FakeHost, rules: Firewall) -> None:
    rules(**EVERYTHING)
    tables, nft = repr(machine.tables), repr(machine.nft)
    machine.boot()  # with everything there, as after the reload of another firewall service
    assert (repr(machine.tables), repr(machine.nft)) == (tables, nft)
    machine.tables, machine.nft = {}, {}
    machine.boot()
    assert (repr(machine.tables), repr(machine.nft)) == (tables, nft)
    assert not rules(**EVERYTHING)["changed"]


def test_absent_leaves_the_host_as_it_was(machine: FakeHost, rules: Firewall) -> None:
    machine.execute(["iptables-legacy", "-w", "-t", "mangle", *FOREIGN])
    rules(**EVERYTHING)
    assert rules(state="absent")["after"] == {"rules": [], "kernel_modules": [], "persistent": False}
    assert machine.tables[("iptables", "mangle")] == {"PREROUTING": [FOREIGN[2:]]}
    assert all(rules == [] for key, table in machine.tables.items() if key[1] == "nat" for rules in table.values())
    assert (machine.nft, machine.files(), machine.loaded, machine.active) == ({}, {}, [], set())
    assert not rules(state="absent")["changed"]


def test_check_mode_predicts_and_touches_nothing(machine: FakeHost, rules: Firewall) -> None:
    for args in (EVERYTHING, {"marks": [SHOP]}, {"state": "absent"}):
        before = machine.state()
        predicted = rules(**args, check_mode=True, diff=True)
        assert machine.state() == before
        done = rules(**args, diff=True)
        assert done["changed"]
        assert predicted == done


@pytest.mark.parametrize("args", [{}, {"state": "absent"}])
def test_a_firewall_that_nobody_asks_for_is_left_alone(machine: FakeHost, rules: Firewall, args: t.Any) -> None:
    assert not rules(**args)["changed"]
    assert machine.calls == []


def test_what_somebody_else_removed_comes_back(machine: FakeHost, rules: Firewall) -> None:
    first = rules(**EVERYTHING)
    machine.tables, machine.nft = {}, {}
    machine._tell()
    repaired = rules(**EVERYTHING)
    assert (repaired["changed"], repaired["before"]["rules"], repaired["after"]) == (True, [], first["after"])
    assert not rules(**EVERYTHING)["changed"]


def test_a_unit_that_does_not_run_is_started(machine: FakeHost, rules: Firewall) -> None:
    rules(**EVERYTHING)
    machine.active.clear()
    assert rules(**EVERYTHING)["commands"] == [
        "systemctl daemon-reload",
        f"systemctl enable {NAME}",
        f"systemctl start {NAME}",
    ]


def test_the_rules_of_iptables(old: FakeHost, rules: Firewall) -> None:
    result = rules(marks=[SHOP], snat=[OUT, NEAR])
    chain = old.tables[("iptables", "mangle")]
    assert chain["PREROUTING"] == [("-j", "lvs-marks")]
    assert MARK_80 in chain["lvs-marks"]
    assert old.tables[("iptables", "nat")]["lvs-snat"] == [
        tuple(f"-s 192.168.1.0/24 -d 192.168.1.12/32 -m conntrack --ctorigdst {VIP} -j MASQUERADE".split()),
        ("-s", "192.168.1.12/32", "-j", "MASQUERADE"),
    ]
    modules = ["iptable_mangle", "iptable_nat", "xt_MASQUERADE", "xt_conntrack", "xt_mark", "xt_tcpudp"]
    assert (result["after"]["kernel_modules"], old.loaded) == (modules, ["ip_tables", *modules])
    loaded_at_boot = old.files()["/etc/modules-load.d/lvs-firewall-rules.conf"].splitlines()
    assert loaded_at_boot[2:] == modules


def test_a_mark_that_stays_is_never_missed(old: FakeHost, rules: Firewall) -> None:
    rules(marks=[SHOP])
    old.calls.clear()
    rules(marks=[{**SHOP, "fwmark": 6}])
    verbs = [call[4] for call in old.calls if call[0].endswith("tables-legacy") and call[4] != "-S"]
    assert verbs == ["-A", "-A", "-D", "-D"]
    assert ("systemctl", "restart", NAME) not in old.calls
    assert len(old.tables[("iptables", "mangle")]["lvs-marks"]) == 2


def test_a_doubled_rule_of_ours_becomes_one(old: FakeHost, rules: Firewall) -> None:
    rules(marks=[SHOP])
    old.execute(["iptables-legacy", "-w", "-t", "mangle", "-A", "lvs-marks", *MARK_80])
    assert rules(marks=[SHOP])["changed"]
    assert old.tables[("iptables", "mangle")]["lvs-marks"].count(MARK_80) == 1


def test_nft_changes_all_at_once(new: FakeHost, rules: Firewall) -> None:
    result = rules(marks=[SHOP], snat=[NEAR])
    (script,) = [shlex.split(command)[1] for command in result["commands"] if "nft" in command.split()[0]]
    assert script.split("; ", 3)[:3] == ["add table ip lvs", "delete table ip lvs", "add table ip lvs"]
    assert (
        f'add rule ip lvs marks ip daddr {VIP} tcp dport 80 meta mark set 5 comment "fwmark 5 {VIP} tcp 80"' in script
    )
    assert f"ip saddr 192.168.1.0/24 ip daddr 192.168.1.12 ct original ip daddr {VIP} masquerade comment" in script
    assert result["after"]["kernel_modules"] == []
    assert rules(marks=[SIX])["changed"]
    assert new.nft == {"ip6": {"marks": ["fwmark 6 2001:db8::110 udp 53"]}}


def test_the_longest_comment_fits(new: FakeHost, rules: Firewall) -> None:
    long = "2001:1111:2222:3333:4444:5555:6666:{}"
    network = "2001:1111:2222:3333:4444:5555:6666:7770/124"
    rules(snat=[{"source": network, "destination": long.format("7777"), "vip": long.format("8888")}])
    assert [len(text) <= 127 for text in new.nft["ip6"]["sources"]] == [True]  # NFTNL_UDATA_COMMENT_MAXLEN


def test_a_kernel_without_nf_tables_has_the_other_one(rules: Firewall, machine: FakeHost) -> None:
    machine.families.clear()
    rules(marks=[SHOP])
    assert MARK_80 in machine.tables[("iptables", "mangle")]["lvs-marks"]
    assert machine.nft == {}


def test_a_host_that_gets_nft_changes_over(old: FakeHost, rules: Firewall) -> None:
    rules(marks=[SHOP])
    old.put("/usr/sbin/nft", "").chmod(0o755)
    rules(marks=[SHOP])
    assert old.nft == {"ip": {"marks": [f"fwmark 5 {VIP} tcp 443", f"fwmark 5 {VIP} tcp 80"]}}
    assert (old.tables[("iptables", "mangle")], old.loaded) == ({"PREROUTING": []}, [])


def test_a_host_with_neither_is_told_what_to_do(old: FakeHost, rules: Firewall) -> None:
    old.missing.add("iptable_mangle")
    refused = rules(marks=[SHOP], check_mode=True)
    assert refused["failed"]
    assert "nft: the program nft is not installed; iptables: the kernel has no iptable_mangle (got " in refused["msg"]
    assert "Install nftables, or iptables with iptables-legacy" in refused["msg"]
    assert old.files() == {}


def test_the_iptables_that_writes_nf_tables_is_another_firewall(new: FakeHost, rules: Firewall) -> None:
    new.families.clear()
    new.put("/usr/sbin/iptables", "").chmod(0o755)
    refused = rules(marks=[SHOP])
    assert (
        "nft: the kernel refuses the rules (Error: Could not process rule: Operation not supported)" in refused["msg"]
    )
    assert "iptables: the program iptables-legacy is not installed (got " in refused["msg"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"marks": [{"fwmark": 2**32, "vip": VIP}]}, "marks[0].fwmark: is not a firewall mark (got 4294967296)."),
        ({"marks": [{"fwmark": 5, "vip": "a; reboot"}]}, "marks[0].vip: is not an address (got 'a; reboot')."),
        (
            {"marks": [{**SHOP, "ports": [{"protocol": "tcp", "port": 0}]}]},
            "marks[0].ports[0].port: is not a port (got 0).",
        ),
        ({"snat": [{"source": "here"}]}, "snat[0].source: is neither an address nor a network (got 'here')."),
        ({"snat": [{**NEAR, "vip": None}]}, "has only one of vip and destination (got "),
        ({"snat": [{**NEAR, "vip": "2001:db8::110"}]}, "mixes the address families (got "),
    ],
)
def test_wrong_wishes(old: FakeHost, rules: Firewall, args: t.Any, message: str) -> None:
    refused = rules(**args)
    assert refused["failed"]
    assert message in refused["msg"]
    assert old.calls == []


def test_the_unit_comes_before_the_network_and_after_those_that_flush(old: FakeHost, rules: Firewall) -> None:
    rules(marks=[SHOP])
    unit = old.files()[UNIT]
    assert "\nBefore=network-pre.target" in unit
    others = ("nftables", "iptables", "netfilter-persistent", "firewalld", "ufw")
    for key in ("After", "PartOf", "ReloadPropagatedFrom"):
        (line,) = (line for line in unit.splitlines() if line.startswith(f"{key}="))
        assert {f"{name}.service" for name in others} <= {*line.partition("=")[2].split()}
    started, again = (
        [line.partition("=")[2] for line in unit.splitlines() if line.startswith(key)]
        for key in ("ExecStart=", "ExecReload=")
    )
    assert started == again
    assert all(line.lstrip("-").startswith("/usr/sbin/iptables-legacy -w -t mangle") for line in started)


RANGE = {"vip": VIP, "fwmark": 5, "ports": [{"protocol": "tcp", "port": 1024, "last": 65535}]}


def test_a_range_of_ports_by_iptables(old: FakeHost, rules: Firewall) -> None:
    assert any("--dport 1024:65535" in command for command in rules(marks=[RANGE])["commands"])
    assert not rules(marks=[RANGE])["changed"]
    assert rules(marks=[{**RANGE, "ports": [{"protocol": "tcp", "port": 1024}]}])["changed"]
    assert old.loaded


def test_a_range_of_ports_by_nft(new: FakeHost, rules: Firewall) -> None:
    (command,) = [one for one in rules(marks=[RANGE])["commands"] if "dport" in one]
    assert "tcp dport 1024-65535 meta mark set 5" in command
    assert not rules(marks=[RANGE])["changed"]
    assert new.nft


def test_a_range_that_ends_before_it_begins(old: FakeHost, rules: Firewall) -> None:
    wrong = {**RANGE, "ports": [{"protocol": "tcp", "port": 1024, "last": 80}]}
    assert rules(marks=[wrong])["msg"].startswith("marks[0].ports[0].last: does not end a range of ports (got 80)")
    assert old.loaded == []
