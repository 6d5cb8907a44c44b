# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""arp_hide on a host in a directory: what it changes, refuses, remembers and puts back."""

from __future__ import annotations

import functools
import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import sysctl
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import arp_hide, vip_address
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import DUMMY_FLAGS, Machine

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

VIP = "192.168.1.110"
OTHER = "192.168.1.120"
DROPIN = "/etc/sysctl.d/99-lvs-arp-hide.conf"
RECORD = "/var/lib/lvs/arp_hide.json"
LEDGER = "/var/lib/lvs/claims.json"
RECORDS = Path(__file__).parents[2] / "fixtures" / "records"
HIDE = ["sysctl -w net.ipv4.conf.all.arp_announce=2", "sysctl -w net.ipv4.conf.all.arp_ignore=1"]

Hide = t.Callable[..., "dict[str, t.Any]"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture
def hide(machine: Machine, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Hide:
    monkeypatch.setattr(arp_hide, "Host", lambda: machine.host)
    return functools.partial(_hide, run_module)


def _hide(run_module: RunModule, check_mode: bool = False, diff: bool = False, **args: t.Any) -> dict[str, t.Any]:
    return run_module(arp_hide, args, check_mode=check_mode, diff=diff)


def test_present_hides_now_and_at_boot(machine: Machine, hide: Hide) -> None:
    machine.add(f"{VIP}/32", "lo")
    assert machine.answers_arp_for(VIP)
    result = hide(vips=[VIP])
    assert result["changed"]
    assert result["commands"] == HIDE
    assert not machine.answers_arp_for(VIP)
    machine.reboot()
    machine.add(f"{VIP}/32", "lo")
    assert not machine.answers_arp_for(VIP)
    assert not hide(vips=[VIP])["changed"]


def test_present_twice_changes_nothing(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP])
    files = {path: machine.at(path).read_text() for path in machine.files()}
    result = hide(vips=[f"{VIP}/32"], diff=True)
    assert not result["changed"]
    assert result["commands"] == []
    assert result["before"] == result["after"]
    assert {path: machine.at(path).read_text() for path in machine.files()} == files


def test_check_mode_predicts_and_touches_nothing(machine: Machine, hide: Hide) -> None:
    predicted = hide(vips=[VIP], check_mode=True, diff=True)
    assert machine.files() == set()
    assert machine.sysctl("all", "arp_ignore") == 0
    assert predicted == hide(vips=[VIP], diff=True)
    predicted = hide(state="absent", check_mode=True, diff=True)
    assert machine.files() == {DROPIN, RECORD, LEDGER}
    assert predicted == hide(state="absent", diff=True)


def test_result_shows_the_state_and_the_diff_shows_the_file(hide: Hide) -> None:
    result = hide(vips=[VIP], diff=True)
    assert result["before"]["vips"] == []
    assert result["before"]["persistent"] is False
    assert result["after"] == {
        "vips": [VIP],
        "method": "sysctl",
        "persistent": True,
        "rules": [],
        "sysctls": {
            **result["before"]["sysctls"],
            "net.ipv4.conf.all.arp_announce": 2,
            "net.ipv4.conf.all.arp_ignore": 1,
        },
    }
    assert result["diff"][0] == {"before": result["before"], "after": result["after"]}
    assert result["diff"][1]["after_header"] == DROPIN
    assert "net.ipv4.conf.all.arp_ignore = 1\n" in result["diff"][1]["after"]


@pytest.mark.parametrize(("name", "value", "repaired"), [("arp_ignore", 0, 1), ("arp_announce", 1, 2)])
def test_drift_is_repaired_and_only_it(machine: Machine, hide: Hide, name: str, value: int, repaired: int) -> None:
    hide(vips=[VIP])
    machine.set_sysctl("all", name, value)
    result = hide(vips=[VIP])
    assert result["commands"] == [f"sysctl -w net.ipv4.conf.all.{name}={repaired}"]
    assert not hide(vips=[VIP])["changed"]


def test_a_lost_dropin_is_repaired(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP])
    machine.at(DROPIN).write_text("net.ipv4.conf.all.arp_ignore = 0\n")
    result = hide(vips=[VIP])
    assert result["changed"]
    assert result["commands"] == []
    machine.at(DROPIN).unlink()
    assert hide(vips=[VIP])["changed"]
    assert machine.at(DROPIN).is_file()


