# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose something is on a host: what is written down, what clashes, and what belongs to whom."""

from __future__ import annotations

import json
import os
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import lock
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.claims import Claims
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.ledger import (
    LEDGER,
    Lvs,
    parse,
    read,
    render,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.claims import clashes

Things = dict[str, str]


class Task:
    """As much of a module as says whose task it is."""

    def __init__(self, lvs_name: str, lvs_adopt: str | None = None) -> None:
        self.params = {"lvs_name": lvs_name, "lvs_adopt": lvs_adopt}


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(str(tmp_path))


def claims(host: Host, name: str, part: str = "vip_address", former: Things | None = None, **more: t.Any) -> Claims:
    return Claims(host, t.cast(t.Any, Task(name, **more)), part, former)


def claim(host: Host, name: str, mine: Things, part: str = "vip_address", **more: t.Any) -> None:
    one = claims(host, name, part, **more)
    one.with_foreign(mine)
    one.begin(mine)
    one.end(mine)


def kept(host: Host) -> dict[str, dict[str, Things]]:
    return {name: dict(lvs.modules) for name, lvs in (read(host).value or {}).items()}


@pytest.mark.parametrize(
    ("mine", "theirs", "clash"),
    [
        ({"vip 192.168.1.110": "lo"}, {"vip 192.168.1.110": "lo"}, False),
        ({"vip 192.168.1.110": "eth0"}, {"vip 192.168.1.110": "lo"}, True),
        ({"vip 192.168.1.110": ""}, {"vip 192.168.1.110": "lo"}, False),
        ({"vip 192.168.1.110": "eth0"}, {"vip 192.168.1.111": "lo"}, False),
        ({"vip 192.168.1.110": ""}, {"vip 192.168.1.110": "moved by VRRP 51"}, True),
        ({"vip 192.168.1.110": "moved by VRRP 51"}, {"vip 192.168.1.110": ""}, True),
        ({"vip 192.168.1.110": "moved by VRRP 51"}, {"vip 192.168.1.110": "moved by VRRP 51"}, False),
        ({"service tcp 192.168.1.110:80": "web"}, {"service tcp 192.168.1.110:80": "mail"}, True),
        ({"service tcp 192.168.1.110:80": "web"}, {"service tcp 192.168.1.110:25": "mail"}, False),
        ({"sysctl net.ipv4.conf.*.rp_filter": "0"}, {"sysctl net.ipv4.conf.eth0.rp_filter": "1"}, True),
        ({"sysctl net.ipv4.conf.eth0.rp_filter": "0"}, {"sysctl net.ipv4.conf.*.rp_filter": "1"}, True),
        ({"sysctl net.ipv4.conf.*.rp_filter": "0"}, {"sysctl net.ipv4.conf.all.rp_filter": "1"}, False),
        ({"sysctl net.ipv4.conf.all.rp_filter": "0"}, {"sysctl net.ipv4.conf.all.rp_filter": "1"}, True),
        ({"module ip_vs": ""}, {"module ip_vs": ""}, False),
    ],
)
def test_only_two_values_of_one_thing_clash(mine: Things, theirs: Things, clash: bool) -> None:
    assert bool(clashes(mine, theirs)) is clash


def test_who_set_it_up_and_when_is_said_and_stays(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "alice")
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 50000 192.168.1.11 22")
    claim(host, "web", {"vip 192.168.1.110": "lo"})
    monkeypatch.setenv("SUDO_USER", "bob")
    claim(host, "web", {"vip 192.168.1.110": "lo", "vip 192.168.1.111": "lo"})
    with pytest.raises(LvsError) as refused:
        claims(host, "mail").with_foreign({"vip 192.168.1.110": "eth0"})
    assert "is lo for the LVS 'web', set up by alice from 10.0.0.1 on 20" in str(refused.value)
    assert str(refused.value).endswith("when this LVS was called web before, take it over with -e lvs_adopt=web.")


def test_all_clashes_are_named_at_once_whichever_module_it_was(host: Host) -> None:
    claim(host, "web", {"vip 192.168.1.110": "lo"})
    claim(host, "mail", {"sysctl net.ipv4.ip_forward": "1"}, "kernel_setup")
    with pytest.raises(LvsError) as refused:
        claims(host, "third").with_foreign({"vip 192.168.1.110": "eth0", "sysctl net.ipv4.ip_forward": "0"})
    assert [line.partition(": ")[0] for line in str(refused.value).splitlines()] == [
        "sysctl net.ipv4.ip_forward",
        "vip 192.168.1.110",
    ]


def test_an_engine_has_a_file_for_each_lvs_and_what_all_share_until_the_last_one_goes(host: Host) -> None:
    def asked(name: str, router: int) -> Things:
        return {
            f"file /etc/keepalived/lvs/{name}.conf": name,
            f"router eth0 {router}": name,
            "daemon keepalived": "",
        }

    claim(host, "web", asked("web", 51), "keepalived")
    with pytest.raises(LvsError) as refused:
        claim(host, "mail", asked("mail", 51), "keepalived")
    assert str(refused.value).startswith("router eth0 51: belongs to the LVS 'web', set up by ")
    assert "(got " not in str(refused.value)
    claim(host, "mail", asked("mail", 52), "keepalived")
    assert claims(host, "web", "keepalived").foreign == asked("mail", 52)
    claim(host, "shop", asked("mail", 52), "keepalived", lvs_adopt="mail")
    claim(host, "web", {}, "keepalived")
    assert claims(host, "shop", "keepalived").foreign == {}


def test_what_is_to_go_is_claimed_until_it_has_gone(host: Host) -> None:
    claim(host, "web", {"vip 192.168.1.110": "lo"})
    one = claims(host, "web")
    one.begin({"vip 192.168.1.111": "lo"})
    assert kept(host) == {"web": {"vip_address": {"vip 192.168.1.110": "lo", "vip 192.168.1.111": "lo"}}}
    one.revert()
    assert kept(host) == {"web": {"vip_address": {"vip 192.168.1.110": "lo"}}}
    one.end({"vip 192.168.1.111": "lo"})
    assert kept(host) == {"web": {"vip_address": {"vip 192.168.1.111": "lo"}}}


def test_the_record_goes_with_the_last_thing_of_the_last_lvs(host: Host) -> None:
    claim(host, "web", {"module ip_vs": ""}, "kernel_setup")
    claim(host, "web", {"vip 192.168.1.110": "lo"})
    claim(host, "mail", {"vip 192.168.1.110": "lo"})
    claim(host, "web", {})
    assert kept(host) == {
        "mail": {"vip_address": {"vip 192.168.1.110": "lo"}},
        "web": {"kernel_setup": {"module ip_vs": ""}},
    }
    claim(host, "web", {}, "kernel_setup")
    claim(host, "mail", {})
    assert not host.at("/var/lib/lvs").exists()


def test_a_name_that_is_taken_over_is_gone_with_all_that_was_its(host: Host) -> None:
    claim(host, "web", {"module ip_vs": ""}, "kernel_setup")
    claim(host, "web", {"vip 192.168.1.110": "lo"})
    claim(host, "shop", {"vip 192.168.1.111": "lo"}, lvs_adopt="web")
    assert kept(host) == {
        "shop": {"kernel_setup": {"module ip_vs": ""}, "vip_address": {"vip 192.168.1.111": "lo"}},
    }


def test_an_lvs_that_takes_over_another_one_has_all_that_both_had(host: Host) -> None:
    """As when a run that renamed it ended half way, and the next one forgot to say so."""
    for name, vip in (("web", "192.168.1.110"), ("shop", "192.168.1.111")):
        claim(host, name, {f"vip {vip}": "lo"})
        claim(host, name, {f"hidden {vip}": ""}, "arp_hide")
    claim(host, "shop", {"hidden 192.168.1.111": ""}, "arp_hide", lvs_adopt="web")
    both = {"vip 192.168.1.110": "lo", "vip 192.168.1.111": "lo"}
    assert kept(host) == {"shop": {"arp_hide": {"hidden 192.168.1.111": ""}, "vip_address": both}}


@pytest.mark.parametrize("user", [b"j\xf6rg", b"\x1b[2Jroot", "jörg".encode()])
def test_whoever_sets_it_up_it_can_be_read_again(host: Host, monkeypatch: pytest.MonkeyPatch, user: bytes) -> None:
    monkeypatch.setitem(os.environb, b"SUDO_USER", user)
    claim(host, "web", {"vip 192.168.1.110": "lo"})
    assert read(host).problem is None
    assert list(kept(host)) == ["web"]
    assert (read(host).value or {})["web"].by.isprintable()


class Run(Task):
    """A module that runs for real, and how it ends."""

    check_mode, _name = False, "linuxvirtualserver.lvs.vip_address"

    def warn(self, text: str) -> None:
        raise AssertionError(text)

    def exit_json(self, **_result: object) -> t.NoReturn:
        raise SystemExit(0)


def waits_for_a_lock(process: int) -> bool:
    """As the kernel tells it."""
    locks = (line.split() for line in Path("/proc/locks").read_text().splitlines())
    return any(words[1] == "->" and words[5] == str(process) for words in locks)


def has_ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def test_two_lvs_that_come_at_once_wait_for_each_other(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second one comes when the first has read whose everything is, and has written nothing yet."""
    monkeypatch.setattr(lock, "PATH", str(tmp_path / "lock"))
    second: list[int] = []

    def run(name: str, meanwhile: t.Callable[[], None]) -> None:
        def work() -> dict[str, t.Any]:
            one = claims(host, name)
            meanwhile()
            one.begin({"vip 192.168.1.110": "lo"})
            one.end({"vip 192.168.1.110": "lo"})
            return {"changed": True}

        with pytest.raises(SystemExit):
            finish(t.cast(t.Any, Run(name)), work)

    def another_comes() -> None:
        process = os.fork()
        if process == 0:
            try:
                run("mail", lambda: None)
                os._exit(0)
            finally:
                os._exit(1)
        second.append(process)
        while (
            not waits_for_a_lock(process) and os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        ):
            time.sleep(0.01)

    run("web", another_comes)
    assert os.waitstatus_to_exitcode(os.waitpid(second[0], 0)[1]) == 0
    assert sorted(kept(host)) == ["mail", "web"]


@pytest.mark.parametrize("clock", [-86400.0, 0.0, 0.5])
def test_a_clock_that_was_never_set_is_no_time_before_names(
    host: Host, monkeypatch: pytest.MonkeyPatch, clock: float
) -> None:
    monkeypatch.setattr(time, "time", lambda: clock)
    claim(host, "lvs", {"service tcp 192.168.1.110:80": "lvs"}, "ipvs_table")
    assert list(kept(host)) == ["lvs"]
    with pytest.raises(LvsError, match="belongs to the LVS 'lvs', set up by"):
        claims(host, "mail", "ipvs_table").with_foreign({"service tcp 192.168.1.110:80": "mail"})


def test_what_was_before_names_counts_once(host: Host) -> None:
    former = {"vip 192.168.1.110": "lo"}
    assert claims(host, "web", former=former).foreign == former
    assert claims(host, "lvs", former=former).former == former
    claim(host, "web", {"vip 192.168.1.111": "lo"}, former=former)
    assert kept(host) == {"lvs": {"vip_address": former}, "web": {"vip_address": {"vip 192.168.1.111": "lo"}}}
    claim(host, "lvs", {})
    assert claims(host, "lvs", former=former).former == {}, "it is known by now who asks for what"


@pytest.mark.parametrize(
    ("part", "things"),
    [
        ("firewall_rules", {"mark 192.168.1.110 tcp http": "5"}),
        ("firewall_rules", {"mark 192.168.1.110 tcp": "5"}),
        ("firewall_rules", {"mark 192.168.1.110 tcp 80": "five"}),
        ("firewall_rules", {"mark 192.168.1.110 tcp 80": "9" * 5000}),
        ("firewall_rules", {"mark web tcp 80": "5"}),
        ("firewall_rules", {"snat 192.168.1.11 192.168.1.12": ""}),
        ("tunnel_decap", {"tunnel": ""}),
        ("tunnel_decap", {"tunnel gre": ""}),
        ("tunnel_decap", {"tunnel vxlan 0 none ipv4 ipv4": ""}),
        ("tunnel_decap", {"tunnel ipip 0 none ipv4 ipx": ""}),
        ("vip_address", {"vip 192.168.1.999": "lo"}),
        ("vip_address", {"vip": "lo"}),
        ("arp_hide", {"hidden -j ACCEPT": ""}),
        ("vip_route", {"route default": "192.168.1.254 0"}),
    ],
)
def test_what_no_module_wrote_is_no_record(part: str, things: Things) -> None:
    found = parse(render({"web": Lvs("alice", 5, {part: things})}), LEDGER)
    assert found.value is None
    assert "where what an LVS asks for is expected" in str(found.problem)


@pytest.mark.parametrize(
    "things",
    [
        {"mark 192.168.1.110": "5", "mark 2001:db8::110 udp 6000-6100": "4294967295"},
        {"snat 192.168.1.0/24": "", "snat 192.168.1.12 192.168.1.254 192.168.1.110": ""},
        {"tunnel gue 6080 remcsum ipv4 ipv6": "", "checksum gre0": "none"},
        {"vip 2001:db8::110": "", "hidden 192.168.1.110": "192.168.1.8 192.168.1.9", "hiding method": "sysctl"},
        {"gateway ipv4": "192.168.1.254", "route 192.168.1.110": "192.168.1.254 0"},
        {"another kind of a later release": "its own"},
    ],
)
def test_what_a_module_wrote_is_read_again(things: Things) -> None:
    found = parse(render({"web": Lvs("alice", 5, {"any": things})}), LEDGER)
    assert found.value == {"web": Lvs("alice", 5, {"any": things})}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "\0\0",
        "{",
        "[]",
        '{"lvs": []}',
        '{"lvs": {"two words": {"by": "x", "since": 1, "modules": {}}}}',
        '{"lvs": {"web": {"by": "x", "since": -1, "modules": {}}}}',
        '{"lvs": {"web": {"by": "x", "since": 1, "modules": {"vip_address": ["192.168.1.110"]}}}}',
    ],
)
def test_a_torn_record_counts_as_absent_and_that_is_said(content: str) -> None:
    found = parse(content, LEDGER)
    assert found.value is None
    assert "which LVS things belong to is not known any more" in str(found.problem)


def test_one_of_a_newer_release_is_refused() -> None:
    with pytest.raises(LvsError, match="newer release"):
        parse('{"format": 2, "lvs": {}}', LEDGER)


def test_what_is_written_is_read() -> None:
    ledger = {"web": Lvs("alice", 5, {"vip_address": {"vip 192.168.1.110": "lo"}}), "mail": Lvs("bob", 6, {"x": {}})}
    assert parse(render(ledger), LEDGER).value == ledger
    assert json.loads(render(ledger))["format"] == 1
    assert render({}) == ""
