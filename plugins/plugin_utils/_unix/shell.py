# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions and steps as shell, and the answers read back. For the oldest of shells: Bourne's own. Pure.

Private: this file may change in any release; do not import it from outside the collection.

The login shell, which hands it all to /bin/sh as one quoted word, may be csh (root's on FreeBSD up to 13 and on IRIX):
to it a line's end breaks a quoted word and an exclamation mark recalls a command, so neither is in what is sent.

Files come as the numbers of their bytes (od -b), for a terminal in between may turn tabs into spaces and add carriage
returns, and what is read of somebody's file is written back.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ...module_utils._errors import LvsError
from ...module_utils._model.lines import lines_in
from .steps import (
    Answers,
    Command,
    Files,
    Question,
    Remove,
    Run,
    Said,
    Step,
    Write,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

# Where any of the systems keeps ifconfig, route, ipadm, sysrc, ndd, launchctl; IRIX has /usr/etc.
_PATH = "/usr/sbin:/sbin:/usr/bin:/bin:/usr/etc:/usr/local/sbin:/usr/local/bin"
_ENVIRONMENT = f"PATH=$PATH:{_PATH}; LC_ALL=C; LANG=C; export PATH LC_ALL LANG"
_EXCLAMATION = r"lvs_mark=`printf '\041'`"
_MARK = "@lvs@"
_ASK = f'ask() {{ echo "{_MARK} command $1"; shift; "$@" 2>&1; lvs=$?; echo; echo "{_MARK} status $lvs"; }}'
LONGEST_WORD = 16_000
"""What every login shell takes as one word, but for csh as it once was, and every system as the words of a command."""
_PLAIN_PATTERN = re.compile(r"[A-Za-z0-9_./*?\[\]:-]+\Z")


def ask(questions: Sequence[Question]) -> str:
    """A script that asks all questions at once."""
    commands = [_ask(number, one) for number, one in enumerate(questions) if isinstance(one, Command)]
    patterns = [_plain(one.pattern) for one in questions if isinstance(one, Files)]
    link = f'if test -h "$lvs"; then echo "{_MARK} link $lvs"; fi'
    show = f'{link}; if test -f "$lvs"; then echo "{_MARK} file $lvs"; od -bv "$lvs"; fi'
    files = [f"for lvs in {' '.join(patterns)}; do {show}; done"] if patterns else []
    return send(f"exec </dev/null; {_ASK}", *commands, *files)


def send(*commands: str) -> str:
    """A script of these commands, in a form that passes through any login shell unchanged."""
    script = "; ".join(commands)
    if "\n" in script:
        raise LvsError("shell", script, "has an end of line, which not every login shell passes on.")
    # There is none but in quoted words.
    plain = script.replace("!", "'\"$lvs_mark\"'")
    return "; ".join([_ENVIRONMENT, *([_EXCLAMATION] if plain != script else []), plain])


def _ask(number: int, question: Command) -> str:
    return f"ask {number} {shlex.join(question.argv)}"


def _plain(pattern: str) -> str:
    if not _PLAIN_PATTERN.match(pattern):
        raise LvsError("pattern", pattern, "is not a plain pattern of files.")
    return pattern


def understand(questions: Sequence[Question], text: str) -> Answers:
    """The answers in what the script printed, with or without a terminal in between."""
    commands: dict[tuple[str, ...], Said] = {}
    files: dict[str, str] = {}
    links: set[str] = set()
    pieces = text.replace("\r", "").split(f"{_MARK} ")
    for piece in pieces[1:]:
        head, _newline, body = piece.partition("\n")
        kind, _space, rest = head.partition(" ")
        if kind == "command":
            asked = questions[int(rest)]
            body_of = (asked.argv if isinstance(asked, Command) else (), body)
        elif kind == "status":
            commands[body_of[0]] = Said(int(rest), body_of[1].removesuffix("\n"))
        elif kind == "link":
            links.add(rest)
        else:
            files[rest] = _bytes_of(body).decode("utf-8", "surrogateescape")
    missing = [one.argv for one in questions if isinstance(one, Command) and one.argv not in commands]
    if missing:
        raise LvsError(
            "shell",
            text.strip()[-200:],
            f"did not answer {shlex.join(missing[0])}. See whether /bin/sh works there, "
            "for the user that the task becomes.",
        )
    return Answers(commands, files, frozenset(links))


def _bytes_of(dump: str) -> bytes:
    """The bytes that `od -b` shows."""
    words = (line.split()[1:] for line in lines_in(dump))
    return bytes(int(word, 8) for line in words for word in line)


def tell(step: Step, longest: int = LONGEST_WORD) -> list[str]:
    """A step as shell: one script, and for a file that would make it longer than a word may be, one after the other."""
    whole = send(spell(step))
    if not isinstance(step, Write) or _word_length(whole) <= longest:
        return [whole]
    keep, new, finish = _around(step)
    return [send(f"{keep} && : >{new}"), *_append(step.text, new, longest), send(finish)]


def _append(text: str, path: str, longest: int) -> list[str]:
    script = send(f"{_print(text)} >>{path}")
    if _word_length(script) <= longest or len(text) <= 1:
        return [script]
    half = len(text) // 2
    return [*_append(text[:half], path, longest), *_append(text[half:], path, longest)]


def _word_length(script: str) -> int:
    return len(shlex.quote(script))


def settle() -> str:
    """What brings files to the disk that were written or removed, as far as a shell can."""
    return send("sync")


def spell(step: Step) -> str:
    """The step alone, as a person would type it."""
    if isinstance(step, Run):
        return shlex.join(step.argv) if step.checked else f"{shlex.join(step.argv)} || echo 'Look whether it is done.'"
    if isinstance(step, Remove):
        return f"rm -f {shlex.quote(step.path)}"
    keep, new, finish = _around(step)
    return f"{keep} && {_print(step.text)} >{new} && {finish}"


def _around(step: Write) -> tuple[str, str, str]:
    """What comes before a new file is filled, its name, and what makes it the file."""
    if "\0" in step.text:
        raise LvsError(step.path, None, "holds a NUL byte, which no command can carry. Take it out.")
    path, new = shlex.quote(step.path), shlex.quote(f"{step.path}.lvs")
    mode = f"chmod {step.mode} {new} && " if step.mode else ""
    # A copy that keeps owner and mode is filled and takes the file's place: a power cut finds the old one or the new.
    keep = f"if test -f {path}; then cp -p {path} {new}; fi"
    return keep, new, f"{mode}mv -f {new} {path}"


def _print(text: str) -> str:
    """A command that prints the text, which may end without a newline."""
    *whole, rest = text.split("\n")
    commands = ["printf '%s\\n' " + " ".join(map(shlex.quote, whole))] if whole else []
    commands += [f"printf %s {shlex.quote(rest)}"] if rest or not whole else []
    return commands[0] if len(commands) == 1 else f"{{ {'; '.join(commands)}; }}"


def script(steps: Iterable[Step], head: str) -> str:
    """The steps as a script for a person to read and run, each with its reason."""
    parts = [f"# {step.why}.\n{spell(step)}" for step in steps]
    return "\n".join([head, "set -eu", _ENVIRONMENT, "umask 022", "", *parts, ""])
