# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures that every scenario's tests share: the farm that is up, its hosts through SSH, and a client's view."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import testinfra
from testinfra.host import Host

from lab.paths import PACKAGE
from lab.run import run
from lab.running import Running, current

Client = Callable[..., Any]


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


@pytest.fixture(scope="session")
def controller(farm: Running) -> Callable[..., str]:
    """Run a command on the farm's network, on the controller: a third host of the segment."""
    return farm.sandbox.run


@pytest.fixture(scope="session")
def client(farm: Running) -> Client:
    """client("http", vip, 80, 20): what lab/client.py says when run on the client."""
    script = (PACKAGE / "client.py").read_text()
    client = farm.farm.host("client")

    def act(*words: object) -> Any:
        command = farm.ssh(client, "python3", "-", *(str(word) for word in words))
        return json.loads(run(command, "Look at the client.", input_text=script, timeout=120))

    return act


@pytest.fixture
def answering_macs(controller: Callable[..., str]) -> Callable[[str, str], set[str]]:
    """answering_macs("lan", vip): every MAC that answers a broadcast who-has from the controller."""

    def ask(segment: str, address: str) -> set[str]:
        command = ["arping", "-c", "5", "-w", "5", "-W", "0.2", "-i", segment, "-r", address]
        return set(re.findall(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}", controller(*command)))

    return ask


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parent.parent
