# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module's work: what is judged, what is written, how it is read, and the way back."""

from __future__ import annotations

import json
import pathlib
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import vip_record
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import undoing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.ledger import LEDGER
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived import daemon, vrrp
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.daemon import DROP_IN, SYNC_UNIT
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.file import HEAD, MAIN, placed_in
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.keepalived import RECORD
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.owner import is_mover
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._keepalived.fake_director import (
    MINE,
    Director,
)

BOTH = ["192.168.1.110", "192.168.1.111"]
GONE = "192.168.1.7"  # torn down
SYNC = {"interface": "eth1", "id": 51}
SWITCH = "/var/lib/lvs/director"


@pytest.fixture
def director(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Director:
    monkeypatch.setattr(daemon, "_GRACE", 0.05)
    monkeypatch.setattr(daemon, "_READING", 0.2)
    monkeypatch.setattr(vrrp, "may_take_part", lambda peer: peer != GONE)
    return Director(tmp_path)


def refused(director: Director, **arguments: t.Any) -> str:
    before = {path: director.text(path) for path in (MAIN, MINE, DROP_IN, SYNC_UNIT, RECORD, LEDGER, SWITCH)}
    with pytest.raises(LvsError) as said:
        director.run(**arguments)
    assert {path: director.text(path) for path in before} == before, "something was left"
    return str(said.value)


def test_a_director_takes_part(director: Director) -> None:
    foretold = director.run(check=True)
    assert (director.text(), director.active) == (None, False)
    done = director.run()
    assert [foretold[key] for key in ("changed", "before", "after", "commands", "diff", "lead")] == [
        done[key] for key in ("changed", "before", "after", "commands", "diff", "lead")
    ]
    assert (done["holds"], done["lead"]) == (BOTH, BOTH[0])
    tested = director.tested.replace("/run/lvs-keepalived/lvs.switch", SWITCH)
    assert tested == director.text(), "another text was tested than the one that is there"
    assert director.text(SWITCH) == "0\n"
    assert (director.root / MINE.lstrip("/")).stat().st_mode & 0o777 == 0o640
    assert "Restart=on-failure" in (director.text(DROP_IN) or "")
    assert not (director.root / "run/lvs-keepalived").exists(), "the draft was left"
    again = director.run()
    assert (again["changed"], again["commands"], again["diff"][1:]) == (False, [], [])


@pytest.mark.parametrize("wins", [False, True])
def test_connections_are_synchronised(director: Director, wins: bool) -> None:
    director.wins = wins
    done = director.run(sync=SYNC)
    assert done["holds"] == (BOTH if wins else [])
    # keepalived without virtual servers starts no threads.
    assert (len(director.both), "Wants=lvs-sync.service" in (director.text(DROP_IN) or "")) == (2, True)
    assert " eth1 51\n" in (director.text(SYNC_UNIT) or "")
    director.run(sync={**SYNC, "id": 52})
    assert {one.id for one in director.both} == {52}
    assert " eth1 52\n" in (director.text(SYNC_UNIT) or "")
    done = director.run()
    assert (director.both, director.text(SYNC_UNIT)) == ([], None)
    assert done["commands"] == [
        *("systemctl stop lvs-sync.service", "systemctl daemon-reload", "systemctl reload keepalived.service"),
    ]
    director.run(sync=SYNC)
    director.run(state="absent")
    assert (director.both, director.text(SYNC_UNIT)) == ([], None)


def test_a_thread_that_ended_runs_again(director: Director) -> None:
    director.run(sync=SYNC)
    files = director.text(), director.text(MAIN), director.text(DROP_IN)
    del director.both[1]
    foretold = director.run(check=True, sync=SYNC)
    assert (foretold["changed"], len(director.both)) == (True, 1)
    assert director.run(sync=SYNC)["commands"] == foretold["commands"] == ["start backup"]
    assert (director.text(), director.text(MAIN), director.text(DROP_IN)) == files
    assert not director.run(sync=SYNC)["changed"]


def test_threads_that_do_not_run_are_told(director: Director, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(director, "have", lambda _interface, _number: None)
    assert "the master thread of synchronisation runs with None" in refused(director, sync=SYNC)


def test_a_running_one_is_reloaded_and_never_started_again(director: Director) -> None:
    director.run()
    done = director.run(addresses=["192.168.1.100", *BOTH])
    assert done["commands"] == ["systemctl reload keepalived.service"]
    assert done["lead"] == BOTH[0], "the other director would not hear this one any more"
    assert sorted(done["holds"]) == ["192.168.1.100", *BOTH]
    assert director.run(addresses=BOTH[1:])["lead"] == BOTH[1]
    assert director.run(addresses=BOTH, lead=BOTH[0])["lead"] == BOTH[0]
    assert "192.168.1.100/32" not in director.addresses["eth0"]
    assert json.loads(director.text(RECORD) or "")["good"] is None


def test_who_stands_by_takes_nothing_while_it_cannot_hear_who_serves(director: Director) -> None:
    """Seen with 2.2.7: it takes the VIPs as well three seconds after it has read another address of the adverts."""
    director.wins = False
    director.run()
    assert director.run(addresses=[*BOTH, "192.168.1.100"])["commands"] == ["systemctl reload keepalived.service"]
    quiet, reload = director.run(addresses=BOTH[1:])["commands"]
    assert (quiet.startswith("systemd-run "), quiet.endswith(SWITCH), reload.split()[1]) == (True, True, "reload")
    assert director.text(SWITCH) == "1\n"
    assert not director.run(addresses=BOTH[1:])["changed"]
    assert director.run(addresses=BOTH[:1])["commands"] == [reload], "somebody else gives it back"


def test_who_serves_gets_another_address(director: Director) -> None:
    director.run(addresses=BOTH[:1])
    foretold = director.run(check=True, addresses=BOTH[1:])
    assert foretold["holds"] == BOTH[:1], "else it counts as one that stands by"
    done = director.run(addresses=BOTH[1:])
    assert (done["holds"], done["commands"]) == (BOTH[1:], ["systemctl reload keepalived.service"])
    assert director.text(SWITCH) == "0\n"


def test_before_2_2_nothing_tells_when_it_has_read(director: Director) -> None:
    director.version = "2.1.5"
    director.run()
    assert director.run(addresses=BOTH[:1])["changed"]
    assert "reload_file" not in (director.text(MAIN) or "")


WRONG: dict[str, tuple[dict[str, t.Any], str]] = {
    "itself as a peer": ({"peers": ["192.168.1.8"]}, "peers[0]: is this host's own address"),
    "no such NIC": ({"interface": "eth9"}, "interfaces: is not an interface of this host"),
    "a hostile NIC": ({"interface": "eth0 }\n"}, "interfaces: is not an interface of this host"),
    "the loopback": ({"interfaces": {BOTH[0]: "lo"}}, "is no NIC that clients reach"),
    "no such NIC of synchronisation": ({"sync": {**SYNC, "interface": "eth9"}}, "sync.interface: is not"),
    "an address of another host": ({"address": "192.168.1.7"}, "address: is on no interface of this host"),
    "no address": ({"addresses": []}, "addresses: has none to move"),
    "another one's lead": ({"addresses": BOTH[1:], "lead": BOTH[0]}, "lead: is in the adverts of the director that"),
    "no interval": ({"interval": "1 }"}, "interval: is not an interval"),
    "too short": ({"interval": "0.05"}, "interval: is not an interval"),
    "a router id": ({"router_id": 256}, "router_id: is out of range"),
    "a priority": ({"priority": 255}, "priority: is out of range"),
    "a name": ({"lvs_name": "../x"}, "lvs_name: is no name of an LVS"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_what_keepalived_lets_through_is_refused(director: Director, arguments: dict[str, t.Any], said: str) -> None:
    assert said in refused(director, **arguments)
    assert not director.active
    assert said in refused(director, check=True, **arguments)


def test_another_init_keeps_no_keepalived(director: Director) -> None:
    (director.root / "run/systemd/system").rmdir()
    assert not director.run(state="absent")["changed"]
    assert "starts nothing again that died" in refused(director)
    assert not any(command.startswith("systemctl") for command in director.ran)


def test_all_that_is_wrong_at_once(director: Director) -> None:
    text = refused(director, peers=["192.168.1.8"], interface="eth9", sync={**SYNC, "interface": "eth8"})
    assert [line.partition(":")[0] for line in text.splitlines()] == [
        *("peers[0]", "interfaces", "interfaces", "sync.interface"),
    ]


def test_a_kernel_that_synchronises_nothing(director: Director) -> None:
    director.put("/proc/sys/net/ipv4/vs/sync_threshold", "0\t50\n")
    assert "has no connection synchronised" in refused(director, sync=SYNC)
    director.put("/proc/sys/net/ipv4/vs/sync_threshold", "3\t50\n")
    director.run(sync=SYNC)


@pytest.mark.parametrize(
    ("status", "said"),
    [(5, "would be refused by keepalived (exit status 5)"), (143, "ended itself"), (-15, "ended itself")],
)
def test_keepalived_is_asked_before_it_reads(director: Director, status: int, said: str) -> None:
    director.run()
    director.meddle = lambda argv: status if "-t" in argv else None
    text = refused(director, addresses=BOTH[:1])
    assert said in text
    assert (director.active, director.serves) == (True, True)
    assert said in refused(director, check=True, addresses=BOTH[:1])


def test_another_number_is_refused_while_it_is_at_work(director: Director) -> None:
    """The others would not hear it any more: two would have the VIPs."""
    director.run()
    for check in (True, False):
        assert "router_id: was 51 so far" in refused(director, check=check, router_id=52)
    director.run(router_id=52, peers=[], forget=["192.168.1.9"])


def test_who_joins_is_not_known_yet(director: Director) -> None:
    assert not director.run(check=True)["known"]
    director.run()
    assert director.run(check=True)["known"]
    director.addresses["eth0"].append("192.168.1.7/24")
    assert not director.run(check=True, address="192.168.1.7")["known"]


def test_a_masked_unit_stays_masked(director: Director) -> None:
    director.enabled, director.masked = False, True
    for check in (True, False):
        text = refused(director, check=check)
        assert text.startswith("keepalived.service: keeps keepalived from starting")
        assert text.endswith("systemctl unmask keepalived.service")


@pytest.mark.parametrize(("version", "said"), [("2.0.10", "is too old"), ("x", "does not say which version")])
def test_versions(director: Director, version: str, said: str) -> None:
    director.version = version
    assert said in refused(director)


def test_a_rehearsal_where_nothing_is_installed_yet(director: Director) -> None:
    (director.root / "usr/sbin/keepalived").unlink()
    director.meddle = lambda argv: 127 if argv[0] == "keepalived" else None
    assert director.run(check=True)["changed"]
    assert "is not installed" in director.warnings[0]


def test_a_reload_that_is_not_read_is_taken_back(director: Director) -> None:
    director.run()
    director.meddle = lambda argv: 0 if argv[1] == "reload" and placed_in(director.text()) != placed_in(old) else None
    old = director.text()
    text = refused_but_for_record(director, addresses=BOTH[:1])
    assert "did not read its files" in text
    assert text.endswith("The last good files are back.")
    assert director.text() == old
    assert (director.active, director.serves) == (True, True)
    assert not director.run()["changed"]


def test_what_is_taken_back_is_claimed_as_before(director: Director) -> None:
    director.run(addresses=BOTH[:1])
    before = director.text(), director.text(LEDGER)
    director.meddle = lambda argv: 0 if argv[1] == "reload" and director.text() != before[0] else None
    assert refused_but_for_record(director, addresses=BOTH).endswith("The last good files are back.")
    assert (director.text(), director.text(LEDGER)) == before


def refused_but_for_record(director: Director, **arguments: t.Any) -> str:
    """As the module ends: with the undo of all modules."""
    host = director.host
    with pytest.raises(LvsError) as said, undoing(host):
        director.run_on(host, **arguments)
    return str(said.value)


def test_a_reload_that_gives_the_vips_up_is_taken_back(director: Director) -> None:
    director.run()
    old = director.text()

    def give_up(argv: list[str]) -> int | None:
        if argv[1] == "reload" and director.text() != old:
            director.addresses["eth0"] = director.addresses["eth0"][:1]
            (director.root / "run/lvs-keepalived.reload").unlink()
            return 0
        return None

    director.meddle = give_up
    assert "this director gave its addresses up" in refused_but_for_record(director, priority=252)
    assert director.text() == old


def test_a_start_that_fails_leaves_nothing(director: Director) -> None:
    director.enabled = False
    director.meddle = lambda argv: 1 if argv[1] == "start" else None
    assert "systemctl start" in refused(director)
    assert (director.active, director.enabled) == (False, False)


def test_a_run_that_was_killed_is_finished(director: Director) -> None:
    """It died between the writing and the reading: the files are right and the daemon knows nothing of them."""
    director.run()
    record = json.loads(director.text(RECORD) or "")
    director.put(RECORD, json.dumps({**record, "good": {MINE: director.text()}}))
    director.put(MINE, (director.text() or "").replace("priority 254", "priority 252"))
    done = director.run(priority=252)
    assert done["commands"] == ["systemctl reload keepalived.service"]
    assert not director.run(priority=252)["changed"]


def test_somebody_elses_file_is_left_alone(director: Director) -> None:
    theirs = "! Configuration File for keepalived\nvrrp_instance VI_1 {\n}\n"
    director.put(MAIN, theirs)
    assert "is not of this collection" in refused(director)
    director.run(adopt=True)
    assert not director.run()["changed"]
    director.run(state="absent")
    assert director.text(MAIN) == theirs


@pytest.mark.parametrize("before", [None, SYNC])
def test_a_reload_that_is_taken_back_takes_the_threads_back(
    director: Director, before: dict[str, t.Any] | None
) -> None:
    director.run(sync=before)
    old = director.text()
    director.meddle = lambda argv: 0 if argv[1] == "reload" and director.text() != old else None
    refused_but_for_record(director, sync={**SYNC, "id": 99})
    assert {one.id for one in director.both} == ({before["id"]} if before else set())


MAIL: dict[str, t.Any] = {"lvs_name": "mail", "addresses": ["192.168.1.120"], "router_id": 52}
MAILS = "/etc/keepalived/lvs/mail.conf"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"addresses": BOTH[:1]}, "vip 192.168.1.110: is moved by VRRP 51 for the LVS 'lvs'"),
        ({"router_id": 51}, "router_id 51: belongs to the LVS 'lvs'"),
        # keepalived would refuse it as well, as what is defined already, and not say by which LVS.
        ({"router_id": 51, "address": "192.168.1.7"}, "router_id 51: belongs to the LVS 'lvs'"),
        ({"sync": {**SYNC, "id": 9}}, "synchronisation: is on eth1 with id 51 for the LVS 'lvs'"),
    ],
)
def test_what_two_lvs_cannot_both_have(director: Director, changes: dict[str, t.Any], said: str) -> None:
    director.addresses["eth0"].append("192.168.1.7/24")
    director.run(sync=SYNC)
    for check in (True, False):
        assert said in refused(director, check=check, **{**MAIL, **changes})
    assert director.text(MAILS) is None


