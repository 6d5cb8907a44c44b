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

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .file import OldFile

_BLANKS = " \t\n\v\f\r"
_WORD = re.compile(rf'"([^"]*)"|([^{_BLANKS}"]+)')
_PIECE = re.compile(r'"[^"]*"?|([{}])')
_DEFINITION = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*(.*)\Z", re.DOTALL)
_USE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|\Z))")
_INCLUDE = re.compile(r"include[rmwba]?[ \t]+(.*)\Z", re.DOTALL)
_LONGEST = 1023
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
                self._source.error(number, "", line, f"is longer than {_LONGEST} bytes", cure)
                continue
            bare = _without_comment(line)
            include = _INCLUDE.match(bare)
            if include:
                self._include(number, include[1], folder, depth)
            elif bare and not self._is_special(number, bare):
                for piece in _pieces(self._filled_in(bare)):
                    self._piece(number, piece)

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
        for name, text in found:
            self._lines(self._source.lines_of(name, text), name.rpartition("/")[0], depth + 1)

    # One line

    def _is_special(self, number: int, line: str) -> bool:
        """Lines for some hosts, and lines that say what others stand for."""
        definition = _DEFINITION.match(line)
        if definition and not line.endswith("\\"):
            self._texts[definition[1]] = definition[2]
        elif line.startswith("@"):
            self._source.error(number, "", line, "depends on the host that reads it", "Write out what it stands for.")
        elif definition or line.startswith("~"):
            what = "stands for several lines, which are not written out here"
            self._source.error(number, "", line, what, "Write out what it stands for.")
        else:
            return False
        return True

    def _filled_in(self, line: str) -> str:
        """The line with its `$NAME`s written out; one that nobody defines stays as it is."""
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
        if piece.count('"') % 2:
            self._source.error(number, "", piece, "has a quotation mark without its other one", "Add or remove one.")
        return [match[2] if match[1] is None else match[1] for match in _WORD.finditer(piece)]

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


def _pieces(line: str) -> Iterator[str]:
    """What stands between braces, and the braces, which mean the same wherever they stand."""
    start = 0
    for match in _PIECE.finditer(line):
        if match[1]:
            yield from filter(None, (line[start : match.start()].strip(" \t"), match[1]))
            start = match.end()
    rest = line[start:].strip(" \t")
    if rest:
        yield rest
