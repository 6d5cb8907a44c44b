# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes wrong while an LVS is set up, changed and taken back. `pytest tests/faults`, about 5 minutes.

The tests build on each other: the first finds virgin hosts, and each leaves an LVS that works. During all of them a
third host asks for the VIP ten times a second and reads along; see conftest.py. A connection that is lost in the middle
of the gateway change is in tests/lockout.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.faults.conftest import FILL_DISK, REUSE, VIP, Playbook, lab, on
from lab import watch
from lab.calls import calling
from lab.running import Running

SITE, TEARDOWN = "site.yml", "playbooks/teardown.yml"
CONSENT = ("-e", "lvs_teardown=true")
# The HTTP service of the example alone, with a pool of choice.
HTTP = {"name": "http", "vip": VIP, "port": 80, "scheduler": "rr"}
KILLS = 5


def table() -> list[str]:
    """The director's realservers as ipvsadm has them: service, RIP and weight."""
    lines = [line.split() for line in on("director", "ipvsadm -S -n").splitlines()]
    return [f"{line[2]} {line[4].rpartition(':')[0]} {line[-1]}" for line in lines if line[0] == "-a"]


def complete() -> list[str]:
    return [f"{VIP}:{port} 192.168.1.{host} 1" for port in (23, 80) for host in (11, 12)]


def answering(farm: Running) -> set[str]:
    """Who answers a client for two seconds; every request must be."""
    with calling(farm, VIP, 80) as calls:
        time.sleep(2)
    assert calls.failed == []
    assert calls.requests > 20
    return set(calls.answered)


@contextmanager
def out_of_reach(host: str) -> Iterator[None]:
    """The cable is pulled."""
    lab("cut", host)
    try:
        yield
    finally:
        lab("heal", host)


def recap(output: str) -> dict[str, str]:
    """The last word on each host."""
    return dict(re.findall(r"^(\S+)\s+: (ok=.*)$", output.partition("PLAY RECAP")[2], re.MULTILINE))


def pool(*realservers: Mapping[str, object]) -> list[str]:
    """The argument that makes these the realservers of the HTTP service."""
    return ["-e", json.dumps({"lvs_services": [{**HTTP, "realservers": realservers}], "director_sysctls": REUSE})]


def test_the_watch_would_see_a_realserver_that_answers(farm: Running) -> None:
    """The control of all tests here: on a virgin host the kernel does answer."""
    watch.start(farm, ["192.168.1.111"])
    on("realserver1", "ip address add 192.168.1.111/32 dev lo; sleep 1; ip address del 192.168.1.111/32 dev lo")
    assert watch.claimants(farm) == {"192.168.1.111": ["realserver1"]}
    watch.start(farm, [VIP])


def test_a_realserver_that_never_was_ready_is_not_in_the_table(farm: Running, playbook: Playbook) -> None:
    with out_of_reach("realserver2"):
        run = playbook.run(SITE)
        assert run.returncode != 0
        assert "unreachable=1" in recap(run.stdout)["realserver2"]
        assert re.search(r"of\s+them:\s+realserver2\. Run\s+this", run.stdout)
        assert table() == [line for line in complete() if "192.168.1.11 " in line]
        assert answering(farm) == {"realserver1"}
    playbook.succeed(SITE)
    assert table() == complete()
    assert answering(farm) == {"realserver1", "realserver2"}


def test_a_realserver_that_was_in_the_table_stays_as_it_is(playbook: Playbook) -> None:
    """It has a weight of its own in one service and was taken out of another; who can be reached is put right."""
    on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.12 -g -w 5 && ipvsadm -d -t {VIP}:23 -r 192.168.1.12")
    on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.11 -g -w 7")
    with out_of_reach("realserver2"):
        run = playbook.run(SITE)
        assert run.returncode != 0
        assert "unreachable=1" in recap(run.stdout)["realserver2"]
        assert table() == [f"{VIP}:23 192.168.1.11 1", f"{VIP}:80 192.168.1.11 1", f"{VIP}:80 192.168.1.12 5"]
    playbook.succeed(SITE)
    assert table() == complete()


def test_a_limited_run_leaves_the_others_alone(playbook: Playbook) -> None:
    on("director", f"ipvsadm -e -t {VIP}:80 -r 192.168.1.12 -g -w 5 && ipvsadm -d -t {VIP}:23 -r 192.168.1.12")
    former = table()
    playbook.succeed(SITE, "--limit", "director")
    assert table() == former
    playbook.succeed(SITE, "--limit", "director,realserver2")
    assert table() == complete()


