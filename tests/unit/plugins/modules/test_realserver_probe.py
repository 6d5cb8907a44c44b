# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""realserver_probe against sockets of this machine, and against a realserver that answers by another gateway."""

from __future__ import annotations

import socket
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence import realserver
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import realserver_probe

if t.TYPE_CHECKING:
    from collections.abc import Iterator

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule


@pytest.fixture
def printer() -> Iterator[dict[str, t.Any]]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield {"name": "printer", "address": "127.0.0.1", "port": listener.getsockname()[1], "gateway": "10.1.1.1"}


def test_one_that_answers_by_the_director(printer: dict[str, t.Any], run_module: RunModule) -> None:
    result = run_module(realserver_probe, {"realservers": [{**printer, "source": "127.0.0.2"}]}, check_mode=True)
    assert not result["changed"]
    assert result["realservers"] == [
        {"name": "printer", "address": "127.0.0.1", "port": printer["port"], "gateway_is_right": True}
    ]


@pytest.mark.parametrize("source", [None, "192.0.2.1"])
def test_what_cannot_be_told_is_not_claimed(
    printer: dict[str, t.Any], run_module: RunModule, source: str | None
) -> None:
    result = run_module(realserver_probe, {"realservers": [{**printer, "source": source}]})
    assert result["realservers"][0]["gateway_is_right"] is None


def test_one_whose_gateway_is_another(
    printer: dict[str, t.Any], run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realserver, "knock", lambda *asked: realserver.OPEN if asked[2] is None else realserver.SILENT)
    result = run_module(realserver_probe, {"realservers": [{**printer, "source": "192.0.2.1"}]})
    assert result["msg"] == (
        "printer: answers this director's own address but not 192.0.2.1, so its packets for clients go by another "
        f"gateway (got '127.0.0.1 port {printer['port']}'). Fix: Set its default gateway to 10.1.1.1 "
        "(LVS-mini-HOWTO 3.11)."
    )


def test_all_that_do_not_serve_are_named(run_module: RunModule, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        realserver, "knock", lambda address, *_asked: realserver.REFUSED if address == "10.0.0.1" else realserver.SILENT
    )
    asked = [{"name": name, "address": f"10.0.0.{name}", "port": 9100} for name in ("1", "2")]
    said = run_module(realserver_probe, {"realservers": asked})["msg"].splitlines()
    assert said[0].startswith("1: refuses connections when this director asks (got '10.0.0.1 port 9100').")
    assert said[1].startswith("2: does not answer when this director asks (got '10.0.0.2 port 9100').")


def test_a_refusal_is_told_from_silence() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        assert realserver.knock("127.0.0.1", port, None, 1) == realserver.REFUSED
    # Nothing leads to this network (TEST-NET-1), or it does not answer.
    assert realserver.knock("192.0.2.1", 9, "127.0.0.1", 0.2) == realserver.SILENT
