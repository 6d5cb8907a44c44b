# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`lvs_snat: [realservers]`: hosts outside, who know no way to the realservers, hear of them as the director."""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from lab.running import Running

Client = Callable[..., Any]
On = Callable[[str], Host]
Play = Callable[..., dict[str, int]]

OUTSIDE, DIRECTOR = "192.168.2.254", "192.168.2.9"
REALSERVERS = ("realserver1", "realserver2")
VIP, TELNET = "192.168.2.110", 23
PORT, TURNS = 8099, 10
# Tells one caller after the other which address it has.
MIRROR = f"""
import socket
with socket.create_server(("", {PORT})) as server:
    print("ready", flush=True)
    while True:
        connection, caller = server.accept()
        with connection:
            connection.sendall(caller[0].encode())
"""


def seen_as(on: On, realserver: str) -> str | None:
    """The address by which a host outside sees the realserver; None when it gets no answer."""
    done = on(realserver).run(f"nc -w 3 {OUTSIDE} {PORT} </dev/null")
    return str(done.stdout) or None


def rewrites_sources(director: Host) -> bool:
    """Whether its kernel can: the lab's newest has no packet filter at all."""
    return bool(director.run("modprobe --dry-run --quiet iptable_nat").succeeded)


def refused(client: Client, play: Play) -> None:
    """Nothing is done by half: who was served is served."""
    with pytest.raises(AssertionError, match=r"the\s+kernel\s+has\s+no\s+iptable_nat"):
        play("site.yml", lvs_snat=["realservers"])
    served(client)


def served(client: Client) -> None:
    """Who is served by the realservers connects to the VIP and to nobody else, as before."""
    answered = client("telnet", VIP, TELNET, TURNS * len(REALSERVERS))
    assert Counter(answered) == dict.fromkeys(REALSERVERS, TURNS)


def test_realservers_begin_connections_where_asked(farm: Running, on: On, client: Client, play: Play) -> None:
    if not rewrites_sources(on("director")):
        refused(client, play)
        return
    command = farm.ssh(farm.farm.host("client"), "python3", "-u", "-c", f"'{MIRROR}'")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as mirror:
        assert mirror.stdout is not None
        assert mirror.stdout.readline() == "ready\n"
        try:
            assert {seen_as(on, one) for one in REALSERVERS} == {None}
            play("site.yml", lvs_snat=["realservers"])
            assert {seen_as(on, one) for one in REALSERVERS} == {DIRECTOR}
            served(client)
            play("site.yml", lvs_snat=[])
            assert {seen_as(on, one) for one in REALSERVERS} == {None}
        finally:
            mirror.terminate()