def test_an_interface_of_its_own_mind_is_repaired_now_and_at_boot(machine: Machine, hide: Hide) -> None:
    machine.interfaces["eth0.100"] = {"flags": ["BROADCAST"], "addresses": []}
    machine.set_sysctl("eth0.100", "arp_ignore", 3)
    machine.set_sysctl("eth0.100", "arp_announce", 0)
    machine.add(f"{VIP}/32", "lo")
    result = hide(vips=[VIP])
    assert "sysctl -w net.ipv4.conf.eth0/100.arp_ignore=1" in result["commands"]
    assert not machine.answers_arp_for(VIP)
    assert "-net.ipv4.conf.eth0/100.arp_ignore = 1\n" in machine.at(DROPIN).read_text()
    assert not hide(vips=[VIP])["changed"]
    machine.at("/etc/sysctl.d/50-other.conf").write_text("net.ipv4.conf.eth0/100.arp_ignore = 3\n")
    assert not hide(vips=[VIP])["changed"]
    machine.interfaces["lo"]["addresses"].remove(f"{VIP}/32")
    hide(state="absent")
    assert machine.sysctl("eth0.100", "arp_ignore") == 3


def test_an_operators_stricter_choice_is_kept_and_kept_at_boot(machine: Machine, hide: Hide) -> None:
    machine.set_sysctl("all", "arp_ignore", 2)
    machine.put("/etc/sysctl.d/50-early.conf", "net.ipv4.conf.all.arp_ignore = 0\n")
    result = hide(vips=[VIP])
    assert result["commands"] == ["sysctl -w net.ipv4.conf.all.arp_announce=2"]
    assert "net.ipv4.conf.all.arp_ignore = 2\n" in machine.at(DROPIN).read_text()
    hide(state="absent")
    assert machine.sysctl("all", "arp_ignore") == 2


def test_absent_puts_back_what_was(machine: Machine, hide: Hide) -> None:
    machine.set_sysctl("all", "arp_announce", 1)
    hide(vips=[VIP])
    result = hide(vips=[VIP], state="absent")
    assert result["changed"]
    assert result["commands"] == [
        "sysctl -w net.ipv4.conf.all.arp_ignore=0",
        "sysctl -w net.ipv4.conf.all.arp_announce=1",
    ]
    assert machine.files() == set()
    assert not machine.at("/var/lib/lvs").exists()
    assert (machine.sysctl("all", "arp_ignore"), machine.sysctl("all", "arp_announce")) == (0, 1)
    again = hide(vips=[VIP], state="absent")
    assert not again["changed"]


def test_absent_puts_back_after_drift_and_repair(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP])
    machine.set_sysctl("all", "arp_ignore", 3)
    hide(vips=[VIP])
    hide(state="absent")
    assert machine.sysctl("all", "arp_ignore") == 0


def test_absent_leaves_what_somebody_else_has_set_since(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP])
    machine.set_sysctl("all", "arp_ignore", 2)
    assert hide(state="absent")["commands"] == ["sysctl -w net.ipv4.conf.all.arp_announce=0"]
    assert machine.sysctl("all", "arp_ignore") == 2


def test_absent_restores_only_when_no_vip_is_left(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP])
    hide(vips=[OTHER])
    result = hide(vips=[VIP], state="absent")
    assert result["changed"]
    assert result["after"]["vips"] == [OTHER]
    assert result["after"]["persistent"] is True
    assert machine.sysctl("all", "arp_ignore") == 1
    assert not hide(vips=[VIP], state="absent")["changed"]
    hide(vips=[OTHER], state="absent")
    assert machine.files() == set()


def test_a_list_that_is_the_whole_truth(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP, OTHER])
    machine.interfaces["lo"]["addresses"].append(f"{VIP}/32")
    refused = hide(vips=[OTHER], purge=True)
    assert refused["msg"].startswith("vips[0]: is still on lo: this host would answer ARP for it")
    assert hide(vips=[OTHER], purge=True, check_mode=True)["after"]["vips"] == [OTHER]
    machine.interfaces["lo"]["addresses"].remove(f"{VIP}/32")
    result = hide(vips=[OTHER], purge=True)
    assert (result["before"]["vips"], result["after"]["vips"]) == ([VIP, OTHER], [OTHER])
    assert result["after"]["sysctls"] == result["before"]["sysctls"]
    assert not hide(vips=[OTHER], purge=True)["changed"]
    assert hide(vips=[], purge=True)["after"]["vips"] == []
    assert machine.files() == set()
    assert not hide(vips=[], purge=True)["changed"]


def test_absent_of_one_vip_does_not_make_the_others_persistent(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP, OTHER], persistent=False)
    hide(vips=[VIP], state="absent")
    assert machine.files() == {RECORD, LEDGER}


def test_not_persistent_removes_the_dropin(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP])
    assert hide(vips=[VIP], persistent=False)["changed"]
    assert machine.files() == {RECORD, LEDGER}
    assert not hide(vips=[VIP], persistent=False)["changed"]


def test_ipv6_vips_need_no_setting(machine: Machine, hide: Hide) -> None:
    machine.add("2001:db8::110/128", "lo")
    assert not hide(vips=["2001:db8::110"])["changed"]
    assert machine.files() == set()


