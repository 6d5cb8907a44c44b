# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole role realserver on a Windows host in memory: ansible-playbook sends its scripts, and they are run."""

from __future__ import annotations

import copy
import os
import re
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.windows_host import WindowsHost
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.conftest import DIRECTOR, RIP, ROUTER, a_server
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.host import Windows
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import needs_powershell

pytestmark = needs_powershell

ROOT = Path(__file__).resolve().parents[2]
VIP, SECOND = "192.168.1.110", "192.168.1.120"
ROLE = "linuxvirtualserver.lvs.realserver"


class Run(t.NamedTuple):
    """What a run did, and all that it said."""

    changed: int
    failed: int
    output: str


class Farm:
    """A director that is never reached, and a realserver that runs Windows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._windows = WindowsHost(folder / "socket", a_server())
        self._windows.start()

    @property
    def host(self) -> Windows:
        with self._windows.lock:
            return copy.deepcopy(self._windows.host)

    def gateway(self, ip: str) -> str:
        """The router that a packet from the host to this address takes."""
        way = self.host.way_to(ip)
        assert way is not None
        return way.gateway

    def change(self, meddle: t.Callable[[Windows], object]) -> None:
        with self._windows.lock:
            meddle(self._windows.host)

    def play(self, *arguments: str, vips: t.Sequence[str] = (VIP,), forwarding: str = "dr", **entry: object) -> Run:
        """Run the role as the playbook site does: with become, whose sudo no Windows host has."""
        self._write_inventory(vips, forwarding)
        playbook = [
            {
                "name": "Make the realservers ready",
                "hosts": "realservers",
                "gather_facts": False,
                "become": True,
                "tasks": [{"name": "Set up", "ansible.builtin.import_role": {"name": ROLE, **entry}}],
            }
        ]
        book = self.folder / "play.yml"
        book.write_text(yaml.safe_dump(playbook))
        return self._run(book, *arguments)

    def prove(self, *arguments: str) -> tuple[Run, str]:
        """Run the playbook prove; its report, too."""
        self._write_inventory((VIP,), "dr")
        wishes = ("--limit", "windows", "-e", f"prove_vip={VIP}", "-e", f"prove_file={self.folder}/proof.txt")
        run = self._run(ROOT / "playbooks/prove.yml", *wishes, *arguments)
        report = self.folder / "proof.txt"
        return run, report.read_text() if report.exists() else ""

    def _write_inventory(self, vips: t.Sequence[str], forwarding: str) -> None:
        services = [
            {"name": f"web{number}", "vip": vip, "port": 80, "forwarding": forwarding, "realservers": "realservers"}
            for number, vip in enumerate(vips)
        ]
        windows = {
            "lvs_system": "Win32NT",
            "lvs_rip": f"{RIP}/24",
            "lvs_server_gateway": ROUTER,
            "ansible_connection": "emulated_windows",
            "windows_socket": str(self.folder / "socket"),
        }
        inventory = {
            "all": {
                "vars": {"lvs_services": services},
                "children": {
                    "directors": {"hosts": {"director": {"lvs_dip": f"{DIRECTOR}/24"}}},
                    "realservers": {"hosts": {"windows": windows}},
                },
            }
        }
        (self.folder / "hosts.yml").write_text(yaml.safe_dump(inventory))

    def _run(self, playbook: Path, *arguments: str) -> Run:
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.folder / "hosts.yml"), *arguments]
        ran = subprocess.run(
            [*command, str(playbook)],
            cwd=ROOT,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        output = ran.stdout + ran.stderr
        recap = re.search(r"^windows\s+:.*changed=(\d+)\s+unreachable=0\s+failed=(\d+)", output, re.MULTILINE)
        assert recap, output
        return Run(int(recap.group(1)), int(recap.group(2)), output)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        return {
            **kept,
            "HOME": str(self.folder),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_CONNECTION_PLUGINS": str(Path(__file__).parent / "connection"),
            "ANSIBLE_LOCAL_TEMP": str(self.folder / "tmp"),
            "ANSIBLE_INJECT_FACT_VARS": "false",
            "ANSIBLE_NOCOLOR": "true",
        }


@pytest.fixture
def farm(tmp_path: Path) -> Farm:
    return Farm(tmp_path)


def settings(host: Windows) -> dict[str, t.Any]:
    """All of the host but the numbers that it gives away only once."""
    return {name: value for name, value in vars(host).items() if name not in ("now", "next_index", "connections")}


def test_the_life_of_a_dr_realserver(farm: Farm) -> None:
    farm.change(Windows.reboot)
    virgin = settings(farm.host)
    checked = farm.play("--check", "--diff")
    assert (checked.changed, checked.failed) == (1, 0), checked.output
    assert "+ VIP on lvs 192.168.1.110" in checked.output
    assert settings(farm.host) == virgin, "check mode changes nothing"

    assert farm.play().changed == 1
    assert farm.host.serves(VIP, "Ethernet0") == "served"
    assert farm.play().changed == 0

    assert farm.play(vips=[VIP, SECOND]).changed == 1
    farm.change(Windows.reboot)
    assert [farm.host.serves(vip, "Ethernet0") for vip in (VIP, SECOND)] == ["served"] * 2
    assert farm.play(vips=[VIP, SECOND]).changed == 0

    farm.change(lambda host: host.upgrade(remember=True))
    assert farm.host.serves(VIP, "Ethernet0") == "no such address"
    assert farm.play(vips=[VIP, SECOND]).changed == 1
    assert [farm.host.serves(vip, "Ethernet0") for vip in (VIP, SECOND)] == ["served"] * 2

    assert farm.play(vips=[VIP, SECOND], tasks_from="teardown").changed == 1
    assert farm.play(vips=[VIP, SECOND], tasks_from="teardown").changed == 0
    farm.change(Windows.reboot)
    assert settings(farm.host) == virgin


def test_the_life_of_a_nat_realserver(farm: Farm) -> None:
    client = "203.0.113.5"
    assert farm.play("--check", forwarding="nat").changed == 1
    assert farm.gateway(client) == ROUTER
    refused = farm.play("-e", "realserver_gateway=checked", forwarding="nat")
    assert refused.failed == 1
    assert f"does not answer through the gateway of the plan ({DIRECTOR})" in " ".join(refused.output.split())

    assert farm.play(forwarding="nat").changed == 1
    assert farm.gateway(client) == DIRECTOR
    assert farm.play(forwarding="nat").changed == 0
    farm.change(Windows.reboot)
    assert farm.gateway(client) == DIRECTOR
    assert farm.play("-e", "realserver_gateway=checked", forwarding="nat").changed == 0

    assert farm.play(forwarding="dr").changed == 2, "the VIP is taken, and the router leads out again"
    assert farm.gateway(client) == ROUTER
    assert farm.play(forwarding="dr", tasks_from="teardown").changed == 1


def test_one_part_alone(farm: Farm) -> None:
    for part, changed in (("realserver_arp", 0), ("realserver_gateway", 0), ("realserver_vip", 1)):
        run = farm.play("--tags", part)
        assert (run.changed, run.failed) == (changed, 0), run.output


def test_it_is_not_waited_for_a_service_in_vain(farm: Farm) -> None:
    refused = farm.play("--tags", "realserver_check", "-e", "realserver_check_port=true")
    assert refused.failed == 1
    assert "realserver_check_port cannot be had of windows: for Windows there" in " ".join(refused.output.split())
    assert farm.play("--tags", "realserver_check").failed == 0


def test_the_plan_refuses_tun_by_name(farm: Farm) -> None:
    refused = farm.play(forwarding="tun")
    said = " ".join(refused.output.split())
    assert refused.failed == 1
    assert (
        "cannot decapsulate, as forwarding tun needs (got 'Win32NT'). Fix: Use forwarding dr or nat for windows" in said
    )
    assert farm.host.devices == a_server().devices


def test_prove_takes_it_through_its_life_and_leaves_it_as_it_was(farm: Farm) -> None:
    farm.change(Windows.reboot)
    virgin = settings(farm.host)
    run, report = farm.prove("-e", f"prove_gateway={DIRECTOR}")
    assert "NOT AS EXPECTED" not in report, report
    assert run.failed == 0, run.output
    for what in ("check mode changes nothing", "vip_address again has nothing to do", "the host is as it was before"):
        assert f"as expected: {what}" in report
    assert "default_gateway absent" in report
    assert VIP in report
    assert settings(farm.host) == virgin


def test_prove_restarts_no_windows_and_says_so_before_anything_is_done(farm: Farm) -> None:
    virgin = settings(farm.host)
    run, report = farm.prove("-e", "prove_reboot=true")
    assert "Restart Windows by hand" in " ".join(run.output.split())
    assert (run.failed, report) == (1, "")
    assert settings(farm.host) == virgin
