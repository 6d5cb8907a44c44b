# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""keepalived.conf as nested statements, as keepalived 2.2's own parser (lib/parser.c) takes it apart.

Private: this file may change in any release; do not import it from outside the collection.
Pure: included files come from a function that the caller hands in.

The grammar has its traps: `#` and `!` begin comments anywhere but in quotes or after a backslash, a brace stands alone
wherever it is written, a line that begins with `@` is for some hosts only, `$NAME` stands for a text, and a line of
1024 bytes or more is read as two.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .file import OldFile, first_word

_BLANKS = " \t\n\v\f\r"
_WORD = re.compile(rf'"([^"]*)"|([^{_BLANKS}"]+)')
_PIECE = re.compile(r'"[^"]*"?|([{}])')
_DEFINITION = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*(.*)\Z", re.DOTALL)
_USE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|\Z))")
# @HOST, @^HOST, ~SEQ(NAME, 1, 3) and ~LST(NAME, a, b)
_CHOICE = re.compile(r"(@\S*|~\w*(?:\([^)]*\))?)[ \t]*(.*)\Z", re.DOTALL)
_STRUCTURE = re.compile(r"[{}]|include")
_ESCAPED = re.compile(r"\\.")
_INCLUDE = re.compile(r"include[rmwba]?[ \t]+(.*)\Z", re.DOTALL)
_LONGEST = 1023
_DEPENDS = "depends on the host that reads it"
_NO_FAILOVER = "Failover stays the work of keepalived; services and realservers are in the inventory."
_DEPTH = 20
_MOST_FILES = 500


@dataclass
class Statement:
    """One statement, with the block that it opens, if it does."""

    line: int
    words: list[str]
    block: list[Statement] | None = None

    @property
    def word(self) -> str:
        return self.words[0]

    @property
    def inside(self) -> list[Statement]:
        return [] if self.block is None else self.block

    def value(self, index: int = 1) -> str:
        return self.words[index] if len(self.words) > index else ""


def parse(source: OldFile) -> list[Statement]:
    """The statements at the top of the file and of all that it includes."""
    return _Parser(source).parse()


