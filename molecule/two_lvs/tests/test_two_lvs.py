# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever one LVS does on machines that it shares, who is served by the other one notices nothing."""

from __future__ import annotations

import contextlib
import difflib
import functools
import json
import os
import re
import shlex
import subprocess
import typing as t
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab import watch
from lab.calls import RATE, calling
from lab.paths import PACKAGE

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lab.running import Running

    Look = Callable[..., dict[str, t.Any]]

HOSTS = ("director", "realserver1", "realserver2")
VIPS = {"web": "192.168.1.110", "mail": "192.168.1.120"}
VIPS6 = {"mail": "2001:db8:1::120"}
OTHER = {"web": "mail", "mail": "web"}
FOLDER = Path(__file__).resolve().parents[1]
INVENTORIES = {name: FOLDER / "inventory" / f"{name}.yml" for name in VIPS}
SHARED_RIP = "192.168.1.11"
DRAINED = "-> C0A8010B:0050 Route 0"  # the same in /proc/net/ip_vs
INTERLEAVINGS = 20
HOLD = """
import socket, sys
both = [socket.create_connection((sys.argv[1], 80)) for _ in "ab"]
print(flush=True)
sys.stdin.read()
"""


class Team:
    """One of two teams, with an inventory of its own."""

    def __init__(self, name: str) -> None:
        self.name, self.vip, self.vip6 = name, VIPS[name], VIPS6.get(name)
        self.vips = [vip for vip in (self.vip, self.vip6) if vip]

    def try_play(self, playbook: str, *options: str, **variables: object) -> subprocess.CompletedProcess[str]:
        inventories = ["-i", str(INVENTORIES[self.name]), "-i", str(PACKAGE.parent / "bin/lab-inventory")]
        command = ["ansible-playbook", playbook, *inventories, *options, "-e", json.dumps(variables)]
        plain = {**os.environ, "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_NOCOLOR": "true"}
        return subprocess.run(command, cwd=PACKAGE.parent, env=plain, capture_output=True, text=True, check=False)

    def play(self, playbook: str, *options: str, **variables: object) -> dict[str, int]:
        """By host, how many tasks changed something."""
        done = self.try_play(playbook, *options, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        changed = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", done.stdout, re.MULTILINE)
        return {host: int(count) for host, count in changed}

    def up(self, scheduler: str = "rr") -> dict[str, int]:
        """Set it up, or change it."""
        pools = {"web": ["realserver1"], "mail": ["realserver1", {"host": "realserver2", "forwarding": "nat"}]}
        all_have = {"port": "http", "forwarding": "dr", "scheduler": scheduler}
        services = [{"name": self.name, "vip": self.vip, "realservers": pools[self.name], **all_have}]
        if self.vip6:
            services.append({"name": f"{self.name}6", "vip": self.vip6, "realservers": ["realserver1"], **all_have})
        return self.play("site.yml", lvs_services=services)

    def drain(self, rip: str, wait_for: str = "none") -> None:
        """Send nobody new to a realserver of it."""
        asked = f"vip={self.vip} port=80 rip={rip} state=drained wait_for={wait_for}"
        command = ["ansible", "director", "-b", "-i", str(PACKAGE.parent / "bin/lab-inventory")]
        words = [*command, "-m", "linuxvirtualserver.lvs.ipvs_dest", "-a", asked]
        done = subprocess.run(words, cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def down(self) -> dict[str, int]:
        return self.play("playbooks/teardown.yml", lvs_teardown=True)


TEAMS = {name: Team(name) for name in VIPS}


@pytest.fixture(scope="module")
def witness(farm: Running) -> Running:
    """The farm, with a witness of all VIPs from before the first change on."""
    watch.start(farm, [vip for team in TEAMS.values() for vip in team.vips])
    return farm


def unnoticed(farm: Running, name: str, act: Callable[[], object]) -> None:
    """Do it while a client calls this LVS, of which not one call may fail."""
    with contextlib.ExitStack() as stack:
        all_calls = [stack.enter_context(calling(farm, vip, 80)) for vip in TEAMS[name].vips]
        act()
    for calls in all_calls:
        assert calls.failed == [], calls.failed  # all that is known of each
        assert calls.requests > RATE


@contextlib.contextmanager
def held(farm: Running, vip: str) -> Iterator[None]:
    """A client's two connections, the second to the next realserver, that last as long as the `with`."""
    command = [*farm.ssh(farm.farm.host("client")), "-o", "ControlPath=none", shlex.join(["python3", "-c", HOLD, vip])]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        yield


def places(look: Look) -> set[str]:
    """Which hosts have which of the VIPs where."""
    return {
        f"{host} {ip} {interface}"
        for host in HOSTS
        for interface, addresses in look(host, "addresses")["addresses"].items()
        for ip in (address.partition("/")[0] for address in addresses)
        if ip in {*VIPS.values(), *VIPS6.values()}
    }


def of(*names: str) -> set[str]:
    """Where the VIPs of these LVS belong."""
    vips = [vip for name in names for vip in TEAMS[name].vips]
    return {place for vip in vips for place in (f"director {vip} vec0", f"realserver1 {vip} lo")}


def difference(look: Look) -> list[str]:
    """What is not as it was before the first run."""
    found = []
    for host in HOSTS:
        before = json.loads(Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], f"{host}.before.json").read_text())
        told = (json.dumps(seen, indent=1, sort_keys=True).splitlines() for seen in (before, look(host)))
        found += difflib.unified_diff(*told, fromfile=host, tofile=host, lineterm="", n=0)
    return found


