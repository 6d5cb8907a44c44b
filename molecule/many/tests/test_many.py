# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Five hundred services live like two: nothing is said five hundred times, and nothing is left in the end."""

from __future__ import annotations

import json
import os
import re
import subprocess
import typing as t
from pathlib import Path

import pytest

from lab.paths import PACKAGE

if t.TYPE_CHECKING:
    from collections.abc import Callable

    Look = Callable[..., dict[str, t.Any]]
    On = Callable[[str], t.Any]  # a host of testinfra

HOSTS = ("director", "realserver1", "realserver2")
INVENTORIES = ("-i", "inventories/example", "-i", "bin/lab-inventory")
MANY, FEW = 500, 5
SCREEN = 60  # lines, the recap and the names of the tasks with them
VIPS = [f"10.9.{number // 250}.{number % 250 + 1}" for number in range(MANY)]
NOISE = re.compile(r"^(ok|skipping|changed|included|PLAY|TASK).*|^\s*$", re.MULTILINE)


def services(scheduler_of_few: str = "rr") -> list[dict[str, t.Any]]:
    """All of them; a few may have another scheduler."""
    return [
        {
            "name": f"web{number}",
            "vip": vip,
            "port": "http",
            "forwarding": "dr",
            "scheduler": scheduler_of_few if number < FEW else "rr",
            "realservers": "realservers",
        }
        for number, vip in enumerate(VIPS)
    ]


class Operator:
    """Runs playbooks with an inventory of these services."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "services.json"
        self.serve(services())

    def serve(self, listed: list[dict[str, t.Any]]) -> None:
        self._file.write_text(json.dumps({"lvs_services": listed}))

    def run(self, playbook: str, *options: str) -> subprocess.CompletedProcess[str]:
        command = ["ansible-playbook", playbook, *INVENTORIES, "-e", f"@{self._file}", *options]
        plain = {**os.environ, "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_NOCOLOR": "true"}
        return subprocess.run(command, cwd=PACKAGE.parent, env=plain, capture_output=True, text=True, check=False)

    def play(self, playbook: str, *options: str) -> str:
        """What is said, without what Ansible says of each task; it must succeed."""
        done = self.run(playbook, *options)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr
        return said(done.stdout)

    def changed(self, playbook: str, *options: str) -> dict[str, int]:
        """By host, how many tasks changed something."""
        found = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", self.play(playbook, *options), re.MULTILINE)
        return {host: int(count) for host, count in found}


def said(output: str) -> str:
    return "\n".join(line for line in NOISE.sub("", output).splitlines() if line)


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Operator:
    return Operator(tmp_path_factory.mktemp("inventory"))


@pytest.fixture(scope="module")
def before(look: Look) -> dict[str, str]:
    """The hosts as nobody has touched them."""
    return {host: seen(look, host) for host in HOSTS}


def seen(look: Look, host: str) -> str:
    return json.dumps(look(host), indent=1, sort_keys=True)


def live(on: On) -> tuple[int, list[int]]:
    """How many services the director has, and how many of the VIPs each host."""
    table = on("director").check_output("ipvsadm -S -n")
    held = [re.findall(r"inet (10\.9\.[0-9.]+)/32", on(host).check_output("ip -4 addr")) for host in HOSTS]
    return table.count("-A -t 10.9."), [len(found) for found in held]


EVERYWHERE = (MANY, [MANY] * len(HOSTS))


@pytest.mark.usefixtures("before")
def test_they_are_set_up_and_again_changes_nothing(operator: Operator, on: On) -> None:
    assert set(operator.changed("site.yml")) >= {*HOSTS}
    assert live(on) == EVERYWHERE
    assert {host: operator.changed("site.yml")[host] for host in HOSTS} == dict.fromkeys(HOSTS, 0)


def test_they_are_there_after_a_boot(operator: Operator, on: On) -> None:
    subprocess.run(["bin/lab", "reboot", *HOSTS], cwd=PACKAGE.parent, check=True)
    assert live(on) == EVERYWHERE
    assert {host: operator.changed("site.yml")[host] for host in HOSTS} == dict.fromkeys(HOSTS, 0)


def test_a_status_is_a_screen_and_has_all_of_it_for_machines(operator: Operator, tmp_path: Path) -> None:
    text = operator.play("playbooks/status.yml", "-e", f"status_json={tmp_path}/status.json")
    assert f"all is well with {MANY} services on {len(HOSTS)} hosts." in text
    assert len(text.splitlines()) <= SCREEN
    status = json.loads((tmp_path / "status.json").read_text())
    assert len(status["services"]) == len(status["directors"][0]["holds"]) == MANY
    assert all(one["since"] for one in status["directors"][0]["holds"])
    assert all(one["changed"]["by"] and one["boot"] == [] and one["boot_seen"] for one in status["hosts"])


def test_preflight_of_a_change_of_five_is_five_lines(operator: Operator) -> None:
    operator.serve(services("wrr"))
    text = operator.play("playbooks/preflight.yml")
    operator.serve(services())
    told = text[text.index("director: would change") :].splitlines()
    assert [line for line in told if re.search(r"web[0-4]\b", line)]
    assert len(told) <= SCREEN


def test_two_faults_are_two_findings_and_what_follows_from_them(operator: Operator, on: On) -> None:
    on("director").check_output("ipvsadm -C")
    on("realserver1").check_output("sysctl -w net.ipv4.conf.all.arp_ignore=0")
    done = operator.run("playbooks/doctor.yml", "-e", "doctor_probe=false")
    assert done.returncode != 0
    text = said(done.stdout)
    assert "service-missing" in text
    assert "arp-answered" in text
    assert len(text.splitlines()) <= SCREEN, text
    text = operator.play("playbooks/status.yml")
    assert f"{MANY} services that nobody serves" in text
    assert len(text.splitlines()) <= SCREEN, text
    assert operator.changed("site.yml")["director"] > 0
    assert live(on) == EVERYWHERE
    assert "all is well" in operator.play("playbooks/status.yml")


def test_they_are_taken_back_without_a_trace(operator: Operator, look: Look, before: dict[str, str]) -> None:
    operator.play("playbooks/teardown.yml", "-e", "lvs_teardown=true")
    assert {host: seen(look, host) for host in HOSTS} == before
