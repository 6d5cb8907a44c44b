# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a boot would bring back, beside what is live."""

from __future__ import annotations

import contextlib
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.at_boot import at_boot
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import files
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import client, drained, restore
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import diff
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

VIP = "192.168.1.110"
WEB = {"vip": VIP, "port": 80, "realservers": [{"rip": "192.168.1.11", "weight": 2}]}
MAIL = {"vip": VIP, "port": 25, "realservers": [{"rip": "192.168.1.11"}]}
UNIT = "/etc/systemd/system/lvs-vip-lo.service"
LABELS = [f"tcp {VIP}:25", f"tcp {VIP}:80"]


class Machine:
    """A director in a directory, with systemd, whose units run."""

    def __init__(self, root: Path) -> None:
        self.root, self.running = root, True
        (root / "run/systemd/system").mkdir(parents=True)
        self.host = Host(str(root), self.execute)

    def execute(self, argv: t.Sequence[str], _given: str = "") -> Completed:
        return Completed(tuple(argv), 0 if self.running and argv[0] == "systemctl" else 1, "", "")

    def record(self, *services: dict[str, t.Any]) -> None:
        self.host.write(restore.RECORD, restore.render_record(parse_table(list(services))).decode())
        self.want("lvs-ipvs.service")

    def want(self, unit: str) -> None:
        link = self.root / "etc/systemd/system/multi-user.target.wants" / unit
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(f"../{unit}")

    def keep_vip(self) -> None:
        self.host.write(UNIT, f"# Interface: lo\n# VIP: {VIP}\n[Unit]\n")
        self.want("lvs-vip-lo.service")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.fixture(autouse=True)
def kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    one = FakeKernel()
    monkeypatch.setattr(client, "open_socket", lambda: one)


def serve(*services: dict[str, t.Any]) -> None:
    with contextlib.closing(client.connect()) as ipvs:
        assert ipvs.execute(diff(parse_table(list(services)), ())) == []


def test_a_host_without_an_lvs_brings_nothing(machine: Machine) -> None:
    assert at_boot(machine.host) == {"services": [], "otherwise": [], "vips": []}


def test_what_comes_back_as_it_is_and_what_otherwise(machine: Machine) -> None:
    serve(WEB, MAIL)
    machine.record(WEB, MAIL)
    machine.keep_vip()
    assert at_boot(machine.host) == {"services": LABELS, "otherwise": [], "vips": [VIP]}
    machine.record({**WEB, "scheduler": "rr"}, MAIL)
    assert at_boot(machine.host)["otherwise"] == [LABELS[1]]


def test_what_is_not_enabled_or_does_not_run_does_not_come_back(machine: Machine) -> None:
    machine.host.write(restore.RECORD, restore.render_record(parse_table([WEB])).decode())
    machine.keep_vip()
    machine.running = False
    found = at_boot(machine.host)
    assert (found["services"], found["vips"]) == ([], [])


def test_who_is_drained_stays_so_at_boot(machine: Machine) -> None:
    quiet = {**WEB, "realservers": [{"rip": "192.168.1.11", "weight": 0}]}
    serve(quiet)
    machine.record(WEB)
    assert at_boot(machine.host)["otherwise"] == [LABELS[1]]
    (web,) = parse_table([WEB])
    path = str(machine.host.at(drained.MEMORY))
    memory = {(web.key, web.realservers[0].key): web.realservers[0]}
    files.write(machine.host.at(drained.MEMORY), drained.remembering(memory, path) or b"")
    assert at_boot(machine.host)["otherwise"] == []
