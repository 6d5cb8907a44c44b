# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The gateway of a realserver that is not Linux: what changes, what takes it back, and what is remembered."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import gateway as unix_gateway
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import shell
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.gateway import Former
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.openbsd import OpenBSD
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.solaris10 import Solaris10
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import (
    Answers,
    Remove,
    Said,
    Step,
    Write,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix

IFCONFIG = (
    "lo0: flags=49<UP>\n\tinet 127.0.0.1 netmask 0xff000000\nx0: flags=49<UP>\n\tinet 192.0.2.11 netmask 0xffffff00\n"
)
OLD, NEW = "192.0.2.1", "192.0.2.254"


def host(backend: type[Unix], live: t.Sequence[str] = (OLD,), files: dict[str, str] | None = None) -> Unix:
    netstat = "".join(f"default {gateway} UG 1 1 x0\n" for gateway in live)
    answers = {("netstat", "-rn", "-f", "inet"): netstat, backend.ifconfig: IFCONFIG, ("uname", "-r"): "5.10"}
    unknown = {tuple(one[0]): Said(1, "") for one in backend.questions if isinstance(one[0], tuple)}
    return backend(Answers({**unknown, **{argv: Said(0, text) for argv, text in answers.items()}}, files or {}))


def words(steps: t.Iterable[Step]) -> list[str]:
    return [shell.spell(step) for step in steps]


def test_the_first_change_remembers_what_was_before() -> None:
    change = unix_gateway.plan(host(OpenBSD, files={"/etc/mygate": f"{OLD}\n"}), "present", NEW, True)
    assert words(change.live) == [f"route change default {NEW}"]
    assert words(change.undo) == [f"route change default {OLD}"]
    record, saved = change.save
    assert isinstance(record, Write)
    assert record.text == f"live {OLD}\nboot {OLD}\n"
    assert isinstance(saved, Write)
    assert (saved.path, saved.text) == ("/etc/mygate", f"{NEW}\n")


def test_a_second_change_remembers_the_first_gateway_still() -> None:
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: f"live {OLD}\nboot {OLD}\n"}
    change = unix_gateway.plan(host(OpenBSD, [NEW], files), "present", "192.0.2.9", True)
    assert [step.path for step in change.save if isinstance(step, Write)] == ["/etc/mygate"]


def test_absent_brings_back_both() -> None:
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: f"live {OLD}\nboot none\n"}
    change = unix_gateway.plan(host(OpenBSD, [NEW], files), "absent", None, True)
    assert words(change.live) == [f"route change default {OLD}"]
    assert [step.path for step in change.save if isinstance(step, Remove)] == ["/etc/mygate", unix_gateway.RECORD]


def test_absent_without_a_record_leaves_all_as_it_is() -> None:
    assert unix_gateway.plan(host(OpenBSD), "absent", None, True)[1:] == ([], [], [])


def test_what_is_right_needs_nothing_and_no_record() -> None:
    change = unix_gateway.plan(host(OpenBSD, [NEW], {"/etc/mygate": f"{NEW}\n"}), "present", NEW, True)
    assert change[1:] == ([], [], [])


def test_not_persistent_leaves_the_boot_as_it_was() -> None:
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: f"live {OLD}\nboot {OLD}\n"}
    change = unix_gateway.plan(host(OpenBSD, [NEW], files), "present", NEW, False)
    assert [step.text for step in change.save if isinstance(step, Write)] == [f"{OLD}\n"]


def test_a_host_without_a_default_route_gets_one_and_loses_it_again() -> None:
    change = unix_gateway.plan(host(Solaris10, []), "present", NEW, True)
    assert words(change.live) == [f"route add default {NEW}"]
    assert words(change.undo) == [f"route delete default {NEW}"]


def test_several_default_routes_become_one_and_come_back() -> None:
    change = unix_gateway.plan(host(Solaris10, [OLD, "192.0.2.2"]), "present", NEW, True)
    assert words(change.undo)[0] == f"route delete default {NEW}"
    assert sorted(words(change.undo)[1:]) == [f"route add default {OLD}", "route add default 192.0.2.2"]


@pytest.mark.parametrize(
    ("gateway", "words"),
    [
        ("192.0.2.11", "is this host's own address, on x0"),
        ("127.0.0.1", "cannot be a gateway"),
        ("10.0.0.1", "is on no network of this host"),
        ("2001:db8::1", "is an IPv6 address"),
        ("router", "is not an IP address"),
    ],
)
def test_what_cannot_be_a_gateway(gateway: str, words: str) -> None:
    with pytest.raises(LvsError, match=words):
        unix_gateway.plan(host(OpenBSD), "present", gateway, True)


def test_a_change_that_waits_is_waited_for() -> None:
    with pytest.raises(LvsError, match="waits for its confirmation"):
        unix_gateway.plan(host(OpenBSD, files={f"{unix_gateway.RECORD}.pending.1": "armed\n"}), "present", NEW, True)


gateways = st.none() | st.ip_addresses(network="10.0.0.0/8").map(str)


@given(st.builds(Former, gateways, gateways))
def test_the_record_says_what_was_written(former: Former) -> None:
    assert unix_gateway.parse_record(unix_gateway.render_record(former)) == former


@given(st.text())
def test_any_other_record_is_refused_by_name(text: str) -> None:
    try:
        assert unix_gateway.parse_record(text) is None
    except LvsError as error:
        reason = str(error)
    else:
        reason = "" if text else "nothing is remembered"
    assert reason
