# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`director_snat: [realservers]`: hosts outside, who know no way to the realservers, hear of them as the director."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from testinfra.host import Host

from lab.running import Running

Client = Callable[..., Any]
On = Callable[[str], Host]

OUTSIDE, DIRECTOR = "192.168.2.254", "192.168.2.9"
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


def apply(repository: Path, asked: list[str]) -> None:
    """site.yml with this `director_snat`."""
    inventories = ["-i", "molecule/nat/inventory", "-i", "bin/lab-inventory"]
    command = ["ansible-playbook", "site.yml", *inventories, "-e", json.dumps({"director_snat": asked})]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def seen_as(on: On, realserver: str) -> str | None:
    """The address by which a host outside sees the realserver; None when it gets no answer."""
    done = on(realserver).run(f"nc -w 3 {OUTSIDE} {PORT} </dev/null")
    return str(done.stdout) or None


def test_realservers_begin_connections_where_asked(farm: Running, on: On, client: Client, repository: Path) -> None:
    realservers = ("realserver1", "realserver2")
    command = farm.ssh(farm.farm.host("client"), "python3", "-u", "-c", f"'{MIRROR}'")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as mirror:
        assert mirror.stdout is not None
        assert mirror.stdout.readline() == "ready\n"
        try:
            assert {seen_as(on, one) for one in realservers} == {None}
            apply(repository, ["realservers"])
            assert {seen_as(on, one) for one in realservers} == {DIRECTOR}
            # Who is served by them still connects to the VIP and to nobody else.
            answered = client("telnet", VIP, TELNET, TURNS * len(realservers))
            assert Counter(answered) == dict.fromkeys(realservers, TURNS)
            apply(repository, [])
            assert {seen_as(on, one) for one in realservers} == {None}
        finally:
            mirror.terminate()
