# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""client_witness really asks, on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence import client_witness as body
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.talk import Probe, Seen
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.keeper import Keeper
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import client_witness as module

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

HERE = "127.0.0.1"


@pytest.fixture
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = tmp_path / "witness.json"
    monkeypatch.setattr(body, "RECORD", str(path))
    monkeypatch.setattr(body, "COUNTS", str(tmp_path / "counts.json"))
    yield path
    Keeper(str(path), {}).stop()


@contextmanager
def service() -> Iterator[int]:
    """It accepts whoever comes."""
    with socket.create_server((HERE, 0)) as server:
        thread = threading.Thread(target=_accept, args=(server,), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _accept(server: socket.socket) -> None:
    while True:
        try:
            server.accept()[0].close()
        except OSError:
            return


def started(port: int) -> dict[str, Any]:
    return {"state": "started", "rate": 50, "probes": [{"address": HERE, "port": port}]}


def until_counted(run_module: RunModule, outcome: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = run_module(module, {"state": "read"})
        if found["outcomes"].get(outcome):
            return found
        time.sleep(0.1)
    pytest.fail(f"nothing was {outcome}")


def test_it_counts_until_it_is_stopped(run_module: RunModule, record: Path) -> None:
    with service() as port:
        begun = run_module(module, started(port))
        assert (begun["changed"], begun["before"], begun["after"]) == (True, [], [f"tcp {HERE}:{port}"])
        found = until_counted(run_module, "answered")
        assert not found["changed"]
        assert set(found["outcomes"]) == {"answered"}
    found = until_counted(run_module, "refused")
    ended = run_module(module, {"state": "stopped"})
    assert (ended["changed"], ended["before"], ended["after"]) == (True, [f"tcp {HERE}:{port}"], [])
    assert ended["asked"] >= found["asked"] == sum(found["outcomes"].values())
    assert list(record.parent.iterdir()) == []
    again = run_module(module, {"state": "stopped"})
    assert (again["changed"], again["asked"]) == (False, 0)


def test_check_mode_asks_nobody(run_module: RunModule, record: Path) -> None:
    found = run_module(module, started(9), check_mode=True)
    assert (found["changed"], found["commands"]) == (True, [f"ask for tcp {HERE}:9"])
    assert not record.exists()


@pytest.mark.usefixtures("record")
def test_two_lvs_have_their_own(run_module: RunModule) -> None:
    run_module(module, {**started(9), "lvs_name": "mail"})
    try:
        assert run_module(module, {"state": "stopped"})["before"] == []
        assert run_module(module, {"state": "read", "lvs_name": "mail"})["before"] == [f"tcp {HERE}:9"]
    finally:
        run_module(module, {"state": "stopped", "lvs_name": "mail"})


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize("odd", ["{", '{"asked": -1, "outcomes": {}}', '{"asked": 1, "outcomes": {"answered": "x"}}'])
def test_counts_that_cannot_be_read_are_none(run_module: RunModule, odd: str) -> None:
    Path(body.COUNTS).write_text(odd, encoding="utf-8")
    found = run_module(module, {"state": "read"})
    assert (found["asked"], found["outcomes"]) == (0, {})
    assert "not known any more" in str(found["warnings"])


@pytest.mark.usefixtures("record")
@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ({"probes": []}, "probes: is nothing to ask for"),
        ({"rate": 0}, "rate: is no number of requests a second (got 0)"),
        ({"probes": [{"address": "x", "port": 1}]}, "is not an IP address (got 'x')"),
        ({"lvs_name": "../x"}, "lvs_name"),
    ],
)
def test_what_is_refused(run_module: RunModule, odd: dict[str, Any], said: str) -> None:
    assert said in run_module(module, {**started(9), **odd})["msg"]


def test_it_goes_round_and_does_not_wait_for_an_answer() -> None:
    probes = [Probe(HERE, port, "tcp", "connect", 1, 0, "") for port in (1, 2)]
    asked: list[int] = []
    saved: list[dict[str, Any]] = []
    enough = threading.Event()

    def ask(probe: Probe) -> Seen:
        asked.append(probe.port)
        if len(asked) == 6:
            enough.set()
        enough.wait(5)  # nobody is answered before the sixth has asked
        return Seen(HERE, 0, "answered")

    body.watch(probes, 100, lambda count: saved.append(count.to_dict()), lambda: not enough.is_set(), ask)
    assert asked[:6] == [1, 2] * 3
    assert saved[0] == {"asked": 0, "outcomes": {}}
