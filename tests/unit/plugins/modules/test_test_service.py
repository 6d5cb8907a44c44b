# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""test_service really listens, on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence import test_service as body
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.talk import Probe, ask
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.keeper import Keeper
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import test_service as module

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

HERE = "127.0.0.1"


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "service.json"
    monkeypatch.setattr(body, "RECORD", str(path))
    yield path
    Keeper(str(path), {}).stop()


@pytest.fixture
def args() -> dict[str, Any]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((HERE, 0))
        port = free.getsockname()[1]
    return {
        "name": "realserver1",
        "token": "secret",
        "listen": [{"address": HERE, "port": port}, {"address": "192.0.2.1", "port": port, "protocol": "udp"}],
    }


def answer(port: int) -> str:
    return ask(Probe(HERE, port, "tcp", "test", 1, 100_000, "secret"), 5.0, lambda: None).answer


def test_two_lvs_have_their_own(run_module: RunModule, record: Path, args: dict[str, Any]) -> None:
    """Whoever starts or stops one leaves the other one's as it is."""
    port = args["listen"][0]["port"]
    run_module(module, args)
    elsewhere = {"name": "realserver1", "token": "secret", "listen": [{"address": "127.0.0.2", "port": port}]}
    run_module(module, {**elsewhere, "lvs_name": "mail"})
    try:
        assert answer(port) == "realserver1"
        run_module(module, {"state": "stopped"})
        others = Keeper(str(record.with_name("service-mail.json")), {})
        assert others.is_waiting()
    finally:
        run_module(module, {"state": "stopped", "lvs_name": "mail"})
    assert not others.is_waiting()


def test_it_runs_until_it_is_stopped(run_module: RunModule, record: Path, args: dict[str, Any]) -> None:
    port = args["listen"][0]["port"]
    listening = [f"tcp {HERE}:{port}", f"udp 192.0.2.1:{port}"]
    checked = run_module(module, args, check_mode=True, diff=True)
    assert not record.exists()
    started = run_module(module, args, diff=True)
    assert started["diff"] == {"before": "", "after": "".join(f"{line}\n" for line in listening)}
    assert checked == started
    assert (started["before"], started["after"]) == ([], listening)
    assert started["commands"] == [f"listen on {', '.join(listening)} for 120 s"]
    child = (Keeper(str(record), {}).read().value or {})["pid"]
    assert [answer(port), answer(port)] == ["realserver1", "realserver1"]
    assert run_module(module, {"state": "stopped"}, check_mode=True)["changed"]
    stopped = run_module(module, {"state": "stopped"})
    os.waitpid(child, 0)
    assert (stopped["changed"], stopped["before"], stopped["after"]) == (True, listening, [])
    assert not record.exists()
    assert answer(port) == ""
    again = run_module(module, {"state": "stopped"})
    assert (again["changed"], again["commands"]) == (False, [])


def test_a_port_that_is_taken(run_module: RunModule, record: Path, args: dict[str, Any]) -> None:
    with socket.socket() as other:
        other.bind((HERE, args["listen"][0]["port"]))
        other.listen()
        refused = run_module(module, args)
    assert "listen: cannot be listened on: Address already" in refused["msg"]
    assert not record.exists()


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"listen": []}, "state is started but all of the following are missing: name, token"),
        (
            {"name": "one", "token": "secret", "listen": [{"address": "x", "port": 1}]},
            "listen[0].address: is not an IP address (got 'x').",
        ),
    ],
)
def test_refusals(run_module: RunModule, args: dict[str, Any], message: str) -> None:
    assert run_module(module, args)["msg"] == message
