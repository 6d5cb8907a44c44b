# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The LVS of the example on a farm of these tests' own, watched by a third host from the first moment to the last."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from lab import watch
from lab.running import Running, current

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "bin/lab"
VIP = "192.168.1.110"
# With dr the director never sees a realserver's last packet. A client that uses a port again within two minutes would
# find its old connection there, and with it the realserver that is gone by now (kernel documentation, ipvs-sysctl).
REUSE = {"net.ipv4.vs.conn_reuse_mode": 3}
FILL_DISK = """
mount -t tmpfs tmpfs /tmp
mkdir /full
for size in 512M 64M 8M 1M 4K; do
    while fallocate -l $size /full/$((number += 1)) 2>&-; do :; done
done
"""
ANSIBLE = ["ansible-playbook", "-i", "inventories/example", "-i", "bin/lab-inventory"]


def lab(*words: str | Path) -> str:
    """What a command of the lab prints."""
    return subprocess.run([LAB, *words], check=True, capture_output=True, text=True, timeout=300).stdout


def on(host: str, command: str) -> str:
    """What a command on a host prints."""
    return lab("ssh", host, "--", command)


@pytest.fixture(scope="session")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Virgin hosts, and a watch that nobody but the director ever speaks for the VIP."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVS_LAB_STATE", str(tmp_path_factory.mktemp("lab")))
        patch.setenv("PATH", f"{ROOT}/.venv/bin:{os.environ['PATH']}")
        try:
            lab("up", "dr")
            yield current()
        finally:
            lab("down")


@pytest.fixture(autouse=True)
def nobody_but_the_director_speaks_for_the_vip(farm: Running) -> Iterator[None]:
    """At no instant of a test, whatever happens in it."""
    watch.start(farm, [VIP])
    yield
    assert watch.claimants(farm).get(VIP, ["director"]) == ["director"]
    assert watch.story(farm)["longest_silence"] < 2


class Playbook:
    """Runs playbooks on the farm."""

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            [*ANSIBLE, name, *words], check=False, capture_output=True, text=True, timeout=300, cwd=ROOT
        )

    def succeed(self, name: str, *words: str) -> str:
        """Run it; what it said."""
        done = self.run(name, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def task(self, host: str, module: str, arguments: Mapping[str, object]) -> str:
        """Run one task on one host; what it said."""
        words = ["ansible", host, "-i", "bin/lab-inventory", "-m", module, "-a", json.dumps(arguments)]
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=300, cwd=ROOT)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def kill_after(self, seconds: float, name: str, *words: str) -> float | None:
        """Begin it, and end it and all its children by SIGKILL in the middle. If it had ended: after how long."""
        started = time.monotonic()
        with subprocess.Popen(
            [*ANSIBLE, name, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            start_new_session=True,
        ) as process:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return None
        return time.monotonic() - started


@pytest.fixture(scope="session")
def playbook(farm: Running) -> Playbook:
    """Runs playbooks on the farm."""
    assert farm.farm.name == "dr"
    return Playbook()
