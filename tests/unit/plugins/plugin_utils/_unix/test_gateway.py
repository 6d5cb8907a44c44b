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


def asking(state: str, gateway: str | None, persistent: bool, name: str = "lvs", adopt: str = "") -> dict[str, t.Any]:
    """The arguments of a task."""
    named = {"lvs_name": name, "lvs_adopt": adopt}
    return {"state": state, "gateway": gateway, "persistent": persistent, **named}


def words(steps: t.Iterable[Step]) -> list[str]:
    return [shell.spell(step) for step in steps]


def test_the_first_change_remembers_what_was_before() -> None:
    change = unix_gateway.plan(host(OpenBSD, files={"/etc/mygate": f"{OLD}\n"}), asking("present", NEW, True))
    assert words(change.live) == [f"route change default {NEW}"]
    assert words(change.undo) == [f"route change default {OLD}"]
    record, saved = change.save
    assert isinstance(record, Write)
    assert record.text == f"live {OLD}\nboot {OLD}\nlvs lvs {NEW}\n"
    assert isinstance(saved, Write)
    assert (saved.path, saved.text) == ("/etc/mygate", f"{NEW}\n")


def test_a_second_change_remembers_the_first_gateway_still() -> None:
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: f"live {OLD}\nboot {OLD}\n"}
    change = unix_gateway.plan(host(OpenBSD, [NEW], files), asking("present", "192.0.2.9", True))
    record, saved = change.save
    assert isinstance(record, Write)
    assert record.text == f"live {OLD}\nboot {OLD}\nlvs lvs 192.0.2.9\n"
    assert isinstance(saved, Write)
    assert saved.path == "/etc/mygate"


def test_absent_brings_back_both() -> None:
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: f"live {OLD}\nboot none\n"}
    change = unix_gateway.plan(host(OpenBSD, [NEW], files), asking("absent", None, True))
    assert words(change.live) == [f"route change default {OLD}"]
    assert [step.path for step in change.save if isinstance(step, Remove)] == ["/etc/mygate", unix_gateway.RECORD]


def test_absent_without_a_record_leaves_all_as_it_is() -> None:
    assert unix_gateway.plan(host(OpenBSD), asking("absent", None, True))[1:] == ([], [], [], ())


def test_what_is_right_needs_nothing_and_is_ours_no_less() -> None:
    """Nothing changes the host, and yet another LVS cannot have another gateway meanwhile."""
    files = {"/etc/mygate": f"{NEW}\n"}
    change = unix_gateway.plan(host(OpenBSD, [NEW], files), asking("present", NEW, True, "web"))
    assert change[1:4] == ([], [], [])
    assert [step.text for step in change.claim if isinstance(step, Write)] == [f"lvs web {NEW}\n"]
    files[unix_gateway.RECORD] = f"lvs web {NEW}\n"
    box = host(OpenBSD, [NEW], files)
    assert unix_gateway.plan(box, asking("present", NEW, True, "web"))[1:] == ([], [], [], ())
    with pytest.raises(LvsError, match=f"it is {NEW} for the LVS 'web' of this host"):
        unix_gateway.plan(box, asking("present", OLD, True, "mail"))
    assert unix_gateway.plan(box, asking("absent", None, True, "mail"))[1:] == ([], [], [], ())
    last = unix_gateway.plan(box, asking("absent", None, True, "web"))
    assert last[1:4] == ([], [], []), "it was never changed, so it stays"
    assert [step.path for step in last.claim if isinstance(step, Remove)] == [unix_gateway.RECORD]


def test_what_was_right_and_has_to_change_after_all_is_remembered() -> None:
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: f"lvs web {NEW}\n"}
    change = unix_gateway.plan(host(OpenBSD, [NEW], files), asking("present", "192.0.2.9", True, "web"))
    record = change.save[0]
    assert isinstance(record, Write)
    assert record.text == f"live {NEW}\nboot {NEW}\nlvs web 192.0.2.9\n"


def test_not_persistent_leaves_the_boot_as_it_was() -> None:
    record = f"live {OLD}\nboot {OLD}\nlvs lvs {NEW}\n"
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: record}
    change = unix_gateway.plan(host(OpenBSD, [NEW], files), asking("present", NEW, False))
    assert [step.text for step in change.save if isinstance(step, Write)] == [f"{OLD}\n"]


