# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The director that serves is switched, killed, cut off and parted from the other one; what clients see of each.

Each prints its figures: a figure that misses its target fails. The tests build on each other, and each leaves one
director that serves and one that stands by.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest

from lab import network
from lab.calls import Calls, Held, calling, holding
from lab.paths import PACKAGE
from lab.run import run
from lab.running import Running

Play = Callable[..., dict[str, int]]

WEB, ECHO = ("192.168.1.111", 80), ("192.168.1.110", 23)
DIRECTORS = ("director1", "director2")
COUNT = 20
INTERVAL = 1.0  # seconds between two adverts
MISSED = 3 * INTERVAL + 0.5  # a director that is gone is missed by then
PATIENCE = 40.0


class Seen(NamedTuple):
    """What clients saw."""

    calls: Calls
    held: Held

    def tell(self, what: str) -> None:
        """The figures."""
        sys.stdout.write(
            f"\n{what}: HTTP failed {len(self.calls.failed)} of {self.calls.requests}, slowest {self.calls.slowest} s; "
            f"held {self.held.held - len(self.held.broken)} of {self.held.held}, slowest line {self.held.slowest} s; "
            f"no ping for {self.held.gap} s\n"
        )


@contextmanager
def clients(farm: Running, *, alone: bool = False) -> Iterator[Seen]:
    """Twenty requests a second, twenty connections and fifty pings a second. `alone`: there is one director."""
    with holding(farm, *ECHO, COUNT) as held, calling(farm, *WEB) as calls:
        if not alone:
            wait_until_known(farm)
        yield Seen(calls, held)


def wait_until_known(farm: Running) -> None:
    """The kernel tells of a connection with the next one, or within some seconds."""
    made = live(farm)
    until(lambda: all(made <= known(farm, host) for host in DIRECTORS), "all directors know the connections")


def live(farm: Running) -> set[str]:
    """The client's end of each connection to the echo service."""
    lines = on(farm, "client", "ss", "-Htn", "state", "established", "dst", ":".join(map(str, ECHO))).splitlines()
    return {line.split()[2] for line in lines}


def known(farm: Running, director: str) -> set[str]:
    """The same, as a director remembers them."""
    lines = [line.split() for line in on(farm, director, "ipvsadm", "-L", "-c", "-n").splitlines()]
    return {words[3] for words in lines if words[2:5:2] == ["ESTABLISHED", ":".join(map(str, ECHO))]}


def lab(*words: str) -> None:
    """Do something to the farm."""
    run([str(PACKAGE.parent / "bin/lab"), *words], f"lab {' '.join(words)}", timeout=300)


def on(farm: Running, host: str, *words: str) -> str:
    """What a command on a host prints."""
    # Not by the connection that is kept, which a cut holds up.
    command = [*farm.ssh(farm.farm.host(host)), "-o", "ControlPath=none", *words]
    return run(command, f"Ask {host}.", timeout=60)


def holders(farm: Running, directors: tuple[str, ...] = DIRECTORS, vip: str = ECHO[0]) -> list[str]:
    """Who has a VIP: that of the echo service has the others with it."""
    return [host for host in directors if on(farm, host, "ip", "-o", "addr", "show", "to", vip)]


