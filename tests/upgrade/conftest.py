# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that one release set up and the next one meets, each as its artefact installs it, with nothing of the checkout.

`pytest tests/upgrade --former FILE [--former FILE …] --next FILE`: tests/tools/release.sh builds the artefacts.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple, cast

import pytest

from lab.paths import PACKAGE
from lab.running import Running, current

ROOT = Path(__file__).resolve().parents[2]
WORKING = ("playbooks/", "plugins/", "roles/")
HOSTS = ("director", "realserver1", "realserver2")
# By farm: one way to the realservers, and all of them with gateways and every kind of tunnel.
INVENTORIES = {"dr": ROOT / "inventories/example", "one_network": ROOT / "molecule/mixed/inventory"}


class Play(NamedTuple):
    """What a playbook said, and how many of its tasks changed something, by host."""

    said: str
    changed: dict[str, int]


class Release:
    """One artefact, installed where there is nothing else."""

    def __init__(self, artefact: Path, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self._run("ansible-galaxy", "collection", "install", str(artefact), "-p", str(folder))

    def play(self, playbook: str, inventory: Path, *words: str) -> Play:
        """Run it to its end, which must be a good one."""
        inventories = ["-i", str(inventory), "-i", str(ROOT / "bin/lab-inventory")]
        said = self._run("ansible-playbook", f"linuxvirtualserver.lvs.{playbook}", *inventories, "--diff", *words)
        changed = re.findall(r"^(\S+)\s+: ok=\d+\s+changed=(\d+)", said, re.MULTILINE)
        return Play(said, {host: int(count) for host, count in changed if host in HOSTS})

    def _run(self, *words: str) -> str:
        """From a folder of its own, where no ansible.cfg is."""
        found = {**os.environ, "ANSIBLE_COLLECTIONS_PATH": str(self._folder), "ANSIBLE_NOCOLOR": "true"}
        done = subprocess.run(
            words, check=False, capture_output=True, text=True, timeout=600, cwd=self._folder, env=found
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout


class Farm(NamedTuple):
    """Virgin hosts, and the inventory for them."""

    running: Running
    inventory: Path

    def look(self) -> dict[str, Any]:
        """What lab/snapshot.py sees of each host now."""
        snapshot = (PACKAGE / "snapshot.py").read_text(encoding="utf-8")
        seen = {host: json.loads(lab("ssh", host, "--", "python3", "-", text=snapshot)) for host in HOSTS}
        return {
            host: {**found, "virtual_servers": by_service(found["virtual_servers"])} for host, found in seen.items()
        }


def by_service(lines: list[str]) -> dict[str, list[str]]:
    """The table, whose order in the kernel means nothing."""
    table: dict[str, list[str]] = {}
    service = ""
    for line in lines:
        if not line.startswith("->"):
            service = line
        table.setdefault(service, []).extend([] if line == service else [line])
    return {service: sorted(realservers) for service, realservers in table.items()}


def lab(*words: str | Path, text: str = "") -> str:
    """What a command of the lab prints."""
    done = subprocess.run(
        [ROOT / "bin/lab", *words], check=True, capture_output=True, input=text, text=True, timeout=600
    )
    return done.stdout


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--former", type=Path, action="append", help="artefact of a release that sets up the hosts")
    parser.addoption("--next", type=Path, help="artefact of the release that follows")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    formers = metafunc.config.getoption("--former")
    if not formers or not metafunc.config.getoption("--next"):
        raise pytest.UsageError("Between which releases? make rehearse-release builds them.")
    metafunc.parametrize("artefact", formers, ids=lambda one: one.parent.name, scope="module")


@pytest.fixture
def former(artefact: Path, tmp_path: Path) -> Release:
    """Who sets up the hosts."""
    return Release(artefact, tmp_path / "former")


@pytest.fixture
def same_code(artefact: Path, pytestconfig: pytest.Config) -> bool:
    """Whether both releases do the same: of their files, only those differ that have the version."""
    return contents(artefact) == contents(pytestconfig.getoption("--next"))


def contents(artefact: Path) -> dict[str, bytes]:
    """What works in an artefact."""
    with tarfile.open(artefact) as archive:
        members = [one for one in archive if one.isfile() and one.name.startswith(WORKING)]
        return {one.name: cast("IO[bytes]", archive.extractfile(one)).read() for one in members}


@pytest.fixture
def following(pytestconfig: pytest.Config, tmp_path: Path) -> Release:
    """Who meets them."""
    return Release(pytestconfig.getoption("--next"), tmp_path / "following")


@pytest.fixture(params=INVENTORIES)
def farm(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Farm]:
    """One for each test, of which nothing stays."""
    monkeypatch.setenv("LVS_LAB_STATE", str(tmp_path / "lab"))
    monkeypatch.setenv("PATH", f"{ROOT}/.venv/bin:{os.environ['PATH']}")
    try:
        lab("up", request.param)
        yield Farm(current(), INVENTORIES[request.param])
    finally:
        lab("down")
