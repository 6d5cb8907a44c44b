# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All hosts lose their power a while after a change, or in the middle of one. `make power`, about 45 minutes.

What was said to be done is done after the power is back; in the middle, a host is as it was or as it was to become;
a director never has a VIP without a table; the next run heals everything, and teardown leaves nothing. The tests build
on each other: from virgin hosts to virgin hosts.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.faults.conftest import VIP, Playbook, lab, on
from lab import watch

SITE, TEARDOWN = ("site.yml",), ("playbooks/teardown.yml", "-e", "lvs_teardown=true")
HOSTS = ("director", "realserver1", "realserver2")
COLLECTION = "linuxvirtualserver.lvs"
DRAINED = {"vip": VIP, "port": 80, "rip": "192.168.1.11", "state": "drained", "wait_for": "none"}
HIDDEN = {"vips": [VIP]}
GATEWAY = {"gateway": "192.168.1.9"}
LOOKS = ("addresses", "files", "virtual_servers")
EMPTY = "find /etc /usr/local /var/lib -type f -size 0 ! -name '.*' \\( -name '*lvs*' -o -path '*/lvs/*' \\)"


def snapshot(host: str) -> dict[str, Any]:
    """What a host is, as far as it lasts."""
    script = (Path(watch.__file__).parent / "snapshot.py").read_text()
    found: dict[str, Any] = json.loads(on(host, f"python3 - {' '.join(LOOKS)} <<'END'\n{script}\nEND"))
    return found


@pytest.fixture(scope="session")
def virgin(playbook: Playbook) -> dict[str, dict[str, Any]]:
    """What the hosts were."""
    assert isinstance(playbook, Playbook)
    lab("reboot", *HOSTS)
    return {host: snapshot(host) for host in HOSTS}


def lose_power(seconds: float) -> None:
    """All at once, and all come back; a service that does not start then is an error."""
    time.sleep(seconds)
    lab("reboot", "--power", *HOSTS)
    assert has_table() or not has_vip()


def has_vip() -> bool:
    return f" {VIP}/" in on("director", "ip -o address")


def has_table() -> bool:
    return f"TCP {VIP}:80 " in on("director", "ipvsadm -L -n").replace("  ", " ")


def weights() -> dict[str, str]:
    """The weight of each realserver of the HTTP service."""
    lines = [line.split() for line in on("director", "ipvsadm -S -n").splitlines()]
    return {line[4]: line[-1] for line in lines if line[0] == "-a" and line[2] == f"{VIP}:80"}


def is_done(playbook: Playbook, *words: str) -> None:
    """To run it again would change nothing."""
    said = playbook.succeed(*words, "--check").partition("PLAY RECAP")[2]
    assert re.findall(r"^(\S+)\s+: .*changed=(\d+)", said, re.MULTILINE) == [(host, "0") for host in sorted(HOSTS)]


def does(playbook: Playbook, host: str, module: str, arguments: Mapping[str, object]) -> bool:
    """Whether a task changed anything."""
    return " | CHANGED => " in playbook.task(host, f"{COLLECTION}.{module}", arguments)


@pytest.mark.usefixtures("virgin")
def test_site(playbook: Playbook, seconds: int) -> None:
    playbook.succeed(*SITE)
    lose_power(seconds)
    assert has_vip()
    is_done(playbook, *SITE)


def test_drain(playbook: Playbook, seconds: int) -> None:
    assert does(playbook, "director", "ipvs_dest", DRAINED)
    lose_power(seconds)
    assert weights() == {"192.168.1.11:80": "0", "192.168.1.12:80": "1"}
    assert not does(playbook, "director", "ipvs_dest", DRAINED)


def test_restore(playbook: Playbook, seconds: int) -> None:
    assert does(playbook, "director", "ipvs_dest", {**DRAINED, "state": "present"})
    lose_power(seconds)
    assert weights() == {"192.168.1.11:80": "1", "192.168.1.12:80": "1"}
    is_done(playbook, *SITE)


def test_teardown(playbook: Playbook, virgin: dict[str, dict[str, Any]], seconds: int) -> None:
    playbook.succeed(*TEARDOWN)
    lose_power(seconds)
    assert {host: snapshot(host) for host in HOSTS} == virgin


def test_arp_hide_and_gateway(playbook: Playbook, virgin: dict[str, dict[str, Any]], seconds: int) -> None:
    assert does(playbook, "realserver1", "arp_hide", HIDDEN)
    assert does(playbook, "realserver2", "default_gateway", GATEWAY)
    lose_power(seconds)
    assert not does(playbook, "realserver1", "arp_hide", HIDDEN)
    assert not does(playbook, "realserver2", "default_gateway", GATEWAY)
    assert does(playbook, "realserver1", "arp_hide", {"state": "absent"})
    assert does(playbook, "realserver2", "default_gateway", {"state": "absent"})
    lose_power(seconds)
    assert {host: snapshot(host) for host in HOSTS} == virgin


def share(seed: int, number: int) -> float:
    """Some number between 0 and 1, always the same for the same seed."""
    digest = hashlib.sha256(f"{seed} {number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


@pytest.fixture(scope="module")
def seed() -> int:
    return int(os.environ.get("POWER_SEED") or random.SystemRandom().randrange(10**6))


def test_in_the_middle(
    playbook: Playbook, virgin: dict[str, dict[str, Any]], seed: int, cut: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of setting up, and of taking back."""
    with capsys.disabled():
        sys.stdout.write(f"POWER_SEED={seed} ")
    run = (SITE, TEARDOWN)[cut % 2]
    playbook.kill_after(25 * share(seed, cut), *run)
    lose_power(0)
    for host in HOSTS:
        assert on(host, EMPTY) == ""
    playbook.succeed(*SITE)
    is_done(playbook, *SITE)
    assert has_vip()
    if run == TEARDOWN:
        playbook.succeed(*TEARDOWN)
        assert {host: snapshot(host) for host in HOSTS} == virgin