@pytest.mark.parametrize(("first", "second"), [("web", "mail"), ("mail", "web")])
def test_each_is_set_up_changed_rebooted_and_taken_back(witness: Running, look: Look, first: str, second: str) -> None:
    one, two = TEAMS[first], TEAMS[second]
    one.up()
    assert places(look) == of(first)
    unnoticed(witness, first, two.up)
    assert places(look) == of(first, second)
    for team in (one, two):
        assert set(team.up().values()) == {0}
    unnoticed(witness, first, lambda: two.up("wrr"))
    unnoticed(witness, second, lambda: one.up("wlc"))
    unnoticed(witness, "web", lambda: TEAMS["mail"].drain(SHARED_RIP))
    assert set(one.up("wlc").values()) == set(two.up("wrr").values()) == {0}
    one.play("molecule/shared/reboot.yml")
    assert places(look) == of(first, second)
    assert set(one.up("wlc").values()) == set(two.up("wrr").values()) == {0}
    unnoticed(witness, second, one.down)
    assert places(look) == of(second)
    assert set(two.up("wrr").values()) == {0}
    two.down()
    assert difference(look) == []
    assert {vip: hosts for vip, hosts in watch.claimants(witness).items() if hosts != ["director"]} == {}


def test_what_cannot_be_had_is_refused_before_anything_is_touched(witness: Running, look: Look) -> None:
    web, mail = TEAMS["web"], TEAMS["mail"]
    web.up()
    before = {host: look(host) for host in HOSTS}
    service = {"vip": VIPS["web"], "port": "http", "forwarding": "dr", "realservers": ["realserver1"]}

    def refuse() -> None:
        for playbook in ("playbooks/preflight.yml", "site.yml"):
            done = mail.try_play(playbook, lvs_services=[service])
            assert done.returncode != 0
            said = "".join(done.stdout.split())
            assert "belongstotheLVS'web',setupby" in said, done.stdout

    unnoticed(witness, "web", refuse)
    assert {host: look(host) for host in HOSTS} == before
    web.down()
    assert difference(look) == []


def test_two_runs_at_once_wait_for_each_other(witness: Running, look: Look) -> None:
    web, mail = TEAMS["web"], TEAMS["mail"]
    with ThreadPoolExecutor(2) as pool:

        def at_once(*acts: Callable[[], object]) -> None:
            for run in [pool.submit(act) for act in acts]:
                run.result()

        def change_both() -> None:
            at_once(functools.partial(web.up, "wrr"), functools.partial(mail.up, "wlc"))

        at_once(web.up, mail.up)
        assert places(look) == of("web", "mail")
        unnoticed(witness, "web", lambda: unnoticed(witness, "mail", change_both))
        assert set(web.up("wrr").values()) == set(mail.up("wlc").values()) == {0}
        with held(witness, mail.vip):
            drain = pool.submit(mail.drain, SHARED_RIP, "established")
            while DRAINED not in look("director", "virtual_servers")["virtual_servers"]:
                assert not drain.done(), drain.result()
            unnoticed(witness, "mail", web.up)
            assert not drain.done(), "nobody had to wait for the drain to end"
        drain.result()
        at_once(web.down, mail.down)
    assert difference(look) == []


def test_twenty_interleavings(witness: Running, look: Look) -> None:
    """What either does, in an order that is always the same one, goes unnoticed by the clients of the other one."""
    there: set[str] = set()
    for number in range(INTERLEAVINGS):
        # Neither goes round as fast as the other, so that they meet in ever other states.
        name = ("web", "mail", "mail", "web", "mail")[number % 5]
        scheduler = ("rr", "wrr", None, "wlc")[number % 4]
        act = TEAMS[name].down if scheduler is None else functools.partial(TEAMS[name].up, scheduler)
        if OTHER[name] in there:
            unnoticed(witness, OTHER[name], act)
        else:
            act()
        there = there - {name} if scheduler is None else there | {name}
        assert places(look) == of(*there)
    for name in sorted(there):
        TEAMS[name].down()
    assert difference(look) == []