def test_the_vip_may_be_on_a_dummy(machine: Machine, hide: Hide) -> None:
    machine.interfaces["lvs0"] = {"flags": DUMMY_FLAGS, "addresses": [f"{VIP}/32"]}
    assert hide(vips=[VIP])["changed"]
    assert not machine.answers_arp_for(VIP)


@pytest.mark.parametrize("vip", [VIP, "2001:db8::110"])
def test_refuses_a_vip_that_nothing_can_hide(machine: Machine, hide: Hide, vip: str) -> None:
    full = f"{vip}/{128 if ':' in vip else 32}"
    machine.add(full, "eth0")
    for check_mode in (True, False):
        result = hide(vips=[OTHER, vip], check_mode=check_mode)
        assert result["msg"] == (
            f"vips[1]: is on eth0 itself, where arp_ignore cannot hide it: this host would answer for it (got "
            f"'{vip}'). "
            f"Fix: Remove it there (ip addr del {full} dev eth0); on a realserver it belongs on lo "
            "(vip_address, interface lo)."
        )
    assert machine.files() == set()
    assert machine.sysctl("all", "arp_ignore") == 0


def test_absent_refuses_while_a_vip_is_held(machine: Machine, hide: Hide, warned: list[str]) -> None:
    hide(vips=[VIP])
    machine.add(f"{VIP}/32", "lo")
    for args in ({"vips": [VIP]}, {}):
        result = hide(state="absent", **args)
        assert result["msg"] == (
            f"vips[0]: is still on lo: this host would answer ARP for it as soon as hiding ends (got '{VIP}'). "
            "Fix: Remove it first (vip_address, state absent)."
        )
    assert not machine.answers_arp_for(VIP)
    assert machine.files() == {DROPIN, RECORD, LEDGER}
    # On the way to an empty host, check mode meets the VIP that the task before would have removed.
    result = hide(state="absent", check_mode=True)
    assert result["changed"]
    assert len(warned) == 1
    assert hide(state="absent", check_mode=True, foreseen=True)["changed"]
    assert len(warned) == 1, "a task that is known to come before"
    assert "is still on lo" in hide(state="absent", foreseen=True)["msg"]


def test_absent_refuses_while_a_vip_is_held_that_nothing_but_the_dropin_hides(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP])
    machine.at(RECORD).unlink()
    machine.add(f"{VIP}/32", "lo")
    assert "is still on lo" in hide(vips=[VIP], state="absent")["msg"]
    assert machine.files() == {DROPIN, LEDGER}


def test_absent_is_content_where_nothing_was_hidden(machine: Machine, hide: Hide) -> None:
    machine.add(f"{VIP}/32", "eth0")
    assert not hide(vips=[VIP], state="absent")["changed"]


@pytest.mark.parametrize(
    ("name", "line", "number"),
    [
        ("99-sysctl.conf", "net.ipv4.conf.all.arp_ignore = 0", 2),
        ("zz.conf", "net/ipv4/conf/all/arp_announce=1", 2),
        ("zz.conf", "net.ipv4.conf.default.arp_ignore = 3", 2),
        ("zz.conf", "net.ipv4.conf.*.arp_ignore = 4", 2),
    ],
)
def test_refuses_when_another_file_would_undo_it_at_boot(
    machine: Machine, hide: Hide, name: str, line: str, number: int
) -> None:
    machine.put(f"/etc/sysctl.d/{name}", f"# somebody else's\n{line}\n")
    result = hide(vips=[VIP])
    assert result["msg"].startswith(
        f"/etc/sysctl.d/{name}:{number}: would undo {DROPIN} at the next boot, and this host would answer ARP for the "
        "VIPs (got 'net.ipv4.conf."
    )
    assert result["msg"].endswith("). Fix: Remove that line.")
    assert machine.sysctl("all", "arp_ignore") == 0
    assert hide(vips=[VIP], persistent=False)["changed"]