class _Parser:
    """Lines into nested statements."""

    def __init__(self, source: OldFile) -> None:
        self._source = source
        self._open: list[Statement] = [Statement(0, ["file"], [])]
        self._texts: dict[str, str] = {}
        self._undecided: set[str] = set()
        self._files = 0

    def parse(self) -> list[Statement]:
        self._lines(self._source.lines(), "", 1)
        for statement in self._open[1:]:
            self._source.error(statement.line, statement.word, None, "has no closing brace", "Add a }.")
        return self._open[0].inside

    def _lines(self, lines: Iterator[tuple[int, str]], folder: str, depth: int) -> None:
        for number, line in lines:
            if len(line.encode("utf-8", "surrogatepass")) > _LONGEST:
                cure = "Break it up: keepalived reads it as two lines."
                self._source.error(number, first_word(line), None, f"is longer than {_LONGEST} bytes", cure)
                continue
            # keepalived writes down what it has read, and reads that again.
            rest = _without_comment(_without_comment(line))
            for piece in itertools.count():
                if not rest:
                    break
                if piece > _LONGEST:
                    self._source.error(number, first_word(line), None, "stands for itself without end", "Remove it.")
                    break
                rest = self._statement(number, rest, folder, depth)

    def _statement(self, number: int, line: str, folder: str, depth: int) -> str:
        """Read the line up to its first brace, and answer with what is behind it: to keepalived, another line."""
        filled = line
        rest = self._special(number, line)
        if rest is None:
            filled = self._expanded(line)
            rest = self._special(number, filled) if filled != line else None
        if rest is not None:
            return rest
        include = _INCLUDE.match(filled)
        if include:
            self._include(number, include[1], folder, depth)
            return ""
        piece, rest = _first_piece(filled)
        if piece:
            self._piece(number, piece)
        return rest

    def _include(self, number: int, pattern: str, folder: str, depth: int) -> None:
        found = self._source.included(pattern, folder) if depth < _DEPTH else None
        self._files += len(found or ())
        if found is None or self._files > _MOST_FILES:
            what = "is another file, which is not beside this one"
            cure = "Put it there with its folder, or put its text in the place of this line."
            if depth >= _DEPTH or self._files > _MOST_FILES:
                what, cure = "includes files without end", "Remove it."
            self._source.error(number, "include", pattern, what, cure)
            return
        if not found:
            what = "is no file in the folder beside this one"
            self._source.warning(number, "include", pattern, what, "Copy what is missing there, if anything is.")
        for name, text in found:
            self._lines(self._source.lines_of(name, text), name.rpartition("/")[0], depth + 1)

    # One line

    def _special(self, number: int, line: str) -> str | None:
        """Of lines for some hosts, and of those that say what others stand for, what is left to be read."""
        definition = _DEFINITION.match(line)
        choice = _CHOICE.match(line)
        if definition and line.endswith("\\"):
            what = "stands for several lines, which are not written out here"
            self._source.error(number, f"${definition[1]}", None, what, "Write out what it stands for.")
        elif definition:
            self._texts[definition[1]] = definition[2]
        elif choice:
            return self._choice(number, choice[1], choice[2])
        else:
            return None
        return ""

    def _choice(self, number: int, which: str, line: str) -> str:
        """What is no part of the table either way is listed, unless blocks begin or end with it."""
        what = _DEPENDS if which.startswith("@") else "stands for several lines, which are not written out here"
        definition = _DEFINITION.match(line)
        is_plain = not _STRUCTURE.search(self._expanded(line)) and not line.endswith("\\")
        if definition and is_plain:
            # Whether it matters is seen where it is used.
            self._texts.pop(definition[1], None)
            self._undecided.add(definition[1])
            self._source.warning(number, f"${definition[1]}", which, f"{what}, and is not taken over", _NO_FAILOVER)
            return ""
        if is_plain and self._is_beside_the_table():
            self._source.warning(number, which, None, f"{what}, and is not taken over", _NO_FAILOVER)
        else:
            self._source.error(number, which, None, what, "Write out what it stands for.")
        return line

    def _is_beside_the_table(self) -> bool:
        return len(self._open) > 1 and self._open[1].word.startswith(("global_defs", "static_", "vrrp_"))

    def _expanded(self, line: str) -> str:
        """The line with its `$NAME`s written out, where it is known what they stand for."""
        for _again in range(_DEPTH):
            filled = _USE.sub(lambda match: self._texts.get(match[1] or match[2], match[0]), line)
            if filled == line or len(filled) > _LONGEST:
                break
            line = _without_comment(filled)
        return line

    def _piece(self, number: int, piece: str) -> None:
        here = self._open[-1].inside
        if piece == "}":
            self._close(number)
        elif piece != "{":
            words = self._words(number, piece)
            if words:
                here.append(Statement(number, words))
        elif not here or here[-1].block is not None:
            self._source.error(number, "", "{", "opens the block of no statement", "Remove it.")
            # What is in it is not read as if it stood outside.
            here.append(Statement(number, ["{"], []))
            self._open.append(here[-1])
        elif len(self._open) < _DEPTH:
            here[-1].block = []
            self._open.append(here[-1])
        else:
            self._source.error(number, here[-1].word, None, f"holds a block more than {_DEPTH} deep", "Close others.")

    def _words(self, number: int, piece: str) -> list[str]:
        words = [match[2] if match[1] is None else match[1] for match in _WORD.finditer(piece)]
        for match in _USE.finditer(piece):
            if (match[1] or match[2]) in self._undecided and not self._is_beside_the_table():
                self._source.error(number, match[0], None, _DEPENDS, "Write out what it stands for.")
        # The words of a command are taken apart once more, and may have quotation marks in them.
        if _ESCAPED.sub("", piece).count('"') % 2:
            what = "has a quotation mark without its other one"
            self._source.error(number, words[0] if words else "", None, what, "Add or remove one.")
        return words

    def _close(self, number: int) -> None:
        if len(self._open) == 1:
            self._source.error(number, "", "}", "closes no block", "Remove it.")
        else:
            self._open.pop()


def _without_comment(line: str) -> str:
    """The line up to its comment, without blanks around it."""
    kept: list[str] = []
    quoted = False
    position = 0
    line = line.lstrip(" \t")
    while position < len(line):
        character, after = line[position], line[position + 1 : position + 2]
        if character == "\\" and after:
            kept.append(after if after in "#!" and not quoted else character + after)
            position += 2
            continue
        if character == '"':
            quoted = not quoted
        elif character in "#!" and not quoted:
            break
        kept.append(character)
        position += 1
    return "".join(kept).rstrip(" \t")


def _first_piece(line: str) -> tuple[str, str]:
    """A brace, or what stands before the first one; and the rest. A brace means the same wherever it stands."""
    match = next((match for match in _PIECE.finditer(line) if match[1]), None)
    if match is None:
        return line.strip(" \t"), ""
    at = match.end() if match.start() == 0 else match.start()
    return line[:at].strip(" \t"), line[at:].strip(" \t")
