# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who a client takes for a VIP."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.neighbours import Neighbour, look
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.links import Run

VIP, MAC = "192.168.1.110", "02:00:00:00:00:09"
ON_LINK = {"dst": VIP, "dev": "eth0", "prefsrc": "192.168.1.254"}


def says(route: object, neighbours: object = ()) -> Run:
    """An `ip` that says this."""

    def run(argv: Sequence[str]) -> str:
        assert argv[:2] == ("ip", "-j")
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