def test_a_host_without_a_default_route_gets_one_and_loses_it_again() -> None:
    change = unix_gateway.plan(host(Solaris10, []), asking("present", NEW, True))
    assert words(change.live) == [f"route add default {NEW}"]
    assert words(change.undo) == [f"route delete default {NEW}"]


def test_several_default_routes_become_one_and_come_back() -> None:
    change = unix_gateway.plan(host(Solaris10, [OLD, "192.0.2.2"]), asking("present", NEW, True))
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
        unix_gateway.plan(host(OpenBSD), asking("present", gateway, True))


def test_a_change_that_waits_is_waited_for() -> None:
    with pytest.raises(LvsError, match="waits for its confirmation"):
        unix_gateway.plan(
            host(OpenBSD, files={f"{unix_gateway.RECORD}.pending.1": "armed\n"}), asking("present", NEW, True)
        )


gateways = st.none() | st.ip_addresses(network="10.0.0.0/8").map(str)


names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", fullmatch=True)
owners = st.dictionaries(names, st.ip_addresses(network="10.0.0.0/8").map(str), min_size=1)


@given(st.none() | st.builds(Former, gateways, gateways), owners)
def test_the_record_says_what_was_written(former: Former | None, owners: dict[str, str]) -> None:
    text = unix_gateway.render_record(former, owners)
    assert (unix_gateway.parse_record(text), unix_gateway.parse_owners(text)) == (former, owners)


@given(st.text())
def test_any_other_record_is_refused_by_name(text: str) -> None:
    try:
        assert unix_gateway.parse_record(text) is None
    except LvsError as error:
        reason = str(error)
    else:
        reason = "" if text else "nothing is remembered"
    assert reason


def test_the_gateway_of_two_lvs_goes_with_the_second_one() -> None:
    both = f"live {OLD}\nboot none\nlvs mail {NEW}\nlvs web {NEW}\n"
    first = unix_gateway.plan(host(OpenBSD), asking("present", NEW, True, "web"))
    record = next(step.text for step in first.save if isinstance(step, Write) and step.path == unix_gateway.RECORD)
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: record}
    (joined,) = unix_gateway.plan(host(OpenBSD, [NEW], files), asking("present", NEW, True, "mail")).claim
    assert isinstance(joined, Write)
    assert joined.text == both
    files[unix_gateway.RECORD] = joined.text
    left = unix_gateway.plan(host(OpenBSD, [NEW], files), asking("absent", None, True, "web"))
    assert (left.live, [step.text for step in left.claim if isinstance(step, Write)]) == (
        [],
        [both[: both.index("lvs web")]],
    )
    files[unix_gateway.RECORD] = both[: both.index("lvs web")]
    assert unix_gateway.plan(host(OpenBSD, [NEW], files), asking("absent", None, True, "web"))[1:] == ([], [], [], ())
    last = unix_gateway.plan(host(OpenBSD, [NEW], files), asking("absent", None, True, "mail"))
    assert words(last.live) == [f"route change default {OLD}"]
    assert [step.path for step in last.save if isinstance(step, Remove)] == ["/etc/mygate", unix_gateway.RECORD]


@pytest.mark.parametrize(("name", "adopt", "refused"), [("mail", "", True), ("web", "", False), ("shop", "web", False)])
def test_another_gateway_than_another_lvs_has_is_refused(name: str, adopt: str, refused: bool) -> None:
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: f"live {OLD}\nboot none\nlvs web {NEW}\n"}
    box, asked = host(OpenBSD, [NEW], files), asking("present", "192.0.2.9", True, name, adopt)
    if refused:
        with pytest.raises(LvsError, match=f"it is {NEW} for the LVS 'web' of this host"):
            unix_gateway.plan(box, asked)
    else:
        record = unix_gateway.plan(box, asked).save[0]
        assert isinstance(record, Write)
        assert record.text.endswith(f"lvs {name} 192.0.2.9\n")


def test_a_record_of_before_names_is_of_the_lvs_without_one() -> None:
    files = {"/etc/mygate": f"{NEW}\n", unix_gateway.RECORD: f"live {OLD}\nboot none\n"}
    assert unix_gateway.plan(host(OpenBSD, [NEW], files), asking("absent", None, True, "mail")).save == []
    assert unix_gateway.plan(host(OpenBSD, [NEW], files), asking("absent", None, True)).live
