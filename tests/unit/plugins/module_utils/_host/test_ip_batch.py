# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many commands of ip are one process, and the one that failed is named."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import ip_batch
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host

VIPS = [("addr", "add", f"10.9.0.{number}/32", "dev", "lo") for number in range(1, 101)]


class Ip:
    """What was run, with which input; it answers with this."""

    def __init__(self, rc: int = 0, stderr: str = "", stdout: str = "") -> None:
        self.ran: list[tuple[list[str], str]] = []
        self._answer = (rc, stdout, stderr)

    def __call__(self, argv: Sequence[str], given: str = "") -> Completed:
        self.ran.append(([*argv], given))
        return Completed(tuple(argv), *self._answer)


def test_a_hundred_addresses_are_one_process() -> None:
    ip = Ip()
    ip_batch.run(Host(execute=ip), VIPS)
    ((argv, given),) = ip.ran
    assert argv == ["ip", "-batch", "-"]
    assert given.split("\n") == [*(" ".join(words) for words in VIPS), ""]


@pytest.mark.parametrize("name", ["a#b", "a'b", 'a"b', "a\\b"])
def test_what_ip_would_read_otherwise_is_a_process_each(name: str) -> None:
    ip, commands = Ip(), [("addr", "add", f"10.9.0.{number}/32", "dev", name) for number in (1, 2)]
    ip_batch.run(Host(execute=ip), commands)
    assert ip.ran == [(["ip", *words], "") for words in commands]


def test_one_command_needs_no_batch() -> None:
    ip = Ip()
    ip_batch.run(Host(execute=ip), VIPS[:1])
    assert ip.ran == [(["ip", *VIPS[0]], "")]


def test_the_one_that_failed_is_named() -> None:
    ip = Ip(1, "RTNETLINK answers: No buffer space\nCommand failed -:7\n")
    with pytest.raises(LvsError) as failed:
        ip_batch.run(Host(execute=ip), VIPS)
    assert str(failed.value) == (
        "ip addr add 10.9.0.7/32 dev lo: failed with exit status 1 (got 'RTNETLINK answers: No buffer space')."
    )


@pytest.mark.parametrize("said", ["", "Command failed -:0", "Command failed -:999"])
def test_a_failure_that_names_no_command_is_one(said: str) -> None:
    with pytest.raises(LvsError, match="ip -batch -: failed with exit status 255"):
        ip_batch.run(Host(execute=Ip(255, said)), VIPS)


QUESTIONS = [("route", "get", "10.9.0.1"), ("route", "get", "10.9.0.2", "from", "10.9.0.1")]


def test_questions_that_all_have_an_answer_are_one_process() -> None:
    ip = Ip(stdout='[{"dst":"10.9.0.1"}]\n[{"dst":"10.9.0.2"}]\n')
    assert [one.stdout for one in ip_batch.ask(Host(execute=ip), QUESTIONS)] == [
        '[{"dst":"10.9.0.1"}]',
        '[{"dst":"10.9.0.2"}]',
    ]
    assert ip.ran == [(["ip", "-j", "-batch", "-"], "route get 10.9.0.1\nroute get 10.9.0.2 from 10.9.0.1\n")]


@pytest.mark.parametrize("ip", [Ip(1, stdout="[{}]\n"), Ip(0, stdout="[{}]\n")], ids=["it ends there", "it says less"])
def test_where_one_has_no_answer_each_is_asked_alone(ip: Ip) -> None:
    assert len(ip_batch.ask(Host(execute=ip), QUESTIONS)) == len(QUESTIONS)
    assert ip.ran[1:] == [(["ip", "-j", *words], "") for words in QUESTIONS]


def test_the_real_ip_answers_many_questions_as_it_answers_each() -> None:
    asked = [("route", "get", f"127.0.0.{number}") for number in range(1, 4)]
    together = [one.stdout.strip() for one in ip_batch.ask(Host(), asked)]
    assert together == [Host().run(["ip", "-j", *words]).strip() for words in asked]


def test_what_is_given_is_the_input_of_a_real_command() -> None:
    assert Host().attempt(["cat"], "a\nb\n").stdout == "a\nb\n"
    assert Host().run(["cat"]) == ""