def test_several_lvs_on_one_host(director: Director) -> None:
    """One reload, the synchronisation of both, and what the last one needs stays until it goes."""
    director.run(sync=SYNC)
    alone = director.text(LEDGER)
    foretold = director.run(check=True, sync=SYNC, **MAIL)
    done = director.run(sync=SYNC, **MAIL)
    assert done["commands"] == foretold["commands"] == ["systemctl reload keepalived.service"]
    assert (done["holds"], done["switch"]) == (MAIL["addresses"], "/var/lib/lvs/director-mail")
    assert not director.run(sync=SYNC)["changed"]
    foretold = director.run(check=True, state="absent", **MAIL)
    assert director.run(state="absent", **MAIL)["commands"] == foretold["commands"] == done["commands"]
    assert (director.active, director.serves, director.text(MAILS), len(director.both)) == (True, True, None, 2)
    assert director.text(LEDGER) == alone
    assert not director.run(state="absent", **MAIL)["changed"]


def test_of_several_lvs_the_last_one_that_synchronises_goes(director: Director) -> None:
    director.run(**MAIL)
    director.run(sync=SYNC)
    done = director.run(state="absent")
    assert done["commands"] == [
        *("systemctl stop lvs-sync.service", "systemctl daemon-reload", "systemctl reload keepalived.service"),
    ]
    assert "Wants=" not in (director.text(DROP_IN) or "Wants="), "it would be synchronised at boot"
    assert (director.both, director.text(SYNC_UNIT)) == ([], None)


