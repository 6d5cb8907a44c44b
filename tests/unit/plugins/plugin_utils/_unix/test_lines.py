# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ends a line, and what does not: somebody else's file stays what it was around what we change in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.sysctl import parse_conf
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.lines import joined, lines_in
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.text import (
    drop_block,
    edit_lines,
    put_block,
    with_first_address,
)

ODD = "\f\v\x1c\x1d\x1e\x85\u2028\u2029\r"
TEXTS = st.text(alphabet=f"ab#1. \n{ODD}")


@pytest.mark.parametrize(
    ("text", "found"),
    [("", []), ("\n", [""]), ("a", ["a"]), ("a\n\nb\r\n", ["a", "", "b\r"]), (f"a{ODD}b", [f"a{ODD}b"])],
)
def test_a_newline_alone_ends_a_line(text: str, found: list[str]) -> None:
    assert lines_in(text) == found


@given(TEXTS)
def test_nothing_changes_in_what_is_not_changed(text: str) -> None:
    assert joined(lines_in(text), text) == text
    assert edit_lines(text, lambda _line: False, []) == text


@given(TEXTS)
def test_a_block_goes_without_a_trace(text: str) -> None:
    there = put_block(text, "arp_hide", ["ours"], lambda line: line.startswith("a"))
    assert drop_block(there, "arp_hide") == text
    assert put_block(there, "arp_hide", ["ours"], lambda line: line.startswith("a")) == there


@given(TEXTS)
def test_a_line_of_ours_is_whole_and_goes_again(text: str) -> None:
    there = edit_lines(text, lambda _line: False, ["ours"])
    assert there.endswith("ours\n")
    assert edit_lines(there, lambda line: line == "ours", []).removesuffix("\n") == text.removesuffix("\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [("192.168.1.254", "192.168.1.9\n"), ("# x\f\r\n192.168.1.254\n# y", "# x\f\r\n192.168.1.9\n# y")],
)
def test_a_gateways_file(before: str, after: str) -> None:
    assert with_first_address(before, "192.168.1.9") == after


def test_a_sysctl_in_one_line_with_a_form_feed_is_one() -> None:
    assert [(number, name) for number, name, _value in parse_conf("# a\fnet.ipv4.ip_forward=1\nx=1\n")] == [(2, "x")]
