# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Realservers fail, come back and are drained; what the directors' tables and clients show of each.

Each prints its figures: a figure that misses its target fails. Each test leaves all realservers in the table.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lab.calls import calling, holding
from lab.paths import PACKAGE
from lab.run import run
from lab.running import Running

Play = Callable[..., dict[str, int]]

WEB, ECHO = ("192.168.1.111", 80), ("192.168.1.110", 23)
DIRECTORS = ("director1", "director2")
RIP = "192.168.1.12"  # of realserver2
COUNT = 20
NOTICED = 2 + (1 + 1) * (1 + 1)  # seconds, by the inventory
PATIENCE = 60.0


def lab(*words: str) -> None:
    """Do something to the farm."""
    run([str(PACKAGE.parent / "bin/lab"), *words], f"lab {' '.join(words)}", timeout=300)


def on(farm: Running, host: str, *words: str) -> str:
    """What a command on a host prints."""
    return run([*farm.ssh(farm.farm.host(host)), *words], f"Ask {host}.", timeout=60)


def weights(farm: Running, host: str, service: tuple[str, int], rip: str = RIP) -> list[str]:
    """The weight of a realserver in the table of a director; none when it is not there."""
    vip, port = service
    lines = [line.split() for line in on(farm, host, "ipvsadm", "-Sn").splitlines()]
    return [words[-1] for words in lines if words[0] == "-a" and f"{vip}:{port}" in words and f"{rip}:{port}" in words]


def until(true: Callable[[], bool], what: str, seconds: float = PATIENCE) -> float:
    """Wait for it; how long that took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            pytest.fail(f"not within {seconds} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - began


def everywhere(farm: Running, service: tuple[str, int], wanted: list[str]) -> bool:
    return all(weights(farm, host, service) == wanted for host in DIRECTORS)


def tell(text: str) -> None:
    sys.stdout.write(f"\n{text}\n")


@contextmanager
def without_a_web_server(farm: Running, *hosts: str) -> Iterator[None]:
    for host in hosts:
        on(farm, host, "systemctl stop nginx")
    yield
    for host in hosts:
        on(farm, host, "systemctl start nginx")


def test_a_daemon_that_dies_loses_its_clients_to_the_other_realserver(farm: Running) -> None:
    with holding(farm, *ECHO, COUNT) as held:
        with without_a_web_server(farm, "realserver2"):
            out = until(lambda: everywhere(farm, WEB, []), "realserver2 is out of the table")
            with calling(farm, *WEB) as calls:
                time.sleep(3)  # so long clients call
        back = until(lambda: everywhere(farm, WEB, ["1"]), "realserver2 is back")
    tell(f"nginx of realserver2 stopped: out after {out:.1f} s (target: {NOTICED} s), back after {back:.1f} s")
    tell(
        f"then HTTP failed {len(calls.failed)} of {calls.requests}; held {held.held - len(held.broken)} of {held.held}"
    )
    assert out <= NOTICED + 1  # the last second is to look
    assert (calls.failed, held.broken) == ([], [])


def test_a_machine_that_dies(farm: Running) -> None:
    lab("kill", "realserver2")
    out = until(lambda: everywhere(farm, WEB, []), "realserver2 is out of the table")
    until(lambda: everywhere(farm, ECHO, []), "realserver2 is out of the other one")
    with calling(farm, *WEB) as calls:
        time.sleep(3)  # so long clients call
    lab("reboot", "--power", "realserver2")
    back = until(lambda: everywhere(farm, WEB, ["1"]) and everywhere(farm, ECHO, ["1"]), "realserver2 is back")
    tell(f"power of realserver2: out after {out:.1f} s (target: {NOTICED} s), back {back:.1f} s after its boot")
    tell(f"meanwhile HTTP failed {len(calls.failed)} of {calls.requests}")
    assert out <= NOTICED + 1
    assert calls.failed == []


def test_who_fails_is_no_change_of_a_run(farm: Running, play: Play) -> None:
    with without_a_web_server(farm, "realserver2"):
        until(lambda: everywhere(farm, WEB, []), "realserver2 is out of the table")
        assert not any(play("site.yml", "--limit", "directors,realserver1").values())
    until(lambda: everywhere(farm, WEB, ["1"]), "realserver2 is back")


def test_who_is_drained_stays_so_through_everything(farm: Running, play: Play) -> None:
    with holding(farm, *ECHO, COUNT) as held:
        time.sleep(2)  # each director knows of them
        drain(farm, "1")
        until(lambda: everywhere(farm, ECHO, ["0"]), "realserver2 gets no new connections")
        play("site.yml")
        assert everywhere(farm, ECHO, ["0"])
        standby = next(host for host in DIRECTORS if not on(farm, host, "ip", "-o", "addr", "show", "to", ECHO[0]))
        lab("reboot", standby)
        until(lambda: everywhere(farm, ECHO, ["0"]), "it is drained after a boot as well")
        drain(farm, "0")
        until(lambda: everywhere(farm, ECHO, ["1"]), "realserver2 gets connections again")
    tell(f"drained, through a run and a boot: held {held.held - len(held.broken)} of {held.held} (target: all)")
    assert held.broken == []


def drain(farm: Running, word: str) -> None:
    vip, port = ECHO
    for host in DIRECTORS:
        on(farm, host, f"echo {word} > /var/lib/lvs/drain/tcp_{vip}_{port}-{RIP}_{port}")


def test_the_table_goes_to_ipvs_table_and_back(farm: Running, play: Play) -> None:
    services = [{"vip": vip, "port": port, "scheduler": "rr"} for vip, port in (ECHO, WEB)]
    with holding(farm, *ECHO, COUNT) as held, calling(farm, *WEB) as calls:
        time.sleep(5)  # each director knows of them
        play("site.yml", lvs_services=services)
        assert [on(farm, host, "ls /etc/keepalived/lvs") for host in DIRECTORS] == ["lvs.conf\n"] * 2
        play("site.yml")
        assert [on(farm, host, "ls /etc/keepalived/lvs") for host in DIRECTORS] == ["lvs.conf\nlvs.servers.conf\n"] * 2
    tell(
        f"keepalived to ipvs_table and back: HTTP failed {len(calls.failed)} of {calls.requests}, slowest "
        f"{calls.slowest} s; held {held.held - len(held.broken)} of {held.held} (target: 0 failed, all held)"
    )
    assert (calls.failed, held.broken) == ([], [])


def test_all_of_a_service_fail(farm: Running) -> None:
    with without_a_web_server(farm, "realserver1", "realserver2"):
        until(
            lambda: not any("192.168.1.111:80 -r" in on(farm, host, "ipvsadm", "-Sn") for host in DIRECTORS),
            "none is left",
        )
    until(lambda: everywhere(farm, WEB, ["1"]), "realserver2 is back")