def test_another_name_changes_nothing_for_clients(director: Director) -> None:
    director.run(sync=SYNC)
    old = director.text() or ""
    director.put("/var/lib/lvs/director", "0\n")
    assert "belongs to the LVS 'lvs'" in refused(director, sync=SYNC, lvs_name="web")
    director.run(sync=SYNC, lvs_name="web", lvs_adopt="lvs")
    assert director.serves
    assert director.text("/etc/keepalived/lvs/web.conf") == old.replace("lvs/director", "lvs/director-web")
    assert (director.text(), director.text("/var/lib/lvs/director")) == (None, None)
    assert not director.run(sync=SYNC, lvs_name="web", lvs_adopt="lvs")["changed"]
    director.run(state="absent", lvs_name="web")
    left = [path for path in director.root.rglob("*") if path.is_file() and "usr" not in path.parts]
    assert left == []


def test_a_name_that_cannot_be_taken_over_is_kept(director: Director) -> None:
    director.run()
    before = director.text(), director.text(LEDGER)
    director.meddle = lambda argv: 0 if argv[1] == "reload" else None
    refused_but_for_record(director, lvs_name="web", lvs_adopt="lvs")
    assert (director.text(), director.text(LEDGER)) == before
    assert director.text("/etc/keepalived/lvs/web.conf") is None