def test_a_full_disk_stops_a_realserver_and_leaves_nothing_half_written(playbook: Playbook) -> None:
    """Ansible keeps its own files in /tmp, which is a file system of its own here as on many hosts."""
    playbook.succeed(SITE, *pool({"host": "realserver1"}))
    playbook.succeed(TEARDOWN, *CONSENT, "--limit", "realserver2")
    before = snapshot("realserver2")
    on("realserver2", FILL_DISK)
    run = playbook.run(SITE)
    assert run.returncode != 0
    assert "failed=1" in recap(run.stdout)["realserver2"]
    said = " ".join(run.stdout.split())
    assert re.search(r"cannot be written: / has \d+ bytes free, \d+ needed; what was there is untouched", said)
    assert "Free some space on its file system." in said
    assert table() == [line for line in complete() if "192.168.1.11 " in line]
    on("realserver2", "rm -r /full && umount /tmp")
    assert snapshot("realserver2") == before
    playbook.succeed(SITE)
    assert table() == complete()


def snapshot(host: str) -> dict[str, Any]:
    """Everything that the collection could change on a host."""
    script = (Path(watch.__file__).parent / "snapshot.py").read_text()
    found: dict[str, Any] = json.loads(on(host, f"python3 - <<'END'\n{script}\nEND"))
    return found


def test_a_client_does_not_notice_changes(farm: Running, playbook: Playbook) -> None:
    """Applied again; a realserver drained, taken out, put back, given another weight: twenty requests a second."""
    first, second = {"host": "realserver1"}, {"host": "realserver2"}
    one, both, heavier = pool(first), pool(first, second), pool(first, {**second, "weight": 3})
    drained = {"vip": VIP, "port": 80, "rip": "192.168.1.12", "state": "drained"}
    changes: dict[str, Callable[[], str]] = {
        "applied again": lambda: playbook.succeed(SITE, *both),
        "drained": lambda: playbook.task("director", "linuxvirtualserver.lvs.ipvs_dest", drained),
        "taken out": lambda: playbook.succeed(SITE, *one),
        "put back": lambda: playbook.succeed(SITE, *both),
        "another weight": lambda: playbook.succeed(SITE, *heavier),
    }
    tables = {}
    playbook.succeed(SITE, *both)
    for what, change in changes.items():
        with calling(farm, VIP, 80) as calls:
            change()
        assert (what, calls.failed) == (what, [])
        assert calls.requests > 20
        tables[what] = [line.partition(" ")[2] for line in table()]
    assert tables == {
        "applied again": ["192.168.1.11 1", "192.168.1.12 1"],
        "drained": ["192.168.1.11 1", "192.168.1.12 0"],
        "taken out": ["192.168.1.11 1"],
        "put back": ["192.168.1.11 1", "192.168.1.12 1"],
        "another weight": ["192.168.1.11 1", "192.168.1.12 3"],
    }


def share(seed: int, number: int) -> float:
    """Some number between 0 and 1, always the same for the same seed."""
    digest = hashlib.sha256(f"{seed} {number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32


def test_a_run_that_is_killed_at_any_moment_is_finished_by_the_next(
    farm: Running, playbook: Playbook, capsys: pytest.CaptureFixture[str]
) -> None:
    """Back and forth between nothing and the whole LVS, so that there is always something to be in the middle of."""
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))
    with capsys.disabled():
        sys.stdout.write(f"FAULTS_SEED={seed} ")
    runs = [(SITE,), (TEARDOWN, *CONSENT)]
    started = time.monotonic()
    playbook.succeed(*runs[1])
    seconds = time.monotonic() - started
    killed = 0
    for number in range(2 * KILLS):
        lasted = playbook.kill_after(seconds * share(seed, number), *runs[number % 2])
        # One that has ended before its moment came does not count; it tells how long a run takes now.
        seconds, killed = (seconds, killed + 1) if lasted is None else (lasted, killed)
        if killed == KILLS:
            break
    assert killed == KILLS
    playbook.succeed(SITE)
    assert {host: "changed=0" in said for host, said in recap(playbook.succeed(SITE)).items()} == dict.fromkeys(
        ("director", "realserver1", "realserver2"), True
    )
    assert table() == complete()
    assert answering(farm) == {"realserver1", "realserver2"}
