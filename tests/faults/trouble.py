# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host in trouble stays as it was, and preflight foresees it. `pytest tests/faults/trouble.py`, some 15 minutes.

The LVS of the example is at work and a client calls one of its services twenty times a second. Another VIP is to come,
and one of the hosts cannot have it: its disk is full or read-only, a file is protected, its kernel loads nothing. Then
the trouble is over, and the next run does what that one could not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.faults.conftest import FILL_DISK, REUSE, VIP, Playbook, lab, on
from lab import watch
from lab.calls import calling
from lab.running import Running

SITE, PREFLIGHT = "site.yml", "playbooks/preflight.yml"
OTHER = "192.168.1.111"
POOL = [{"host": "realserver1"}, {"host": "realserver2"}]
HTTP = {"name": "http", "vip": VIP, "port": 80, "scheduler": "rr", "realservers": POOL}
# No other service here has this scheduler, so its kernel module is not loaded.
MORE = {**HTTP, "name": "more", "vip": OTHER, "scheduler": "lblcr"}

# The folder as it is, on a file system without another inode.
TAKE_INODES = """
mkdir /run/full && mount -t tmpfs -o nr_inodes=$(($(find {0} | wc -l) + 8)) tmpfs /run/full
cp -a {0}/. /run/full && mount --bind /run/full {0} && umount /run/full && rmdir /run/full
while touch {0}/full-$((number += 1)) 2>&-; do :; done
"""


class Trouble(NamedTuple):
    """How it comes, how it ends, and what is said of it; the file and its folder are those that the host must write."""

    begin: str
    end: str
    said: str


TROUBLES = {
    "no space": Trouble(FILL_DISK, "rm -r /full && umount /tmp", r"/ has \d+ bytes free, \d+ needed"),
    "no inodes": Trouble(TAKE_INODES.format("{folder}"), "umount {folder}", r"{folder} has 0 inodes free, \d+ needed"),
    "read-only": Trouble(
        "mount --bind /etc /etc && mount -o remount,bind,ro /etc", "umount /etc", "/etc is mounted read-only"
    ),
    "immutable file": Trouble("chattr +i {file}", "chattr -i {file}", "Run: chattr -i {file}"),
    "immutable folder": Trouble("chattr +i {folder}", "chattr -i {folder}", "Run: chattr -i {folder}"),
    "no modules": Trouble(
        "sysctl -w kernel.modules_disabled=1", "", r"kernel.modules_disabled: keeps this kernel from"
    ),
}
PLACES = {
    "director": {"folder": "/etc/lvs", "file": "/etc/lvs/ipvs.json"},
    "realserver2": {"folder": "/etc/systemd/system", "file": "/etc/systemd/system/lvs-vip-lo.service"},
}
# A realserver of LVS-DR needs no module.
CASES = [(host, name) for host in PLACES for name in TROUBLES if (host, name) != ("realserver2", "no modules")]


@contextmanager
def troubled(host: str, name: str) -> Iterator[str]:
    """What will be said of it."""
    begin, end, said = (text.format(**PLACES[host]) if name != "no space" else text for text in TROUBLES[name])
    on(host, begin)
    try:
        yield said
    finally:
        if end:
            on(host, end)
        else:
            lab("reboot", host)


def listing(*services: dict[str, Any]) -> Sequence[str]:
    return ("-e", json.dumps({"lvs_services": services, "director_sysctls": REUSE}))


def table() -> list[str]:
    return [line for line in on("director", "ipvsadm -S -n").splitlines() if line]


def at_work_on(host: str) -> dict[str, Any]:
    """What clients depend on. A module before the one that fails may have hidden a VIP, or loaded a module."""
    script = (Path(watch.__file__).parent / "snapshot.py").read_text()
    looks = "addresses routes rules virtual_servers"
    found: dict[str, Any] = json.loads(on(host, f"python3 - {looks} <<'END'\n{script}\nEND"))
    return found


def recap(output: str) -> dict[str, str]:
    return dict(re.findall(r"^(\S+)\s+: (ok=.*)$", output.partition("PLAY RECAP")[2], re.MULTILINE))


@pytest.fixture(scope="module")
def at_work(playbook: Playbook) -> None:
    playbook.succeed(SITE, *listing(HTTP))


@pytest.mark.usefixtures("at_work")
@pytest.mark.parametrize(("host", "trouble"), CASES, ids=[f"{host}: {name}" for host, name in CASES])
def test_a_host_in_trouble_stays_as_it_was(farm: Running, playbook: Playbook, host: str, trouble: str) -> None:
    before, former = at_work_on(host), table()
    with troubled(host, trouble) as expected:
        with calling(farm, VIP, 80) as calls:
            foreseen, run = playbook.run(PREFLIGHT, *listing(HTTP, MORE)), playbook.run(SITE, *listing(HTTP, MORE))
        now, after = table(), at_work_on(host)
    for done in (foreseen, run):
        assert done.returncode != 0
        assert "failed=1" in recap(done.stdout)[host], done.stdout
        assert re.search(expected, " ".join(done.stdout.split())), done.stdout
    assert (calls.failed, calls.requests > 20) == ([], True)
    assert after == before
    if host == "director":
        assert now == former
    else:
        assert not [line for line in now if OTHER in line and "192.168.1.12" in line]
    playbook.succeed(SITE, *listing(HTTP, MORE))
    assert len([line for line in table() if OTHER in line]) == 3
    playbook.succeed(SITE, *listing(HTTP))
    assert table() == former
