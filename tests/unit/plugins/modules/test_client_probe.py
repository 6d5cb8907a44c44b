# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""client_probe asks real sockets of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence import client_probe as body
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.talk import Probe
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import client_probe

if TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule

HERE = "127.0.0.1"


@pytest.fixture
def greeter() -> Iterator[int]:
    """A server that greets whoever comes, and whose connections all stay open."""
    with socket.socket() as listener:
        listener.bind((HERE, 0))
        listener.listen(64)
        kept: list[socket.socket] = []

        def greet() -> None:
            for _number in range(5):
                kept.append(listener.accept()[0])
                kept[-1].sendall(b"realserver1\n")

        worker = threading.Thread(target=greet)
        worker.start()
        yield listener.getsockname()[1]
        worker.join()
        for one in kept:
            one.close()


def test_all_connections_are_asked(run_module: RunModule, greeter: int) -> None:
    probes = [
        {"address": HERE, "port": greeter, "way": "greeting", "connections": 3},
        {"address": HERE, "port": greeter, "way": "greeting", "connections": 2},
    ]
    result = run_module(client_probe, {"probes": probes})
    seen = [[one["answer"] for one in probe["connections"]] for probe in result["results"]]
    assert seen == [["realserver1"] * 3, ["realserver1"] * 2]
    assert result["addresses"] == [HERE]
    assert len({one["client_port"] for probe in result["results"] for one in probe["connections"]}) == 5
    assert not result["changed"]


def test_check_mode_asks_nobody(run_module: RunModule) -> None:
    probes = [{"address": HERE, "port": 1, "connections": 100}]
    assert "results" not in run_module(client_probe, {"probes": probes}, check_mode=True)


def test_no_probes(run_module: RunModule) -> None:
    assert run_module(client_probe, {"probes": []})["results"] == []


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {"probes": [], "inside": {HERE: "VIP"}},
            "inside: is the VIP and an address of this host, so it is not a client (got '127.0.0.1'). Fix: Ask from "
            "one outside the LVS.",
        ),
        (
            {"probes": [{"address": "web", "port": 80}]},
            "probes[0].address: is not an IP address (got 'web').",
        ),
    ],
)
def test_refusals(run_module: RunModule, args: dict[str, Any], message: str) -> None:
    assert run_module(client_probe, args)["msg"] == message


def test_services_go_together_as_far_as_their_connections_do() -> None:
    probes = [
        Probe(HERE, port, "tcp", "connect", number, 0, "") for port, number in ((1, 200), (2, 56), (3, 1), (4, 300))
    ]
    assert [[one.port for one in batch] for batch in body.batches(probes)] == [[1, 2], [3], [4]]


def test_neighbours_are_told(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"route": '[{"dev": "eth0", "gateway": "192.168.2.254"}]'}
    monkeypatch.setattr(body, "execute", lambda argv: Completed(tuple(argv), 0, said[argv[2]], ""))
    (neighbour,) = run_module(client_probe, {"probes": [], "neighbours": ["192.168.1.110"]})["neighbours"]
    assert neighbour["problem"] == "it is behind the router 192.168.2.254"


def test_a_host_without_ip_says_so(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_argv: object) -> Completed:
        raise LvsError("command", "ip", "is not installed on this host.")

    monkeypatch.setattr(body, "execute", missing)
    (neighbour,) = run_module(client_probe, {"probes": [], "neighbours": ["192.168.1.110"]})["neighbours"]
    assert neighbour["problem"] == "command: is not installed on this host (got 'ip')."
