# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps the table, and how it asks the realservers."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import plan, service

WEB, DNS = "tcp 192.168.1.110:80", "udp 192.168.1.110:53"


def director(*services: object) -> dict[str, t.Any]:
    found: dict[str, t.Any] = plan(*services)["hosts"]["director"]["director"]
    return found


def test_without_a_check_the_collection_keeps_the_table() -> None:
    for services in ([service()], [service(check="none")]):
        mine = director(*services)
        assert (mine["engine"], mine["checks"]) == ("ipvs", [])


def test_one_check_has_keepalived_keep_the_table_and_ask_all_that_can_be_asked_from_the_dip() -> None:
    mine = director(
        service(check={"type": "http", "path": "/health"}),
        service(name="alt", port=8080),
        service(name="dns", port=53, protocol="udp"),
    )
    asked = {"source": "192.168.1.9"}
    assert mine["engine"] == "keepalived"
    assert mine["checks"] == [
        {"service": WEB, "realserver": f"192.168.1.{number}:80", "type": "http", "path": "/health", **asked}
        for number in (11, 12)
    ] + [
        {"service": "tcp 192.168.1.110:8080", "realserver": f"192.168.1.{number}:8080", "type": "tcp", **asked}
        for number in (11, 12)
    ]


def test_a_realserver_may_be_asked_in_a_way_of_its_own_or_not_at_all() -> None:
    pool = ["realserver1", {"host": "realserver2", "check": "none"}]
    mine = director(service(check="ping", realservers=pool))
    assert [(one["realserver"], one["type"]) for one in mine["checks"]] == [("192.168.1.11:80", "ping")]
    pool = ["realserver1", {"host": "realserver2", "check": {"type": "tcp", "port": 9090}}]
    mine = director(service(realservers=pool))
    assert [(one["realserver"], one["type"], one.get("port")) for one in mine["checks"]] == [
        ("192.168.1.11:80", "tcp", None),
        ("192.168.1.12:80", "tcp", 9090),
    ]
