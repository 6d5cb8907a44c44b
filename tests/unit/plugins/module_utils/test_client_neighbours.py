# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a client takes for a VIP."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils import _client_neighbours
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._client_neighbours import (
    Neighbour,
    Run,
    answer_of,
    look,
)

VIP, MAC = "192.168.1.110", "02:00:00:00:00:09"
ON_LINK = {"dst": VIP, "dev": "eth0", "prefsrc": "192.168.1.254"}


def says(route: object, neighbours: object = ()) -> Run:
    """An `ip` that says this."""

    def run(argv: Sequence[str]) -> str:
        assert argv[:2] == ["ip", "-json"]
        return json.dumps(route if argv[2] == "route" else neighbours)

    return run


@pytest.fixture(autouse=True)
def no_raw_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise PermissionError

    monkeypatch.setattr("socket.socket", refuse)


@pytest.mark.parametrize(
    ("run", "found"),
    [
        (says([ON_LINK], [{"dst": VIP, "lladdr": MAC, "state": ["REACHABLE"]}]), Neighbour(VIP, MAC)),
        (says([ON_LINK], [{"dst": VIP, "state": ["FAILED"]}]), Neighbour(VIP)),
        (
            says([{**ON_LINK, "gateway": "192.168.2.254"}]),
            Neighbour(VIP, problem="it is behind the router 192.168.2.254"),
        ),
        (says([]), Neighbour(VIP, problem="there is no route to it")),
        (lambda _argv: "", Neighbour(VIP, problem="there is no route to it")),
    ],
)
def test_what_ip_says(run: Run, found: Neighbour) -> None:
    assert look(VIP, run) == found


# Taken off the wire of farm dr: the director's answer to who-has 192.168.1.110.
REPLY = bytes.fromhex("02000000030402000000000908060001080006040002020000000009c0a8016e020000000304c0a801fe")


@pytest.mark.parametrize(
    ("frame", "mac"),
    [
        (REPLY, MAC),
        (REPLY + bytes(18), MAC),
        (REPLY[:20], None),
        (REPLY[:20] + b"\0\1" + REPLY[22:], None),
        (REPLY.replace(b"\xc0\xa8\x01\x6e", b"\xc0\xa8\x01\x6f"), None),
    ],
)
def test_who_answers(frame: bytes, mac: str | None) -> None:
    assert answer_of(frame, socket.inet_aton(VIP)) == mac


def test_a_question_is_answered_with_a_reply_to_it() -> None:
    question = _client_neighbours._question(bytes.fromhex("020000000304"), "192.168.1.254", VIP)
    assert question == (
        b"\xff" * 6 + REPLY[:6] + REPLY[12:20] + b"\0\1" + REPLY[32:42] + bytes(6) + socket.inet_aton(VIP)
    )
