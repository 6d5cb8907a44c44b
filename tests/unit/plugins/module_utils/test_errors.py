# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors in one form, wherever they are raised: ITEM: what is wrong (got VALUE). Fix: what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, LvsErrors

ROOT = Path(__file__).resolve().parents[4]


@pytest.mark.parametrize(
    ("value", "text", "said"),
    [
        (70000, "is not a port. Use 1 to 65535.", "is not a port (got 70000). Fix: Use 1 to 65535."),
        (None, "was not written: No space left. Free some.", "was not written: No space left. Fix: Free some."),
        ("", "is not an address", "is not an address (got '')."),
        (1, "has a.b in rc.d. Write it. Then run.", "has a.b in rc.d (got 1). Fix: Write it. Then run."),
        pytest.param(10**5000, "is not a port.", "is not a port (got a number of 16610 bits).", id="long"),
    ],
)
def test_an_error_reads_so(value: object, text: str, said: str) -> None:
    assert str(LvsError("item", value, text)) == f"item: {said}"


def test_several_are_a_line_each() -> None:
    errors = [LvsError("a", 1, "is odd. Even it."), LvsError("b", None, "is missing.")]
    assert str(LvsErrors(errors)) == "a: is odd (got 1). Fix: Even it.\nb: is missing."
    assert (LvsErrors(errors).item, LvsErrors(errors).value) == ("a", 1)


def raised() -> Iterator[tuple[str, ast.Call]]:
    for file in sorted((ROOT / "plugins").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "LvsError":
                yield f"{file.relative_to(ROOT)}:{node.lineno}", node


def beginning(text: ast.expr) -> str:
    """What a text begins with, as far as the program's own text says it."""
    first = text.values[0] if isinstance(text, ast.JoinedStr) else text
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


@pytest.mark.parametrize(("place", "call"), [pytest.param(*one, id=one[0]) for one in raised()])
def test_a_reason_is_no_value_and_the_value_no_subject(place: str, call: ast.Call) -> None:
    assert len(call.args) == 3, place
    _item, value, text = call.args
    assert not re.search(r"strerror|str\(error\)|rc\b", ast.unparse(value)), "the reason of a system is no value"
    assert not re.match(
        r"[A-Z]|says |names (?!no |several )|is why |is all |is how |is the kernel's answer", beginning(text)
    )


# What messages and documentation said before somebody read them aloud.
GONE = (
    "past the inventory|that setting round|is all it says|decides alone|mark for unknown packets|dressed up as"
    "|nothing any more|as its source as everything|nobody looks|there or not there|until its time is over|Seen to, now"
    "|in the name of (?!a unit|an interface)|\\b[Bb]y nat\\b"
)


def test_the_idiom_is_a_network_engineers() -> None:
    folders = ("plugins", "roles", "playbooks", "docs", "awx")
    files = (file for folder in folders for file in (ROOT / folder).rglob("*") if file.suffix in (".py", ".yml", ".md"))
    said = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in (ROOT / "README.md", *files)
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if re.search(GONE, line)
    ]
    assert said == []
