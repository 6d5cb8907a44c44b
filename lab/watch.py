# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who claims an address on a farm's segments, at every instant: starts the witness and reads what it wrote down."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lab.errors import LabError
from lab.paths import PACKAGE
from lab.running import Running

SECONDS = 10.0

Story = dict[str, Any]


def start(farm: Running, addresses: Iterable[str]) -> None:
    """Watch all segments for these addresses, from now until the farm ends or `start` is called again."""
    stop(farm)
    own = {segment: str(interface.ip) for segment, interface in farm.farm.controller if interface.version == 4}
    segments = [f"{segment}={own.get(segment, '')}" for segment in farm.farm.segments]
    witness = [sys.executable, "-I", str(PACKAGE / "witness.py"), str(_file(farm)), *segments, "--", *addresses]
    with _log(farm).open("wb") as log:
        subprocess.run(
            farm.sandbox.enter("setsid", "--fork", *witness),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
        )
    deadline = time.monotonic() + SECONDS
    while not _file(farm).exists():
        if time.monotonic() > deadline:
            raise LabError("The witness did not start.", "See what it says.", _log(farm).read_text())
        time.sleep(0.05)


def stop(farm: Running) -> None:
    """Watch no longer, and forget."""
    if _file(farm).exists():
        farm.sandbox.signal(_read(farm)["pid"], signal.SIGTERM)
        _file(farm).unlink()


def story(farm: Running) -> Story:
    """Everything heard until this moment. The claims name the host whose MAC it is."""
    asked = time.time()
    told = _read(farm)
    while told["until"] < asked:
        if time.time() > asked + SECONDS:
            raise LabError("The witness writes no more.", "See what it says.", _log(farm).read_text())
        time.sleep(0.05)
        told = _read(farm)
    hosts = {nic.mac: host.name for host in farm.farm.hosts for nic in host.nics}
    for claim in told["claims"]:
        claim["host"] = hosts.get(claim["mac"], "a stranger")
    return told


def claimants(farm: Running) -> dict[str, list[str]]:
    """By address, who claimed it until this moment. Fails when a message was missed."""
    told = story(farm)
    if told["lost"]:
        raise LabError(f"The witness lost {told['lost']} messages.", "Watch fewer addresses, or load the machine less.")
    found: dict[str, set[str]] = {}
    for claim in told["claims"]:
        found.setdefault(claim["address"], set()).add(claim["host"])
    return {address: sorted(hosts) for address, hosts in sorted(found.items())}


def _read(farm: Running) -> Story:
    try:
        told: Story = json.loads(_file(farm).read_text())
    except FileNotFoundError as error:
        raise LabError("Nobody watches this farm.", "Begin with: lab watch ADDRESS…") from error
    return told


def _file(farm: Running) -> Path:
    return farm.folder / "witness.json"


def _log(farm: Running) -> Path:
    return farm.folder / "witness.log"