def test_a_killed_run_of_another_lvs_is_no_matter(director: Director) -> None:
    director.run()
    director.run(**MAIL)
    record = json.loads(director.text(RECORD) or "")
    director.put(RECORD, json.dumps({**record, "good": {MINE: director.text()}}))
    assert director.run(**MAIL)["commands"] == ["systemctl reload keepalived.service"]
    director.put(RECORD, json.dumps({**record, "good": {MINE: director.text()}}))
    director.meddle = lambda argv: 0 if argv[1] == "reload" else None
    refused_but_for_record(director, **{**MAIL, "priority": 252})


@pytest.mark.parametrize("enabled", [True, False])
def test_all_is_taken_back(director: Director, enabled: bool) -> None:
    director.enabled = enabled
    director.run()
    director.put("/var/lib/lvs/director", "0\n")
    foretold = director.run(check=True, state="absent")
    assert director.active
    done = director.run(state="absent")
    assert {**done, "diff": []} == {**foretold, "diff": []}
    assert (director.active, director.enabled, director.serves) == (False, enabled, False)
    left = [path for path in director.root.rglob("*") if path.is_file() and "usr" not in path.parts]
    assert left == []
    assert not director.run(state="absent")["changed"]


def test_the_last_director_keeps_its_vips(director: Director) -> None:
    """Not for a moment away: a farewell would take them off."""
    director.run()
    director.meddle = lambda argv: pytest.fail("it was stopped first") if director.active and "stop" in argv else None
    assert "peers: took part so far" in refused(director, state="absent", keep=BOTH, peers=[])
    director.run(state="absent", keep=BOTH, peers=[], forget=["192.168.1.9"])
    assert director.serves
    assert not director.active


