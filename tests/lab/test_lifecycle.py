# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's lifecycle on real guests: what fails or is interrupted leaves nothing behind."""

from __future__ import annotations

import json
import os
import pwd
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lab import guest, running
from lab.errors import LabError
from lab.image import image
from lab.kernel import kernel

LAB = Path(__file__).resolve().parents[2] / "bin/lab"
FARM = """
description: two hosts on one segment
segments: [wire]
controller:
  nics: [{segment: wire, address: 10.77.0.1/24}]
hosts:
  one: {role: director, memory: 128, nics: [{segment: wire, address: 10.77.0.11/24}]}
  two: {role: client, memory: 128, nics: [{segment: wire, address: 10.77.0.12/24}]}
"""
Lab = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own: a farm that is up elsewhere is not touched."""
    folder = tmp_path / "state"
    monkeypatch.setenv("LVS_LAB_STATE", str(folder))
    return folder


@pytest.fixture
def farm_file(tmp_path: Path) -> Path:
    path = tmp_path / "pair.yml"
    path.write_text(FARM)
    return path


@pytest.fixture
def lab() -> Iterator[Lab]:
    """Run a command of the lab; whatever the test does, the farm is down afterwards."""

    def call(*words: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [LAB, *words], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=300
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    yield call
    subprocess.run([LAB, "down"], check=True)


def processes_of(state: Path) -> list[str]:
    """Command lines that still name the state folder: guests, proxies, SSH sessions."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = entry.read_bytes().decode(errors="replace").replace("\0", " ")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if str(state) in words:
            found.append(words)
    return found


def assert_nothing_left(state: Path) -> None:
    """No guest and no file; taps and bridges live in a namespace that no process holds any more."""
    deadline = time.monotonic() + 10
    while processes_of(state) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert processes_of(state) == []


def reaches(lab: Lab, source: str, address: str) -> bool:
    return lab("ssh", source, "ping", "-c", "1", "-w", "5", address, check=False).returncode == 0


def truncated(lab: Lab, host: str) -> int:
    """How many packets reached the host cut short."""
    names, values = lab("ssh", host, "grep", "^IpExt:", "/proc/net/netstat").stdout.splitlines()
    return int(dict(zip(names.split(), values.split(), strict=True))["InTruncatedPkts"])


def boot_id(lab: Lab, host: str) -> str:
    return lab("ssh", host, "cat", "/proc/sys/kernel/random/boot_id").stdout


def test_a_farm_from_up_to_down(lab: Lab, state: Path, farm_file: Path) -> None:
    lab("up", farm_file)

    second = lab("up", farm_file, check=False)
    assert second.returncode == 1
    assert "Farm pair is up already." in second.stderr
    assert "lab down" in second.stderr

    assert lab("ssh", "one", "hostname").stdout == "one\n"
    assert "inet 10.77.0.1/24" in lab("exec", "--", "ip", "address", "show", "wire").stdout
    listed = json.loads(lab("inventory", "--list").stdout)
    assert listed["directors"] == {"hosts": ["one"]}
    assert listed["_meta"]["hostvars"]["two"] == {"ansible_host": "10.77.0.12"}

    # Guests send frames larger than the MTU and leave it to the network to cut them: none may be truncated.
    sent = "head -c 1M /dev/zero | nc -N 10.77.0.12 23 | wc -c"
    assert int(lab("ssh", "one", sent).stdout) == 1024**2 + len("two\n")
    assert [truncated(lab, host) for host in ("one", "two")] == [0, 0]

    lab("cut", "one", "two")
    assert not reaches(lab, "one", "10.77.0.12")
    assert lab("ssh", "two", "hostname").stdout == "two\n"  # only the pair is parted
    lab("heal", "one", "two")
    assert reaches(lab, "one", "10.77.0.12")

    # A host that sends into a pulled cable must come back, too.
    lab("ssh", "two", "systemd-run", "--quiet", "ping", "-i", "0.2", "-w", "8", "10.77.0.11")
    lab("cut", "two:vec0")
    assert not reaches(lab, "one", "10.77.0.12")
    assert json.loads(lab("status", "--json").stdout)["hosts"] == {"one": "up", "two": "up, cut: vec0"}
    lab("heal")
    assert reaches(lab, "one", "10.77.0.12")

    before = boot_id(lab, "one")
    lab("ssh", "one", "touch", "/root/kept", "&&", "sync")
    lab("reboot", "one")
    after = boot_id(lab, "one")
    assert after != before
    broken = "/etc/systemd/system/broken.service"
    unit = "'[Service]\\nExecStart=false\\n[Install]\\nWantedBy=multi-user.target\\n'"
    lab("ssh", "one", f"printf {unit} >{broken} && systemctl enable --quiet broken")
    failed = lab("reboot", "one", check=False)
    assert failed.returncode == 1
    assert "A service of one did not start" in failed.stderr
    assert "broken.service" in failed.stderr
    lab("ssh", "one", f"systemctl disable --quiet broken && rm {broken} && sync")
    lab("kill", "one")
    assert json.loads(lab("status", "--json").stdout)["hosts"]["one"] == "off"
    lab("reboot", "--power", "one")
    assert boot_id(lab, "one") not in {before, after}
    assert lab("ssh", "one", "ls", "/root/kept").stdout == "/root/kept\n"
    assert lab("console", "--log", "one").stdout

    lab("down")
    assert_nothing_left(state)
    assert [path.name for path in state.iterdir()] == ["lock"]
    assert lab("status", check=False).returncode == 1