def until(true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """Wait for it; how long that took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


def stood_by(farm: Running, since: float) -> float:
    """When the last director began to stand by, as its keepalived says: to log in takes longer than that does."""
    command = "journalctl -q -u keepalived -o short-unix | grep 'Entering BACKUP STATE' | cut -d ' ' -f 1"
    times = [float(one) for host in DIRECTORS for one in on(farm, host, command).split()]
    return max(times) - since


def serving(farm: Running) -> tuple[str, str]:
    """The director that serves, and the one that stands by."""
    until(lambda: len(holders(farm)) == 1, "one director has the VIPs")
    (one,) = holders(farm)
    (other,) = (host for host in DIRECTORS if host != one)
    return one, other


def test_a_planned_failover_and_back(farm: Running, play: Play) -> None:
    for _turn in range(2):
        one, other = serving(farm)
        with clients(farm) as seen:
            play("playbooks/failover.yml", lvs_to=other)
        assert serving(farm) == (other, one)
        seen.tell(f"planned, {one} to {other} (target: 0 failed, all held, 0.3 s)")
        assert (seen.calls.failed, seen.held.broken) == ([], [])
        assert seen.held.slowest < 0.3


def test_power(farm: Running) -> None:
    one, other = serving(farm)
    with clients(farm) as seen, holding(farm, *ECHO, COUNT) as young:
        lab("kill", one)
        until(lambda: holders(farm, (other,)) == [other], f"{other} has the VIPs")
    seen.tell(f"power of {one} (target: all held, {MISSED} s)")
    Seen(seen.calls, young).tell("the same, connections that were just made (target: all held)")
    lab("reboot", "--power", one)
    assert serving(farm) == (other, one), "it came back and took the VIPs"
    assert (seen.held.broken, young.broken) == ([], [])
    assert seen.held.gap <= MISSED


@pytest.mark.parametrize("one", DIRECTORS[::-1])
def test_cut_off_and_healed(farm: Running, play: Play, one: str) -> None:
    """No carrier is lost: nobody but the other director notices. Then two serve, until they hear each other again.

    Then the first one serves. If it is the one that was cut off, it has not heard of the connections made meanwhile.
    """
    if serving(farm)[0] != one:
        play("playbooks/failover.yml", lvs_to=one)
    _one, other = serving(farm)
    with holding(farm, *ECHO, COUNT) as old:
        wait_until_known(farm)
        lab("cut", one)
        until(lambda: holders(farm, (other,)) == [other], f"{other} has the VIPs")
        with holding(farm, *ECHO, COUNT) as new:
            time.sleep(16)  # how long the cable is out is what is tried
            began = time.time()
            for nic in farm.farm.host(one).nics:
                network.plug(farm.sandbox, nic, connected=True)
            with calling(farm, *WEB) as calls:
                until(lambda: len(holders(farm)) == 1, "one director has the VIPs")
                time.sleep(5)  # so long clients go on after it
    healed = stood_by(farm, began)
    Seen(calls, old).tell(f"{one} cut off for 16 s, old connections (target: all held, {MISSED} s)")
    Seen(calls, new).tell(f"the same, new connections; one holder {healed:.1f} s after the heal (target: 2 s)")
    assert (old.broken, calls.failed) == ([], [])
    if one != DIRECTORS[0]:  # else the target is missed
        assert new.broken == []
    assert old.gap <= MISSED
    assert healed <= 2


def test_parted_from_each_other(farm: Running) -> None:
    with clients(farm) as seen:
        lab("cut", *DIRECTORS)
        until(lambda: holders(farm) == [*DIRECTORS], "both have the VIPs")
        time.sleep(2)  # both serve for a while
        began = time.time()
        network.join(farm.sandbox, [farm.farm.host(one) for one in DIRECTORS])
        until(lambda: len(holders(farm)) == 1, "one director has the VIPs")
    healed = stood_by(farm, began)
    seen.tell(f"directors parted; one holder {healed:.1f} s after the heal (target: 0 failed, all held, 2 s)")
    assert (seen.calls.failed, seen.held.broken) == ([], [])
    assert healed <= 2


def test_a_daemon_that_is_killed(farm: Running) -> None:
    one, other = serving(farm)
    with clients(farm) as seen:
        killed = float(
            on(farm, one, "kill -9 $(systemctl show --value -p MainPID keepalived); cut -d ' ' -f 1 /proc/uptime")
        )
        until(lambda: holders(farm, (other,)) == [other], f"{other} has the VIPs")
        until(lambda: is_active(farm, one) == "active\n", "keepalived runs again")
    started = on(farm, one, "systemctl", "show", "--value", "-p", "ActiveEnterTimestampMonotonic", "keepalived")
    back = float(started) / 1e6 - killed
    seen.tell(f"keepalived of {one} killed; it runs again after {back:.1f} s (target: all held, 0.1 s, 2 s)")
    assert seen.held.broken == []
    assert seen.held.gap <= 0.1 + 0.3
    assert back <= 2


def test_a_vip_is_added_host_by_host(farm: Running, play: Play) -> None:
    one, _other = serving(farm)
    before = taken(farm)
    added = ("192.168.1.112", 80)
    with clients(farm) as seen:
        play("site.yml", lvs_services=services(ECHO, WEB, added))
    seen.tell("a VIP is added (target: 0 failed, all held, never two directors with a VIP)")
    assert (seen.calls.failed, seen.held.broken) == ([], [])
    assert taken(farm) == before, "another director took VIPs"
    assert [host for host in DIRECTORS if added[0] in on(farm, host, "ip", "-o", "addr")] == [one]


def test_the_vip_in_the_adverts_goes(farm: Running, play: Play) -> None:
    """Directors that have different ones there do not hear each other."""
    one, other = serving(farm)
    echo = (WEB[0], ECHO[1])
    play("site.yml", lvs_services=services(ECHO, WEB, echo))
    before = taken(farm)
    with holding(farm, *echo, COUNT) as held, calling(farm, *WEB) as calls:
        play("site.yml", lvs_services=services(WEB, echo))
        until(lambda: on(farm, other, "cat", "/var/lib/lvs/director") == "0\n", f"{other} may take VIPs again")
        time.sleep(4 * INTERVAL)  # so long it would take to take them
    Seen(calls, held).tell("the VIP in the adverts goes (target: 0 failed, all held, never two directors with a VIP)")
    assert (calls.failed, held.broken) == ([], [])
    assert taken(farm) == before, "another director took VIPs"
    play("site.yml")
    assert holders(farm) == [one]


def taken(farm: Running, instance: str = "") -> list[str]:
    """How often each director took the VIPs, or those of one LVS."""
    command = f"journalctl -q -u keepalived | grep -c '{instance}.*Entering MASTER STATE' || :"
    return [on(farm, host, command) for host in DIRECTORS]


def services(*ports: tuple[str, int], **more: object) -> list[dict[str, object]]:
    """For lvs_services."""
    return [{"vip": vip, "port": port, "scheduler": "rr", **more} for vip, port in ports]


def is_active(farm: Running, host: str) -> str:
    """Whether keepalived runs."""
    return on(farm, host, "systemctl is-active keepalived || :")


def test_each_director_boots(farm: Running) -> None:
    for host in DIRECTORS:
        with clients(farm) as seen:
            lab("reboot", host)
        seen.tell(f"reboot of {host} (target: 0 failed, all held)")
        assert (seen.calls.failed, seen.held.broken) == ([], [])
        serving(farm)


def test_a_pair_becomes_one_and_a_pair_again(farm: Running, play: Play) -> None:
    if serving(farm)[0] != DIRECTORS[0]:
        play("playbooks/failover.yml", lvs_to=DIRECTORS[0])
    alone = services(ECHO, WEB, directors=[DIRECTORS[0]])
    with clients(farm) as seen:
        # All of the other one's table goes, and that of a VIP which was added.
        play("site.yml", lvs_services=alone, lvs_failover=None, lvs_removal="any")
    seen.tell("a pair becomes a single director (target: 0 failed, all held)")
    assert (seen.calls.failed, seen.held.broken) == ([], [])
    assert [is_active(farm, host) for host in DIRECTORS] == ["inactive\n"] * 2
    with clients(farm, alone=True) as seen:
        play("site.yml")
    seen.tell("it becomes a pair (target: 0 failed, all held)")
    assert (seen.calls.failed, seen.held.broken) == ([], [])
    assert serving(farm)[0] == DIRECTORS[1], "the second one takes the VIPs, then the first one gives its own up"


def test_another_lvs_on_the_same_directors(farm: Running, play: Play) -> None:
    """One keepalived moves the VIPs of both. Mail is set up, changed, switched and taken back, and web's stay put."""
    one, other = serving(farm)
    vip, added = ("192.168.1.120", 80), ("192.168.1.121", 80)
    failover = {"by": "vrrp", "router_id": 52, "sync": {"interface": "vec1", "id": 51}}

    def mail(playbook: str, *ports: tuple[str, int], **more: object) -> dict[str, int]:
        return play(playbook, lvs_name="mail", lvs_failover=failover, lvs_services=services(*ports), **more)

    before = taken(farm, "vec0_51")
    with clients(farm) as seen:
        mail("site.yml", vip)
        until(lambda: len(holders(farm, vip=vip[0])) == 1, "one director has mail's VIP")
        assert not any(mail("site.yml", vip).values())
        assert not any(play("site.yml").values())
        with calling(farm, *vip) as calls:
            mail("site.yml", vip, added)
            for host in (other, one, other):
                mail("playbooks/failover.yml", vip, added, lvs_to=host)
                assert holders(farm, vip=vip[0]) == holders(farm, vip=added[0]) == [host]
        # Each has another director serve now.
        mail("playbooks/doctor.yml", vip, added)
        play("playbooks/doctor.yml")
        mail("playbooks/teardown.yml", vip, added, lvs_teardown=True)
    seen.tell("another LVS comes, changes, is switched and goes (target: 0 failed, all held)")
    assert (seen.calls.failed, seen.held.broken, calls.failed) == ([], [], [])
    assert taken(farm, "vec0_51") == before, "another director took web's VIPs"
    assert holders(farm) == [one]
    assert [on(farm, host, "ls", "/etc/keepalived/lvs", "/var/lib/lvs").count("mail") for host in DIRECTORS] == [0, 0]


def test_all_is_as_planned_in_the_end(play: Play) -> None:
    assert not any(play("site.yml").values())
    play("playbooks/doctor.yml")
    play("playbooks/verify.yml")
