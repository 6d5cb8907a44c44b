# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines that an operator reads."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.words import (
    command,
    connections,
    drained,
    progress,
    restored,
    whose,
)

ROW: dict[str, t.Any] = {
    "host": "realserver2",
    "name": "http",
    "before": 1,
    "after": 0,
    "start": 20,
    "end": 0,
    "clients": 0,
    "seconds": 14,
    "forced": False,
    "done": True,
}


def test_progress() -> None:
    row = {"host": "realserver2", "name": "http", "left": 20, "clients": 0}
    assert progress([row], 10.4, 300) == [
        "realserver2: 20 connections of http left after 10 s, waiting for 300 s at most"
    ]


def test_numbers() -> None:
    said = [connections(0), connections(1), connections(2, 1), connections(0, 3)]
    assert said == [
        "0 connections",
        "1 connection",
        "2 connections and 1 persistent client",
        "0 connections and 3 persistent clients",
    ]


def test_what_was_drained() -> None:
    rows = [ROW, {**ROW, "before": 0, "end": 3, "forced": True}, {**ROW, "end": None}]
    assert drained(rows) == [
        "realserver2: http: weight 1 -> 0; 20 connections -> 0 connections in 14 s",
        "realserver2: http: weight 0 already; 20 connections -> 3 connections in 14 s, ended by force",
        "realserver2: http: weight 1 -> 0; 20 connections, nobody waited",
    ]


def test_what_was_restored() -> None:
    rows = [{**ROW, "before": 0, "after": 3}, {**ROW, "before": None, "after": 1}]
    assert restored(rows) == [
        "realserver2: http: weight 0 -> 3",
        "realserver2: http: weight none (not in the table) -> 1",
    ]


def test_a_command_can_be_pasted() -> None:
    said = command("restore", ["/etc/lvs/my hosts"], ["realserver1", "real server2"], ["http"])
    assert said == (
        "ansible-playbook linuxvirtualserver.lvs.restore -i '/etc/lvs/my hosts' "
        "-e 'lvs_realservers=realserver1,real server2' -e lvs_services_only=http"
    )


def test_who_drained_it() -> None:
    assert whose({}) == ""
    assert whose({"by": "alice", "since": 0}) == " by alice"
    assert whose({"by": "a\x1b[2J", "since": 1796000600}) == " by a\\x1b[2J since 2026-11-30 01:03 UTC"