@pytest.mark.parametrize(
    ("line", "ours"),
    [
        ("net.ipv4.conf.default.arp_ignore = 3", "net.ipv4.conf.default.arp_ignore = 1"),
        ("-net.ipv4.conf.eth0/100.arp_ignore=8", "-net.ipv4.conf.eth0/100.arp_ignore = 1"),
        ("net.ipv4.conf.*.arp_announce = 3", "net.ipv4.conf.*.arp_announce = 2"),
    ],
)
def test_overrules_what_comes_before_it_at_boot(machine: Machine, hide: Hide, line: str, ours: str) -> None:
    other = machine.put("/etc/sysctl.d/50-early.conf", f"{line}\n")
    hide(vips=[VIP])
    assert ours in machine.at(DROPIN).read_text().splitlines()
    assert not hide(vips=[VIP])["changed"]
    other.unlink()
    assert hide(vips=[VIP])["changed"]
    assert ours not in machine.at(DROPIN).read_text().splitlines()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/etc/sysctl.d/50-early.conf", "net.ipv4.conf.all.arp_ignore = 0"),
        ("/etc/sysctl.d/zz.conf", "net.ipv4.conf.all.arp_ignore = 2"),
        ("/etc/sysctl.d/zz.conf", "#net.ipv4.conf.all.arp_ignore = 0\n; net.ipv4.conf.all.arp_ignore = 0"),
        ("/etc/sysctl.d/zz.conf", "net.ipv4.conf.*.arp_ignore = 0\nnet.ipv4.conf.lo.arp_ignore = 3"),
        ("/etc/sysctl.d/zz.conf", "net.ipv4.conf.all.rp_filter = 0\nnet.ipv4.conf.all.arp_ignore = \nnonsense"),
        ("/usr/lib/sysctl.d/99-lvs-arp-hide.conf", "net.ipv4.conf.all.arp_ignore = 0"),
    ],
)
def test_harmless_files_are_no_reason_to_refuse(machine: Machine, hide: Hide, path: str, text: str) -> None:
    machine.put(path, text)
    assert hide(vips=[VIP])["changed"]