@pytest.mark.parametrize("multicast", [False, True])
def test_a_director_that_leaves_is_torn_down_first(director: Director, multicast: bool) -> None:
    """It stands by for ever else, and hears nobody from now on: two would have the VIPs."""
    director.run(peers=["192.168.1.9", "192.168.1.10", GONE], multicast=multicast)
    text = refused(director, peers=["192.168.1.9"], multicast=multicast)
    assert text.startswith("peers: took part so far, is left out now")
    assert "(got '192.168.1.10')" in text
    assert refused(director, check=True, peers=["192.168.1.9"]) == text
    director.run(peers=["192.168.1.9"], forget=["192.168.1.10"], multicast=multicast)
    assert not director.run(peers=["192.168.1.9"], multicast=multicast)["changed"]


def test_vips_that_are_there_are_given_up_first(director: Director) -> None:
    """keepalived takes them off when it starts: seconds without a VIP."""
    director.addresses["eth0"].append("192.168.1.110/32")
    vip_record.write(director.host, [vip_record.Placed("192.168.1.110", "eth0")])
    assert "is on this host already" in refused(director)
    assert director.run(check=True)["holds"] == ["192.168.1.110"]
    assert "is on this host already" in director.warnings[0]


@pytest.mark.parametrize(
    ("main", "mine", "writes"),
    [
        ("vrrp_instance x {}\n", "", True),
        (HEAD, "vrrp_instance x {}\n", False),
        (HEAD, "  virtual_server 192.168.1.110 80 {}\n", True),
        (HEAD, "include /tmp/x\n", True),
    ],
)
def test_who_writes_the_table(director: Director, main: str, mine: str, writes: bool) -> None:
    director.put(MAIN, main)
    director.put(MINE, mine)
    usual = ["/usr/sbin/keepalived\0--dont-fork"] * 2
    assert is_mover(director.host, usual) is not writes
    assert not is_mover(director.host, [*usual, "/usr/sbin/keepalived\0-f\0/etc/mine.conf"])
