# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Realservers are drained, restored and worked on; what clients see of it, and what each run says.

Each prints its figures. The tests build on each other, and each leaves all realservers with connections.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from lab.calls import calling, holding
from lab.paths import PACKAGE
from lab.run import run
from lab.running import Running

WEB, ECHO = ("192.168.1.111", 80), ("192.168.1.110", 23)
DIRECTORS, RS = ("director1", "director2"), ("realserver1", "realserver2")
RIPS = dict(zip(("192.168.1.11", "192.168.1.12"), RS, strict=True))
COUNT = 20
PATIENCE = 240.0


class Played(NamedTuple):
    """What a run came to."""

    rc: int
    output: str

    @property
    def said(self) -> str:
        return " ".join(self.output.split())


class Operations:
    """Runs playbooks of the collection with the inventories of the scenario."""

    def __init__(self, plan: dict[str, Any], folder: Path) -> None:
        self._inventories = [word for one in plan["inventories"] for word in ("-i", one)]
        self._folder = folder

    def begin(self, playbook: str, *words: str) -> tuple[subprocess.Popen[bytes], Path]:
        """A run in a process group of its own, and what it says."""
        command = ["ansible-playbook", playbook, *self._inventories, *words]
        environment = {**os.environ, "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_NOCOLOR": "true"}
        said = self._folder / f"{time.monotonic_ns()}.log"
        with said.open("wb") as output:
            began = subprocess.Popen(
                command,
                cwd=PACKAGE.parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return began, said

    def play(self, playbook: str, *words: str) -> Played:
        began, said = self.begin(playbook, *words)
        rc = began.wait(timeout=900)
        sys.stdout.write(f"\n$ {playbook} {' '.join(words)}: {rc}\n{said.read_text()}")
        return Played(rc, said.read_text())


@pytest.fixture
def operations(plan: dict[str, Any], tmp_path: Path) -> Operations:
    return Operations(plan, tmp_path)


@pytest.fixture(autouse=True)
def shown() -> Iterator[None]:
    """How long each took."""
    began = time.monotonic()
    yield
    sys.stdout.write(f"\n{time.monotonic() - began:.0f} s\n")


def on(farm: Running, host: str, *words: str) -> str:
    """What a command on a host prints."""
    command = [*farm.ssh(farm.farm.host(host)), "-o", "ControlPath=none", *words]
    return run(command, f"Ask {host}.", timeout=60)


def weights(farm: Running, director: str) -> dict[str, list[int]]:
    """By realserver, its weights in the services of a director."""
    found: dict[str, list[int]] = {host: [] for host in RS}
    for line in on(farm, director, "ipvsadm", "-Ln").splitlines():
        words = line.split()
        if words[:1] == ["->"] and words[1].split(":")[0] in RIPS:
            found[RIPS[words[1].split(":")[0]]].append(int(words[3]))
    return found


def everywhere(farm: Running, first: int, second: int) -> bool:
    """Whether the realservers have these weights, in both services of both directors."""
    return all(weights(farm, one) == {RS[0]: [first] * 2, RS[1]: [second] * 2} for one in DIRECTORS)


def until(true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> None:
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.5)


@contextmanager
def killed(operations: Operations, *words: str) -> Iterator[Path]:
    """A run that is ended as by a power cut of the controller, at the end of the `with`."""
    began, said = operations.begin(*words)
    try:
        yield said
    finally:
        os.killpg(began.pid, signal.SIGKILL)
        began.wait()


def test_a_drain_survives_the_controller_and_site(farm: Running, operations: Operations) -> None:
    drain = ("playbooks/drain.yml", "-e", "lvs_realservers=realserver2")
    with holding(farm, *ECHO, COUNT) as held:
        with calling(farm, *WEB) as before, killed(operations, *drain) as said:
            until(lambda: "connections of telnet left after" in said.read_text(), "it waits")
        assert everywhere(farm, 1, 0)
        site = operations.play("site.yml")
        assert site.rc == 0
        assert everywhere(farm, 1, 0), "site.yml gave it a weight"
        with calling(farm, *WEB) as after:
            again, output = operations.begin(*drain)
            until(lambda: f"realserver2: {COUNT // 2} connections of telnet" in output.read_text(), "it goes on")
    assert again.wait(timeout=PATIENCE) == 0
    sys.stdout.write(
        f"\ndrained with {COUNT} held: HTTP failed {len(before.failed) + len(after.failed)} of "
        f"{before.requests + after.requests}; held {held.held - len(held.broken)} of {held.held}; "
        f"after it {after.answered}\n{output.read_text()}"
    )
    assert (before.failed, after.failed, held.broken) == ([], [], [])
    assert list(after.answered) == ["realserver1"], "a new connection went to it"


def test_a_drain_survives_the_reboot_of_the_director_that_serves(farm: Running, operations: Operations) -> None:
    (serving,) = (one for one in DIRECTORS if on(farm, one, "ip", "-o", "addr", "show", "to", ECHO[0]))
    with calling(farm, *WEB) as calls:
        run([str(PACKAGE.parent / "bin/lab"), "reboot", serving], "Reboot it.", timeout=300)
        until(lambda: everywhere(farm, 1, 0), "it is drained again")
    sys.stdout.write(f"\n{serving} rebooted: HTTP failed {len(calls.failed)} of {calls.requests}; {calls.answered}\n")
    assert list(calls.answered) == ["realserver1"]
    assert calls.failed == []
    status = operations.play("playbooks/status.yml")
    assert "drained by " in status.said


def test_a_realserver_that_does_not_serve_is_not_restored(farm: Running, operations: Operations) -> None:
    restore = ("playbooks/restore.yml", "-e", "lvs_realservers=realserver2", "-e", "realserver_check_timeout=5")
    on(farm, "realserver2", "systemctl", "stop", "lab-echo.socket")
    refused = operations.play(*restore)
    assert refused.rc == 2
    assert "Nothing answers on 192.168.1.110 port 23 of realserver2" in refused.said
    assert everywhere(farm, 1, 0)
    on(farm, "realserver2", "systemctl", "start", "lab-echo.socket")
    on(farm, "realserver2", "ip", "addr", "del", "192.168.1.111/32", "dev", "lo")
    refused = operations.play(*restore)
    assert refused.rc == 2
    assert "realserver_vip is not as planned" in refused.said
    assert everywhere(farm, 1, 0)
    on(farm, "realserver2", "ip", "addr", "add", "192.168.1.111/32", "dev", "lo")
    restored = operations.play(*restore)
    assert restored.rc == 0
    assert "realserver2: http: weight 0 -> 1" in restored.said
    assert everywhere(farm, 1, 1)


def test_a_rolling_update_stops_and_goes_on(farm: Running, operations: Operations, tmp_path: Path) -> None:
    work = tmp_path / "work.yml"
    work.write_text("- name: Update it\n  ansible.builtin.command: test ! -e /run/broken\n  changed_when: true\n")
    on(farm, "realserver2", "touch", "/run/broken")
    rolling = ("playbooks/rolling.yml", "-e", f"lvs_work={work}")
    with calling(farm, *WEB) as calls:
        failed = operations.play(*rolling)
        assert failed.rc == 2
        assert "realserver2 stays drained, because lvs_work did not succeed there" in failed.said
        assert everywhere(farm, 1, 0)
        on(farm, "realserver2", "rm", "/run/broken")
        again = operations.play(*rolling)
    sys.stdout.write(f"\nrolling: HTTP failed {len(calls.failed)} of {calls.requests}; {calls.answered}\n")
    assert again.rc == 0
    assert "realserver2: was left drained by " in again.said
    assert again.output.index("Batch 1 of 2: realserver2") < again.output.index("Batch 2 of 2: realserver1")
    assert everywhere(farm, 1, 1)
    assert calls.failed == []


def test_all_is_as_planned_in_the_end(operations: Operations) -> None:
    assert operations.play("playbooks/verify.yml").rc == 0
