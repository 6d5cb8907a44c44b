# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures that every scenario's tests share: the farm that is up, its hosts, its plan, and a client's view."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

from lab.paths import PACKAGE
from lab.run import run
from lab.running import Running, current

TELNET = 23

Client = Callable[..., Any]
Snapshot = Callable[..., dict[str, Any]]
Play = Callable[..., dict[str, int]]
TryPlay = Callable[..., "subprocess.CompletedProcess[str]"]


@functools.cache
def read_plan() -> dict[str, Any]:
    """The plan that prepare.yml kept. An old file calls the hosts as it likes: here they have the farm's names."""
    plan: dict[str, Any] = json.loads(Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "plan.json").read_text())
    machines = {str(one.ip): host.name for host in current().farm.hosts for nic in host.nics for one in nic.addresses}
    names = {
        host: machines[(slices.get("director", {}).get("dips") or slices["realserver"]["rips"])[0]]
        for host, slices in plan["hosts"].items()
    }
    return {**plan, "hosts": {names[host]: slices for host, slices in plan["hosts"].items()}}


def hosts_as(role: str) -> list[str]:
    """The hosts that have this role in the plan."""
    return [host for host, slices in read_plan()["hosts"].items() if role in slices]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for a `director`, a `realserver` or a `service` of the plan runs once for each.

    `tunnelled` is a service whose packets are wrapped, and which sends back what it gets.
    """
    for role in ("director", "realserver"):
        if role in metafunc.fixturenames:
            metafunc.parametrize(role, hosts_as(role))
    wanted = {"service", "tunnelled"} & set(metafunc.fixturenames)
    if wanted:
        services = read_plan()["hosts"][hosts_as("director")[0]]["director"]["services"]
        if wanted == {"tunnelled"}:
            services = [one for one in services if {rs["forwarding"] for rs in one["realservers"]} == {"tun"}]
            services = [one for one in services if one["port"] == TELNET]
        names = [f"{one['vip']}-{one['port']}-{one['realservers'][0]['forwarding']}" for one in services]
        metafunc.parametrize(wanted.pop(), services, ids=names)


@pytest.fixture(scope="session")
def plan() -> dict[str, Any]:
    """The plan of the scenario's inventory."""
    return read_plan()


@pytest.fixture(scope="session")
def farm() -> Running:
    """The farm that is up."""
    return current()


@pytest.fixture(scope="session")
def on(farm: Running) -> Callable[[str], Host]:
    """on("director") is that host, seen by testinfra."""
    hosts = {
        host.name: testinfra.get_host(f"ssh://{host.name}", ssh_config=str(farm.folder / "ssh_config"))
        for host in farm.farm.hosts
    }
    return hosts.__getitem__


def run_on(farm: Running, name: str, script: str, *words: object) -> Any:
    """What one of the lab's scripts says when run on a host."""
    command = farm.ssh(farm.farm.host(name), "python3", "-", *(str(word) for word in words))
    text = (PACKAGE / script).read_text()
    return json.loads(run(command, f"Look at {name}.", input_text=text, timeout=120))


@pytest.fixture(scope="session")
def client(farm: Running) -> Client:
    """client("http", vip, 80, 20): what lab/client.py says when run on the client."""
    return functools.partial(run_on, farm, "client", "client.py")


@pytest.fixture(scope="session")
def look(farm: Running) -> Snapshot:
    """look("director", "sysctls"): what lab/snapshot.py says of that host now."""
    return lambda name, *looks: run_on(farm, name, "snapshot.py", *looks)


@pytest.fixture(scope="session")
def snapshot(look: Snapshot) -> Snapshot:
    """The same, looked at once for all tests."""
    return functools.cache(look)


@pytest.fixture(scope="session")
def try_play(plan: dict[str, Any]) -> TryPlay:
    """try_play("site.yml", "--check", lvs_snat=[]): run a playbook with the scenario's inventories."""
    inventories = [word for inventory in plan["inventories"] for word in ("-i", inventory)]

    def tried(playbook: str, *options: str, **variables: object) -> subprocess.CompletedProcess[str]:
        command = ["ansible-playbook", playbook, *inventories, *options, "-e", json.dumps(variables)]
        plain = {**os.environ, "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_NOCOLOR": "true"}
        return subprocess.run(command, cwd=PACKAGE.parent, env=plain, capture_output=True, text=True, check=False)

    return tried


@pytest.fixture(scope="session")
def play(try_play: TryPlay) -> Play:
    """The same, but it must succeed; by host, how many tasks changed something."""

    def played(playbook: str, *options: str, **variables: object) -> dict[str, int]:
        done = try_play(playbook, *options, **variables)
        assert done.returncode == 0, done.stdout + done.stderr
        changed = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", done.stdout, re.MULTILINE)
        return {host: int(count) for host, count in changed}

    return played
