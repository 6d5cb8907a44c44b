# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of FreeBSD's rc.conf(5): read by sysrc(8), and changed in their files, which sysrc would harm. Pure.

Private: this file may change in any release; do not import it from outside the collection.

As bsdconfig's sysrc.subr has it, f_sysrc_set glues a new variable to a last line that has no newline, which then says
something else (sshd_enable="YES"ifconfig_lo0_aliases=…), turns the file round by tail -r with the same effect, puts a
file in the place of a symbolic link, and f_sysrc_delete drops what else is on the line.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ...module_utils._errors import LvsError
from ...module_utils._model.lines import joined, lines_in
from .steps import Command, Files, Remove, Write

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from .steps import Answers, Question, Step

# In the order in which they are read; what is new comes into the first.
_FILES = ("/etc/rc.conf", "/etc/rc.conf.local")
# Files for one service, which sysrc knows nothing of.
_OF_SERVICES = "/rc.conf.d/"
_SHOW = ("sysrc", "-ae")
QUESTIONS: tuple[Question, ...] = (
    Command(_SHOW),
    *map(Files, _FILES),
    *(Files(f"{top}{_OF_SERVICES}{names}") for top in ("/etc", "/usr/local/etc") for names in ("*", "*/*")),
)
FRESH: Mapping[tuple[str, ...], str] = {_SHOW: ""}

_SHOWN = re.compile(r"^(?P<name>[A-Za-z_]\w*)(?:: |=)(?P<value>.*)$")
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)=")
# An assignment that can be changed as a whole: alone on its line, in one kind of quotes, with nothing to expand.
_PLAIN = re.compile(
    r"""(?P<head>\s*(?P<name>[A-Za-z_]\w*)=)"""
    r"""(?:(?P<quote>")[^"`$\\]*"|(?P<single>')[^']*'|[^\s"'`$\\;#&|<>()]*)(?P<tail>(?:\s+\#.*|\s*))\Z"""
)


class Assignment(t.NamedTuple):
    """A line that assigns a variable."""

    name: str
    path: str
    line: str


class RcConf:
    """All variables of a host, and a change of some of them."""

    def __init__(self, answers: Answers) -> None:
        self.variables = parse_variables(answers.of(*_SHOW))
        self._before = {path: answers.file(path) for path in _FILES}
        self._texts = dict(self._before)
        self._assigned = [one for path, text in self._before.items() for one in _assignments(path, text)]
        self.of_services = [
            one for path, text in answers.files.items() if _OF_SERVICES in path for one in _assignments(path, text)
        ]

    def is_plain(self, name: str) -> bool:
        """Whether it can be changed as a whole: no continued line, nothing else there, and not by another file."""
        lines = [one.line for one in self._assigned if one.name == name]
        return all(map(_PLAIN.match, lines)) and (bool(lines) or name not in self.variables)

    def assign(self, name: str, value: str | None) -> None:
        """Let a variable have a value, or be assigned nowhere."""
        if not self.is_plain(name):
            raise LvsError(
                f"rc.conf {name}",
                self.variables.get(name, ""),
                "goes over several lines, stands with others on one or is made of others, so it cannot be changed "
                f"without harm. Write it on a line of its own in {_FILES[0]}, in quotes.",
            )
        places = [path for path in _FILES if any(one.name == name for one in self._assigned if one.path == path)]
        if value is None:
            for path in places:
                lines = lines_in(self._texts[path])
                self._put(path, [line for line in lines if not _is_of(line, name)])
            return
        path = places[-1] if places else _FILES[0]
        lines = lines_in(self._texts[path])
        at = max((number for number, line in enumerate(lines) if _is_of(line, name)), default=len(lines))
        self._put(path, [*lines[:at], _spell(name, value, lines[at] if at < len(lines) else ""), *lines[at + 1 :]])

    def _put(self, path: str, lines: list[str]) -> None:
        self._texts[path] = joined(lines, self._texts[path])

    def steps(self, why: str) -> list[Step]:
        """The files that are not as they were."""
        return [
            Write(why, path, text) if text else Remove(why, path)
            for path, text in self._texts.items()
            if text != self._before[path]
        ]


def _assignments(path: str, text: str) -> list[Assignment]:
    found = ((_ASSIGNMENT.match(line), line) for line in lines_in(text))
    return [Assignment(match["name"], path, line) for match, line in found if match]


def _is_of(line: str, name: str) -> bool:
    match = _ASSIGNMENT.match(line)
    return match is not None and match["name"] == name


def _spell(name: str, value: str, before: str) -> str:
    """The line, with the quotes and the remark that it has."""
    match = _PLAIN.match(before)
    if match is None:
        return f'{name}="{value}"'
    quote = match["single"] or '"'
    return f"{match['head']}{quote}{value}{quote}{match['tail']}"


def parse_variables(text: str) -> dict[str, str]:
    """What `sysrc -ae` prints; quotes as the shell reads them."""
    found: dict[str, str] = {}
    name = ""
    for line in lines_in(text):
        match = _SHOWN.match(line)
        if match:
            name = match["name"]
        # Any other line goes on with the value before.
        found[name] = match["value"] if match else f"{found.get(name, '')}\n{line}"
    return {name: _unquote(value) for name, value in found.items() if name}


def _unquote(value: str) -> str:
    try:
        return " ".join(shlex.split(value))
    except ValueError:
        return value
