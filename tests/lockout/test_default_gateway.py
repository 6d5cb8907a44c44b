# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""default_gateway never locks the controller out. `pytest tests/lockout`, about 2 minutes.

On farm tun the controller reaches realserver2 through the router alone, so a wrong gateway there cuts it off. What then
happens on realserver2 is seen from the router, its neighbour.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "bin/lab"
HOST, ADDRESS, ROUTER = "realserver2", "192.168.2.12", "192.168.1.254"
CONTROLLER = "192.168.1.1"
# It answers to ARP, as a host does that is no router.
WRONG = "192.168.2.99"
OLD_STATE = [
    "192.168.2.0/24 dev vec0 proto kernel scope link src 192.168.2.12",
    "default via 192.168.2.254 dev vec0 proto static",
]
SHOW = "ip route; ls -d /etc/systemd/network/*.d /etc/systemd/system/lvs-*"


@pytest.fixture(scope="module", autouse=True)
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A farm of this test's own."""
    folder = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVS_LAB_STATE", str(folder))
        patch.setenv("PATH", f"{ROOT}/.venv/bin:{os.environ['PATH']}")
        try:
            run(LAB, "up", "tun")
            yield folder
        finally:
            run(LAB, "down")


@pytest.fixture(autouse=True)
def wrong_gateway() -> None:
    run(LAB, "ssh", HOST, "--", f"ip neigh replace {WRONG} lladdr 02:00:00:00:00:99 dev vec0 nud permanent")


def run(*words: str | Path) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=300, cwd=ROOT).stdout


def task(**arguments: str | int | bool) -> list[str]:
    """The task as an ad-hoc command."""
    words = ["ansible", HOST, "-i", "bin/lab-inventory", "-m", "linuxvirtualserver.lvs.default_gateway"]
    return [*words, "-a", json.dumps(arguments)]


def try_task(**arguments: str | int | bool) -> subprocess.CompletedProcess[str]:
    command = task(**arguments)
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, cwd=ROOT)


def state() -> list[str]:
    """The routes, and our files if there are any, as the controller finds them over a connection of its own."""
    return sorted(line.strip() for line in run(LAB, "ssh", HOST, "--", f"{SHOW} 2>&- | cat").splitlines())


def session(farm: Path, *words: str) -> list[str | Path]:
    """An SSH session inside the farm; -n, for one whose host loses power leaves its standard input non-blocking.

    Ansible refuses such an input.
    """
    return [LAB, "exec", "--", "ssh", "-n", "-F", farm / "ssh_config", *words]


def neighbour_sees(farm: Path, command: str) -> bool:
    words = session(farm, "-J", f"root@{ROUTER}", f"root@{ADDRESS}", command)
    return subprocess.run(words, check=False, capture_output=True, timeout=60).returncode == 0


@contextlib.contextmanager
def waiting_change(farm: Path) -> Iterator[subprocess.Popen[str]]:
    """A task whose change waits for a confirmation that cannot come."""
    command = task(gateway=WRONG, pin=False, timeout=600)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            deadline = time.monotonic() + 60
            while not neighbour_sees(farm, f"ip route get 192.0.2.1 | grep -w {WRONG}"):
                assert time.monotonic() < deadline, "the change was not made"
                assert process.poll() is None, process.stdout and process.stdout.read()
            yield process
        finally:
            process.kill()


def test_a_wrong_gateway_comes_back_by_itself(farm: Path) -> None:
    started = time.monotonic()
    with subprocess.Popen(
        task(gateway=WRONG, pin=False, timeout=20),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        while not neighbour_sees(farm, f"ip route get 192.0.2.1 | grep -w {WRONG}"):
            assert time.monotonic() < started + 60, "the change was not made"
        made = time.monotonic()
        # A connection of its own that hangs until the way is back.
        subprocess.run(session(farm, "-o", "ConnectTimeout=60", f"root@{ADDRESS}", "true"), check=True, timeout=90)
        back = time.monotonic() - made
        said, _errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "was taken back by this host itself" in said
    assert state() == OLD_STATE
    assert back < 20 + 10, "20 s and up to 10 until it was seen"
    run(LAB, "reboot", HOST)
    assert state() == OLD_STATE


def test_a_power_cut_before_the_confirmation_boots_the_old_state(farm: Path) -> None:
    with waiting_change(farm):
        run(LAB, "reboot", "--power", HOST)
        assert state() == OLD_STATE


def test_a_controller_that_dies_leaves_the_old_state(farm: Path) -> None:
    command = task(gateway=WRONG, pin=False, timeout=10)
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not neighbour_sees(farm, f"ip route get 192.0.2.1 | grep -w {WRONG}"):
            assert time.monotonic() < deadline, "the change was not made"
        process.kill()
    while neighbour_sees(farm, f"ip route get 192.0.2.1 | grep -w {WRONG}"):
        assert time.monotonic() < deadline, "the change was not taken back"
    assert state() == OLD_STATE


def test_the_controller_keeps_its_way_now_and_after_a_power_cut() -> None:
    """The gateway is as wrong as before, for the controller; it may be the right one for the clients.

    The run that was killed has a process on the controller yet, which comes back to confirm what was taken back.
    """
    done = try_task(gateway=WRONG, timeout=180)
    assert done.returncode == 0, done.stdout
    assert f"{CONTROLLER} via 192.168.2.254 dev vec0 proto 76" in state()
    run(LAB, "reboot", "--power", HOST)
    found = state()
    assert f"{CONTROLLER} via 192.168.2.254 dev vec0 proto 76" in found
    assert f"0.0.0.0/1 via {WRONG} dev vec0 proto 76" in found
    assert try_task(state="absent").returncode == 0
    assert state() == OLD_STATE


def test_a_gateway_that_nobody_answers_for_is_refused() -> None:
    done = try_task(gateway="192.168.2.98", pin=False)
    assert done.returncode != 0
    assert "does not answer on vec0" in done.stdout
    assert state() == OLD_STATE
