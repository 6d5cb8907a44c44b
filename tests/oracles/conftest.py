# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs whose files we read, on a lab guest."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
# What the guest knows, and the readers are told alike.
NAMES = {"rs1.example.com": "10.8.0.21", "vip.example.com": "10.9.200.1"}
PORTS = {"domain": 53, "http": 80, "sip": 5060}
SET_UP = "\n".join(
    [
        *(f"echo {address} {name} >>/etc/hosts" for name, address in NAMES.items()),
        *(f"echo {name} {port}/tcp >>/etc/services" for name, port in PORTS.items()),
        *(f"echo {name} {port}/udp >>/etc/services" for name, port in PORTS.items()),
    ]
)

Answer = dict[str, str]
Guest = Callable[..., str]
Case = tuple[str, str]
Ask = Callable[[Sequence[Case]], list[Answer]]
Say = Callable[[str], None]
# So many files are read by one command, which has its time limit.
FILES_AT_ONCE = 10


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--files", type=int, default=2, help="how many generated files each program reads")
    parser.addoption("--seed", type=int, default=1, help="another seed makes other files")


def lab(*words: str, text: str = "") -> str:
    ran = subprocess.run(
        [ROOT / "bin/lab", *words], check=False, capture_output=True, input=text, text=True, timeout=600, cwd=ROOT
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-2000:]
    return ran.stdout


@pytest.fixture(scope="session")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guest]:
    """Runs a script in the guest, with what it reads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVS_LAB_STATE", str(tmp_path_factory.mktemp("lab")))
        patch.setenv("PATH", f"{ROOT}/.venv/bin:{os.environ['PATH']}")

        def run(script: str, text: str = "") -> str:
            return lab("ssh", "director", "--", script, text=text)

        try:
            lab("up", str(HERE / "farm.yml"))
            run("bash -s", SET_UP)
            run("cat >/run/agent.py", (HERE / "agent.py").read_text())
            yield run
        finally:
            lab("down")


@pytest.fixture
def ask(guest: Guest) -> Ask:
    """Lets each program read its files in the guest."""

    def answers(cases: Sequence[Case]) -> list[Answer]:
        found: list[Any] = []
        for first in range(0, len(cases), FILES_AT_ONCE):
            some = cases[first : first + FILES_AT_ONCE]
            found += json.loads(guest("python3 /run/agent.py", json.dumps(some)))
        return found

    return answers


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Say:
    """Shows a line though the test passes."""

    def line(text: str) -> None:
        with capsys.disabled():
            request.config.get_terminal_writer().line(f"\n{request.node.name}: {text}")

    return line