def test_a_masked_file_does_not_count(machine: Machine, hide: Hide) -> None:
    machine.put("/usr/lib/sysctl.d/99-z.conf", "net.ipv4.conf.all.arp_ignore = 0\n")
    machine.put("/etc/sysctl.d/99-z.conf", "")
    assert hide(vips=[VIP])["changed"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_read_only_proc_sys_says_where_to_set_it(
    machine: Machine, hide: Hide, monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    real = os.statvfs(machine.root)
    values = list(real)
    values[8] |= os.ST_RDONLY
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    monkeypatch.setattr("os.statvfs", lambda _path: os.statvfs_result(values))
    result = hide(vips=[VIP], check_mode=check_mode)
    assert result["msg"].startswith("net.ipv4.conf.all.arp_announce: must become 2, but /proc/sys is read-only here")
    assert "--sysctl net.ipv4.conf.all.arp_announce=2" in result["msg"]
    assert machine.files() == set()


def test_without_root_it_says_so_before_the_first_change(
    machine: Machine, hide: Hide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    result = hide(vips=[VIP])
    assert result["msg"].endswith("Run the task as root (become: true).")
    assert machine.files() == set()


def test_a_full_disk_stops_it_before_the_first_change(
    machine: Machine, hide: Hide, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        result = hide(vips=[VIP])
    assert result["msg"] == (
        f"{RECORD}: could not be written: No space left on device; what was there is untouched. Fix: "
        "Free some space on its file system."
    )
    assert machine.files() == set()
    assert machine.sysctl("all", "arp_ignore") == 0
    assert hide(vips=[VIP])["changed"]


class PowerGone(BaseException):
    """Nobody is left to undo anything."""


def test_a_run_that_was_killed_is_finished_by_the_next(
    machine: Machine, hide: Hide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever step is the last one, the values from before the first change are not lost."""
    for last in range(4):
        calls = 0

        def dying(function: t.Callable[..., None], last: int = last) -> t.Callable[..., None]:
            def run(*args: t.Any) -> None:
                nonlocal calls
                calls += 1
                if calls > last:
                    raise PowerGone
                function(*args)

            return run

        with monkeypatch.context() as patch:
            patch.setattr(type(machine.host), "write", dying(type(machine.host).write))
            patch.setattr(sysctl, "write_live", dying(sysctl.write_live))
            with pytest.raises(PowerGone):
                hide(vips=[VIP])
        hide(vips=[VIP])
        assert not hide(vips=[VIP])["changed"]
        hide(state="absent")
        assert machine.files() == set()
        assert machine.sysctl("all", "arp_ignore") == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        '{"vips": []}',
        '{"vips": ["a"], "settings": [{}]}',
        '{"vips": [], "settings": [{"interface": "all", "name": "arp_ignore", "before": "many", "after": 1}]}',
        '{"modules": [], "sysctls": []}',
        '{"vips": 7, "modules": [], "sysctls": []}',
        '{"vips": [], "rules": [7], "modules": [], "sysctls": []}',
        '{"method": "sysctl", "modules": [], "sysctls": []}',
        '{"vips": [], "modules": [], "sysctls": [{"name": "net.ipv4.ip_forward", "before": "x", "after": "1"}]}',
    ],
)
def test_a_broken_record_is_named_and_written_anew(machine: Machine, hide: Hide, text: str) -> None:
    machine.put(RECORD, text)
    result = hide(vips=[VIP])
    (warning,) = result["warnings"]
    assert f"{RECORD}: " in str(warning)
    assert "so it counts as absent: the values from before are not known any more" in str(warning)
    assert machine.sysctl("all", "arp_ignore") == 1
    again = hide(vips=[VIP])
    assert not again["changed"]
    assert "warnings" not in again


def test_what_is_hidden_is_not_shown_because_its_record_is_lost(machine: Machine, hide: Hide) -> None:
    """Another VIP may be hidden by the same settings, and only the record knew of it."""
    hide(vips=[VIP])
    machine.put(RECORD, "")
    machine.add(f"{VIP}/32", "lo")
    refused = hide(vips=["192.168.1.120"], state="absent")
    assert "is still on lo" in refused["msg"]
    machine.host.run(("ip", "addr", "del", f"{VIP}/32", "dev", "lo"))
    done = hide(vips=["192.168.1.120"], state="absent")
    assert done["changed"]
    assert machine.files() == set()
    assert machine.sysctl("all", "arp_ignore") == 1, "nobody knows what it was before"


def test_a_setting_that_is_no_number_is_named_before_any_change(machine: Machine, hide: Hide) -> None:
    machine.put("/proc/sys/net/ipv4/conf/eth0/arp_announce", "many\n")
    assert hide(vips=[VIP])["msg"].startswith("/proc/sys/net/ipv4/conf/eth0/arp_announce: is not a number")
    assert machine.files() == set()
    assert machine.sysctl("all", "arp_ignore") == 0


def test_a_record_of_a_newer_release_is_refused(machine: Machine, hide: Hide) -> None:
    machine.put(RECORD, '{"format": 2}')
    assert hide(vips=[VIP])["msg"].startswith(f"{RECORD}: has the format of a newer release")
    assert machine.sysctl("all", "arp_ignore") == 0


def test_the_record_is_plain_enough_to_undo_by_hand(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP])
    assert json.loads(machine.at(RECORD).read_text()) == {
        "vips": [VIP],
        "method": "sysctl",
        "rules": [],
        "modules": [],
        "sysctls": [
            {"name": "net.ipv4.conf.all.arp_announce", "before": "0", "after": "2"},
            {"name": "net.ipv4.conf.all.arp_ignore", "before": "0", "after": "1"},
        ],
    }


def test_a_record_of_an_older_release_is_understood(machine: Machine, hide: Hide) -> None:
    machine.interfaces["eth0.100"] = {"flags": ["BROADCAST"], "addresses": []}
    machine.put(RECORD, (RECORDS / "arp_hide.json").read_text())
    for name, value in (("all", 1), ("eth0.100", 1)):
        machine.set_sysctl(name, "arp_ignore", value)
    machine.set_sysctl("all", "arp_announce", 2)
    machine.set_sysctl("eth0.100", "arp_announce", 0)
    before = hide(vips=[VIP], check_mode=True)["before"]
    assert (before["vips"], before["method"]) == ([VIP], "sysctl")
    assert hide(vips=[VIP])["commands"] == []
    assert "-net.ipv4.conf.eth0/100.arp_ignore = 1\n" in machine.at(DROPIN).read_text()
    assert not hide(vips=[VIP])["changed"]
    hide(vips=[VIP, OTHER])
    assert hide(state="absent")["commands"] == [
        "sysctl -w net.ipv4.conf.eth0/100.arp_ignore=3",
        "sysctl -w net.ipv4.conf.all.arp_ignore=0",
        "sysctl -w net.ipv4.conf.all.arp_announce=0",
    ]
    assert machine.files() == set()


def test_a_record_of_rules_of_an_older_release_is_understood(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP], method="arptables")
    machine.put(RECORD, (RECORDS / "arp_hide_arptables.json").read_text())
    assert not hide(vips=[VIP], method="arptables")["changed"]
    assert hide(state="absent")["after"]["rules"] == []
    assert (machine.arp_rules, machine.files()) == ({"INPUT": [], "OUTPUT": []}, set())


def test_what_comes_before_at_boot_stays_overruled_for_the_vips_that_stay(machine: Machine, hide: Hide) -> None:
    machine.put("/etc/sysctl.d/50-early.conf", "net.ipv4.conf.default.arp_ignore = 3\n")
    hide(vips=[VIP, OTHER])
    text = machine.at(DROPIN).read_text()
    hide(vips=[VIP], state="absent")
    assert machine.at(DROPIN).read_text() == text


def test_absent_of_a_vip_that_never_was_hidden_is_content_beside_one_that_is(machine: Machine, hide: Hide) -> None:
    hide(vips=[OTHER])
    machine.add(f"{VIP}/32", "eth0")
    machine.set_sysctl("all", "arp_ignore", 0)
    assert "msg" not in hide(vips=[VIP], state="absent")


def test_no_linux(machine: Machine, hide: Hide) -> None:
    machine.at("/proc").rename(machine.at("/gone"))
    assert hide(vips=[VIP])["msg"].startswith("/proc/sys/net/ipv4/conf/all/arp_ignore: is not there")


@pytest.mark.parametrize("director", ["192.168.1.9", "2001:DB8::9"])
def test_a_director_of_dr_that_is_a_neighbour(machine: Machine, hide: Hide, director: str) -> None:
    assert hide(vips=[VIP], directors=[director])["changed"]
    assert not machine.answers_arp_for(VIP)


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("method", ["sysctl", "arptables"])
def test_a_director_of_dr_behind_a_router_is_refused_before_any_change(
    machine: Machine, hide: Hide, method: str, check_mode: bool
) -> None:
    directors = ["192.168.1.9", "192.168.2.9", "2001:db8:2::9"]
    result = hide(vips=[VIP], directors=directors, method=method, check_mode=check_mode)
    assert result["failed"]
    assert [line.partition(" is on no network")[0] for line in result["msg"].splitlines()] == [
        "directors[1]:",
        "directors[2]:",
    ]
    assert machine.files() == set()
    assert machine.arp_rules == {"INPUT": [], "OUTPUT": []}
    assert machine.sysctl("all", "arp_ignore") == 0


def test_a_network_that_only_a_route_names(machine: Machine, hide: Hide) -> None:
    machine.routes.append({"dst": "192.168.2.0/24", "dev": "eth0", "flags": []})
    assert hide(vips=[VIP], directors=["192.168.2.9"])["changed"]


def test_the_loopback_is_no_network_to_be_on(machine: Machine, hide: Hide) -> None:
    machine.add("192.168.2.1/24", "lo")
    machine.meddle = _through_the_router
    assert "is on no network" in hide(vips=[VIP], directors=["192.168.2.9"])["msg"]


def _through_the_router(done: Completed) -> Completed:
    way = json.dumps([{"dst": "192.168.2.9", "gateway": "192.168.1.254", "dev": "eth0"}])
    return done._replace(stdout=way) if done.argv[:4] == ("ip", "-j", "route", "get") else done


def test_a_director_that_is_no_address(machine: Machine, hide: Hide) -> None:
    assert "directors: is not an IP address" in hide(vips=[VIP], directors=["-6"])["msg"]
    assert machine.files() == set()


def test_who_no_longer_hides_needs_no_director(hide: Hide) -> None:
    assert not hide(state="absent", directors=["192.168.2.9"])["changed"]


def test_vips_are_required_to_hide(hide: Hide) -> None:
    assert "vips" in hide()["msg"]


@pytest.mark.parametrize("vip", [VIP, "2001:db8::110"])
def test_refuses_a_vip_that_has_a_proxy_entry(machine: Machine, hide: Hide, vip: str) -> None:
    machine.proxies.append((vip, "eth0"))
    assert hide(vips=[OTHER, vip])["msg"] == (
        f"vips[1]: has a proxy entry on eth0: this host may answer for it, wherever it is (got '{vip}'). "
        f"Fix: Remove the entry (ip neigh del proxy {vip} dev eth0)."
    )
    assert machine.files() == set()


# --- method arptables ---

UNIT = "/etc/systemd/system/lvs-arp-hide.service"
WANTS = "/etc/systemd/system/multi-user.target.wants/lvs-arp-hide.service"
RULES = [
    f"arptables -I INPUT -j DROP -d {VIP}",
    f"arptables -I OUTPUT -j mangle -o eth0 -s {VIP} --mangle-ip-s 192.168.1.11",
    f"arptables -A OUTPUT -j DROP -s {VIP}",
]


def test_arptables_hides_now_and_at_boot(machine: Machine, hide: Hide) -> None:
    machine.add(f"{VIP}/32", "lo")
    predicted = hide(vips=[VIP], method="arptables", check_mode=True, diff=True)
    assert machine.answers_arp_for(VIP)
    result = hide(vips=[VIP], method="arptables", diff=True)
    assert predicted == result
    assert result["commands"] == RULES
    assert result["after"]["method"] == "arptables"
    assert result["after"]["rules"] == [rule.partition(" -")[2][2:] for rule in RULES]
    assert not machine.answers_arp_for(VIP)
    assert machine.sysctl("all", "arp_ignore") == 0
    assert machine.files() == {RECORD, LEDGER, UNIT, WANTS}
    assert not hide(vips=[VIP], method="arptables")["changed"]
    assert machine.reboot() == []
    machine.add(f"{VIP}/32", "lo")
    assert not machine.answers_arp_for(VIP)
    assert not hide(vips=[VIP], method="arptables")["changed"]


def test_arptables_of_nf_tables_on_a_kernel_without_its_arp(machine: Machine, hide: Hide) -> None:
    machine.kernel_knows = {"networks", "arptable_filter"}
    refused = hide(vips=[VIP], method="arptables", check_mode=True)
    assert refused["msg"].startswith("method: has no rules on this host")
    assert hide(vips=[VIP], method="arptables")["msg"] == refused["msg"]
    machine.put("/usr/sbin/arptables-legacy", "")
    machine.at("/usr/sbin/arptables-legacy").chmod(0o755)
    result = hide(vips=[VIP], method="arptables")
    assert result["commands"] == [rule.replace("arptables ", "arptables-legacy ") for rule in RULES]
    assert "ExecStart=/usr/sbin/arptables-legacy -I INPUT" in machine.at(UNIT).read_text()
    assert not hide(vips=[VIP], method="arptables")["changed"]
    assert machine.reboot() == []
    machine.add(f"{VIP}/32", "lo")
    assert not machine.answers_arp_for(VIP)
    machine.interfaces["lo"]["addresses"].clear()
    hide(state="absent")
    assert not any(machine.arp_rules.values())


@pytest.mark.parametrize("odd", ["a container that may make no network", "no util-linux"])
def test_a_host_that_cannot_try_arptables_apart_uses_it(machine: Machine, hide: Hide, odd: str) -> None:
    if odd == "no util-linux":
        machine.at("/usr/sbin/unshare").unlink()
    else:
        machine.kernel_knows.remove("networks")
    assert hide(vips=[VIP], method="arptables")["commands"] == RULES


def test_arptables_repairs_what_is_missing_and_leaves_rules_of_others(machine: Machine, hide: Hide) -> None:
    machine.arp_rules["OUTPUT"].append("-j ACCEPT -s 10.0.0.0/8 --opcode 1")
    hide(vips=[VIP], method="arptables")
    machine.arp_rules["INPUT"].clear()
    assert hide(vips=[VIP], method="arptables")["commands"] == RULES[:1]
    hide(state="absent")
    assert machine.arp_rules == {"INPUT": [], "OUTPUT": ["-j ACCEPT -s 10.0.0.0/8 --opcode 1"]}
    assert machine.files() == set()
    assert not machine.at("/run/lvs-arp-hide").exists()


def test_arptables_leaves_a_rule_that_was_there_before(machine: Machine, hide: Hide) -> None:
    machine.arp_rules["INPUT"].append(f"-j DROP -d {VIP}")
    assert hide(vips=[VIP], method="arptables")["commands"] == RULES[1:]
    hide(state="absent")
    assert machine.arp_rules == {"INPUT": [f"-j DROP -d {VIP}"], "OUTPUT": []}


def test_arptables_follows_another_address_of_the_interface(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP], method="arptables")
    machine.interfaces["eth0"]["addresses"][0] = "192.168.1.19/24"
    assert hide(vips=[VIP], method="arptables")["commands"] == [
        f"arptables -I OUTPUT -j mangle -o eth0 -s {VIP} --mangle-ip-s 192.168.1.19",
        f"arptables -D OUTPUT -j mangle -o eth0 -s {VIP} --mangle-ip-s 192.168.1.11",
    ]


def test_arptables_hides_a_vip_on_the_interface_itself_but_no_ipv6_one(machine: Machine, hide: Hide) -> None:
    machine.add(f"{VIP}/32", "eth0")
    assert hide(vips=[VIP], method="arptables")["commands"] == RULES
    machine.add("2001:db8::110/128", "eth0")
    assert hide(vips=[VIP, "2001:db8::110"], method="arptables")["msg"].startswith("vips[1]: is on eth0 itself")


def test_arptables_for_this_moment_alone(machine: Machine, hide: Hide) -> None:
    hide(vips=[VIP], method="arptables", persistent=False)
    assert machine.files() == {RECORD, LEDGER}
    assert hide(state="absent")["changed"]
    assert machine.files() == set()


@pytest.mark.parametrize(("first", "then"), [("sysctl", "arptables"), ("arptables", "sysctl")])
def test_another_method_takes_over_before_the_first_one_goes(
    machine: Machine, hide: Hide, monkeypatch: pytest.MonkeyPatch, first: str, then: str
) -> None:
    def silent_after_command(done: Completed) -> Completed:
        assert not machine.answers_arp_for(VIP), done
        return done

    write_live = sysctl.write_live

    def silent_after_write(host: Host, name: str, before: object, after: object) -> None:
        write_live(host, name, before, after)
        assert not machine.answers_arp_for(VIP), name

    hide(vips=[VIP], method=first)
    machine.add(f"{VIP}/32", "lo")
    machine.meddle = silent_after_command
    monkeypatch.setattr(sysctl, "write_live", silent_after_write)
    result = hide(vips=[VIP], method=then)
    assert result["commands"] == (
        [*RULES, *(command.replace("=1", "=0").replace("=2", "=0") for command in HIDE[::-1])]
        if then == "arptables"
        else [*HIDE, *(rule.replace("-I", "-D").replace("-A", "-D") for rule in RULES)]
    )
    assert not machine.answers_arp_for(VIP)
    assert not hide(vips=[VIP], method=then)["changed"]
    machine.reboot()
    machine.add(f"{VIP}/32", "lo")
    assert not machine.answers_arp_for(VIP)


# --- method hidden ---


@pytest.fixture
def old_kernel(machine: Machine) -> Machine:
    for name in ("all", "default", "lo", "eth0"):
        machine.set_sysctl(name, "hidden", 0)
    return machine


def test_hidden_is_set_where_no_arp_is_spoken(old_kernel: Machine, hide: Hide) -> None:
    result = hide(vips=[VIP], method="hidden")
    assert result["commands"] == ["sysctl -w net.ipv4.conf.all.hidden=1", "sysctl -w net.ipv4.conf.lo.hidden=1"]
    assert old_kernel.sysctl("eth0", "hidden") == 0
    assert old_kernel.at(DROPIN).read_text().splitlines()[-2:] == [
        "net.ipv4.conf.all.hidden = 1",
        "-net.ipv4.conf.lo.hidden = 1",
    ]
    assert not hide(vips=[VIP], method="hidden")["changed"]
    hide(state="absent")
    assert (old_kernel.sysctl("all", "hidden"), old_kernel.sysctl("lo", "hidden")) == (0, 0)
    assert old_kernel.files() == set()


def test_hidden_is_refused_by_a_kernel_that_has_none(machine: Machine, hide: Hide) -> None:
    assert hide(vips=[VIP], method="hidden")["msg"] == (
        "method: is not what this kernel has, which is arp_ignore (got 'hidden'). Fix: Use sysctl."
    )
    assert machine.files() == set()


def test_hidden_is_undone_by_no_other_file(old_kernel: Machine, hide: Hide) -> None:
    old_kernel.put("/etc/sysctl.d/50-early.conf", "net.ipv4.conf.eth0.hidden = 0\n")
    assert hide(vips=[VIP], method="hidden")["changed"]
    old_kernel.put("/etc/sysctl.d/zz.conf", "net.ipv4.conf.all.hidden = 0\n")
    assert hide(vips=[VIP], method="hidden")["msg"].startswith("/etc/sysctl.d/zz.conf:1: would undo ")


# --- beside vip_address, which insists on it ---


@pytest.fixture
def place(machine: Machine, run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> Hide:
    monkeypatch.setattr(vip_address, "Host", lambda: machine.host)
    return lambda **args: run_module(vip_address, {"vips": [VIP], "interface": "lo", **args})


@pytest.mark.parametrize("method", ["sysctl", "arptables", "hidden"])
def test_vip_address_relies_on_the_method_now_and_at_boot(
    old_kernel: Machine, hide: Hide, place: Hide, method: str
) -> None:
    assert "Run linuxvirtualserver.lvs.arp_hide for them first." in place()["msg"]
    hide(vips=[VIP], method=method)
    assert place()["changed"]
    assert old_kernel.reboot() == []
    assert f"{VIP}/32" in old_kernel.addresses("lo")
    assert not hide(vips=[VIP], method=method)["changed"]
    assert not place()["changed"]
    for lost in (DROPIN, UNIT):
        old_kernel.at(lost).unlink(missing_ok=True)
    old_kernel.at(WANTS).unlink(missing_ok=True)
    assert old_kernel.reboot() == ["lvs-vip-lo.service"]
    assert f"{VIP}/32" not in old_kernel.addresses("lo")


def test_vip_address_names_the_rule_that_is_missing(hide: Hide, place: Hide) -> None:
    hide(vips=[OTHER], method="arptables")
    assert f"because there is no rule INPUT -j DROP -d {VIP}, there is no rule OUTPUT" in place()["msg"]


def at_once(*works: t.Callable[[], object]) -> list[int]:
    """Each in a process of its own; how each ended."""
    children = []
    for work in works:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                work()
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def test_forty_times_two_at_once_lose_no_vip(machine: Machine, hide: Hide) -> None:
    """The one whose record is lost would be answered for as soon as the other one goes."""
    for _round in range(40):
        ended = at_once(lambda: hide(vips=[VIP]), lambda: hide(vips=[OTHER]))
        assert ended == [0, 0]
        assert json.loads(machine.at(RECORD).read_text())["vips"] == [VIP, OTHER]
        ended = at_once(lambda: hide(vips=[VIP], state="absent"), lambda: hide(vips=[OTHER], state="absent"))
        assert (ended, machine.files()) == ([0, 0], set())
