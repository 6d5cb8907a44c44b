# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check may be, and everything that is said of one that may not."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.check import (
    Check,
    default_check,
    read_check,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.fields import Fields
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.mistakes import Mistakes
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import no_lookup


def read(check: object, protocol: str | None = "tcp", port: int | None = 80) -> tuple[Check | None, list[str]]:
    mistakes = Mistakes()
    found = read_check(Fields(mistakes, "s", {"check": check}), "check", protocol, port, no_lookup)
    return found, [f"{one.id} {one.path}" for one in mistakes.found]


@pytest.mark.parametrize(
    ("given", "protocol", "wanted"),
    [
        (None, "tcp", None),
        ("tcp", "tcp", Check("tcp")),
        ("none", "udp", Check("none")),
        ("ping", "sctp", Check("ping")),
        ({"type": "http"}, "tcp", Check("http", path="/")),
        (
            {"type": "http", "path": "/x?a=%20", "host": "www.example.org", "status": [204, "200"], "tls": True},
            "tcp",
            Check("http", path="/x?a=%20", host="www.example.org", status=(200, 204), tls=True),
        ),
        ({"type": "dns"}, "udp", Check("dns", name=".", query="SOA")),
        ({"type": "dns", "name": "example.org", "query": "A"}, "udp", Check("dns", name="example.org", query="A")),
        ({"type": "udp", "send": "0A0b", "expect": "ff"}, "udp", Check("udp", send="0a0b", expect="ff")),
        ({"type": "tcp", "port": 8080}, "udp", Check("tcp", port=8080)),
        (
            {"type": "smtp", "every": "10", "timeout": 3, "retries": 0, "delay": 2},
            "tcp",
            Check("smtp", 10, 3, 0, 2),
        ),
    ],
)
def test_what_may_be_written(given: object, protocol: str, wanted: Check | None) -> None:
    assert read(given, protocol) == (wanted, [])


@pytest.mark.parametrize(
    ("given", "protocol", "port", "said"),
    [
        (7, "tcp", 80, ["check-invalid s.check"]),
        ([], "tcp", 80, ["check-invalid s.check"]),
        ("htp", "tcp", 80, ["check-type-unknown s.check"]),
        ({"type": "command"}, "tcp", 80, ["check-type-unknown s.check.type"]),
        ({}, "tcp", 80, ["check-type-unknown s.check.type"]),
        ({"type": "tcp", "path": "/"}, "tcp", 80, ["key-unknown s.check.path"]),
        ({"type": "ping", "port": 80}, "tcp", 80, ["key-unknown s.check.port"]),
        ({"type": "http", "path": 'x" }'}, "tcp", 80, ["check-path-invalid s.check.path"]),
        ({"type": "http", "path": "/a\n}"}, "tcp", 80, ["check-path-invalid s.check.path"]),
        ({"type": "http", "host": "a b"}, "tcp", 80, ["check-name-invalid s.check.host"]),
        ({"type": "http", "host": "a\n"}, "tcp", 80, ["check-name-invalid s.check.host"]),
        ({"type": "http", "status": [20]}, "tcp", 80, ["check-status-invalid s.check.status"]),
        ({"type": "http", "status": []}, "tcp", 80, ["check-status-invalid s.check.status"]),
        ({"type": "dns", "query": "X"}, "udp", 53, ["check-query-unknown s.check.query"]),
        ({"type": "udp", "send": "abc"}, "udp", 53, ["check-bytes-invalid s.check.send"]),
        ("tcp", "tcp", 0, ["check-needs-port s.check.port"]),
        ("tcp", None, None, ["check-needs-port s.check.port"]),
        ("tcp", "udp", 53, ["check-not-for-protocol s.check.type"]),
        ("dns", "tcp", 53, ["check-not-for-protocol s.check.type"]),
        (
            {"type": "tcp", "every": 0, "timeout": "x", "retries": -1, "delay": 9999, "port": 70000},
            "tcp",
            80,
            [f"check-number-invalid s.check.{key}" for key in ("every", "timeout", "retries", "delay")]
            + ["port-out-of-range s.check.port"],
        ),
    ],
)
def test_what_may_not_is_said_all_at_once(
    given: object, protocol: str | None, port: int | None, said: list[str]
) -> None:
    assert read(given, protocol, port)[1] == said


def test_a_word_has_the_nearest_one_beside_it() -> None:
    mistakes = Mistakes()
    read_check(Fields(mistakes, "s", {"check": "htp"}), "check", "tcp", 80, no_lookup)
    assert mistakes.found[0].cure.endswith("Did you mean http?")


@pytest.mark.parametrize("given", ["tcp", {"type": "http", "status": [200], "path": "/x"}, {"type": "dns", "every": 9}])
def test_it_goes_through_a_plan_and_back(given: object) -> None:
    check = t.cast("Check", read(given, None)[0])
    assert Check.from_dict(check.to_dict()) == check


def test_how_long_it_takes_to_notice() -> None:
    assert Check("tcp", 5, 2, 2, 1).noticed == 14


def test_who_says_nothing_is_asked_where_a_port_answers() -> None:
    assert default_check("tcp", 80) == Check("tcp")
    assert [default_check(*one) for one in (("udp", 53), ("tcp", 0), (None, 0))] == [None] * 3
