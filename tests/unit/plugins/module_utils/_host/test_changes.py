# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who changed a host last: written down while an LVS asks for something there, and gone with the last one."""

from __future__ import annotations

import typing as t
from pathlib import Path
from unittest import mock

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import changes, lock
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.changes import Change, note, read, remember
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.ledger import LEDGER, Lvs, render

ALICE, BOB = Change("alice at controller", 100, "vip_address"), Change("AWX job 7 of bob", 200, "ipvs_table")


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Host:
    monkeypatch.setattr(lock, "PATH", str(tmp_path / "lock"))
    monkeypatch.setattr(changes, "Host", lambda: Host(str(tmp_path)))
    return Host(str(tmp_path))


def claim(host: Host, *names: str) -> None:
    ledger = {name: Lvs("alice", 1, {"vip_address": {"vip 192.168.1.110": "lo"}}) for name in names}
    host.write(LEDGER, render(ledger)) if ledger else host.remove(LEDGER)


def module(name: str = "ipvs_table", *, check: bool = False, **params: str) -> t.Any:
    return mock.Mock(_name=name, check_mode=check, params=params)


def test_the_last_one_for_each_lvs_counts_and_one_that_is_gone_is_forgotten(host: Host) -> None:
    claim(host, "mail", "web")
    remember(host, "web", ALICE)
    remember(host, "mail", ALICE)
    remember(host, "web", BOB)
    assert read(host).value == {"web": BOB, "mail": ALICE}
    claim(host, "web")
    remember(host, "web", ALICE)
    assert read(host).value == {"web": ALICE}


def test_it_goes_without_a_trace_with_the_last_lvs(host: Host) -> None:
    claim(host, "web")
    remember(host, "web", ALICE)
    remember(host, changes.NOBODYS, BOB)
    assert read(host).value == {"web": ALICE, "": BOB}
    claim(host)
    remember(host, "web", BOB)
    assert not host.at(LEDGER).parent.exists()
    remember(host, changes.NOBODYS, BOB)
    assert not host.at(LEDGER).parent.exists(), "nothing of ours is here"


def test_only_what_changed_the_host_for_good_is_noted(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(lock.ASKED_BY, "alice at controller")
    monkeypatch.setenv("SSH_CONNECTION", "192.168.1.254 4000 192.168.1.9 22")
    claim(host, "web")
    for unchanged in (module(lvs_name="web"), module(lvs_name="web", check=True), module("ipvs_trial", lvs_name="web")):
        note(unchanged, {"changed": unchanged.check_mode or "trial" in unchanged._name})
    assert read(host).value is None
    note(
        module("ansible_collections.linuxvirtualserver.lvs.plugins.modules.ipvs_table", lvs_name="web"),
        {"changed": True},
    )
    found = (read(host).value or {})["web"]
    assert (found.by, found.module) == ("alice at controller from 192.168.1.254", "ipvs_table")
    note(module("ipvs_dest"), {"changed": True})
    assert (read(host).value or {}).keys() == {"web", ""}


def test_a_full_disk_is_a_warning_after_a_change(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    claim(host, "web")
    problem = LvsError("/var/lib/lvs/changed.json", None, "cannot be written: No space left on device.")
    monkeypatch.setattr(Host, "write", mock.Mock(side_effect=problem))
    task = module(lvs_name="web")
    note(task, {"changed": True})
    task.warn.assert_called_once_with(str(problem))


@pytest.mark.parametrize(
    "text", ["", "torn", '{"lvs": {"": {}}}', '{"lvs": {"a b": {"by": "x", "at": 1, "module": "y"}}}']
)
def test_a_record_that_cannot_be_read_counts_as_absent_and_is_written_anew(host: Host, text: str) -> None:
    claim(host, "web")
    host.write(changes.RECORD, text)
    found = read(host)
    assert found.value is None
    assert "who changed this host last is not known any more" in str(found.problem)
    remember(host, "web", ALICE)
    assert read(host).value == {"web": ALICE}