# A shell without job control (a script, a CI system) starts `lab up &` like the second of these, nohup like the third.
CALLERS = {"a terminal": (), "a script": ("--ignore-signal=INT,QUIT",), "nohup": ("--ignore-signal=HUP",)}
INTERRUPTED = [
    ("a terminal", signal.SIGINT),
    ("a terminal", signal.SIGTERM),
    ("a terminal", signal.SIGKILL),
    ("a script", signal.SIGINT),
    ("nohup", signal.SIGHUP),
]


@pytest.mark.parametrize(("caller", "which"), INTERRUPTED)
def test_an_interrupted_up_leaves_nothing(
    lab: Lab, state: Path, farm_file: Path, caller: str, which: signal.Signals
) -> None:
    words: list[str | Path] = ["env", *CALLERS[caller], LAB, "up", farm_file]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while len(list(state.glob("*.console"))) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(which)
        process.communicate(timeout=90)
    killed = which == signal.SIGKILL
    assert process.returncode == (-9 if killed else 130)
    assert_nothing_left(state)
    assert killed or [path.name for path in state.iterdir()] == ["lock"]
    assert "No farm is up." in lab("status", check=False).stderr
    lab("up", farm_file)


def test_a_guest_that_does_not_come_up(state: Path, farm_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guest, "BOOT_SECONDS", 1.0)
    chosen = kernel("newest", print)
    disk = image("bookworm", (), chosen, print)
    with pytest.raises(LabError) as caught:
        running.up(*running.load_farm(str(farm_file)), str(farm_file), chosen, disk, print)
    assert re.fullmatch(r"Not up within 1 s: (one|two|one, two)\.", caught.value.problem)
    assert "--- one" in caught.value.detail or "--- two" in caught.value.detail
    assert_nothing_left(state)


def test_the_host_kernel_boots_too(lab: Lab, farm_file: Path) -> None:
    lab("up", farm_file, "--kernel", "host")
    release = lab("ssh", "one", "uname", "-r").stdout.strip()
    assert release == kernel("host", print).release
    assert release in lab("status").stdout


def test_an_ordinary_user(farm_file: Path) -> None:
    """With /dev/net/tun open as Debian has it; the cache is the user's own copy, and every namespace too."""
    if os.getuid():
        pytest.fail("Run as root: the other tests have already shown an ordinary user.")
    script = Path(__file__).with_name("as_ordinary_user")
    done = subprocess.run([script, LAB, farm_file], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    folder, *said = done.stdout.splitlines()
    assert said == [str(pwd.getpwnam("nobody").pw_uid), "one"]
    assert not Path(folder).exists()
    assert_nothing_left(Path(folder))
