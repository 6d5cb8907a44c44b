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

    def __init__(self, rc: int = 0, stderr: str = "") -> None:
        self.ran: list[tuple[list[str], str]] = []
        self._answer = (rc, stderr)

    def __call__(self, argv: Sequence[str], given: str = "") -> Completed:
        self.ran.append(([*argv], given))
        rc, stderr = self._answer
        return Completed(tuple(argv), rc, "", stderr)


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


def test_what_is_given_is_the_input_of_a_real_command() -> None:
    assert Host().attempt(["cat"], "a\nb\n").stdout == "a\nb\n"
    assert Host().run(["cat"]) == ""
