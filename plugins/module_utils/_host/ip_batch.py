# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many commands of ip in one process, where a thousand addresses would else take a thousand.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from .._errors import LvsError
from .._model.lines import lines_in

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

    from .host import Completed, Host

BATCH = ("-batch", "-")  # it reads from its input, and ends at the first command that fails

# ip takes quotes, a backslash and # in its input for more than they are in a name.
_PLAIN = re.compile(r"[A-Za-z0-9_.:/@%+=,-]+")
_FAILED = re.compile(r"^Command failed -:([0-9]+)$", re.MULTILINE)


def is_batch(commands: Sequence[Sequence[str]]) -> bool:
    """Whether there are several, which ip can read."""
    return len(commands) > 1 and all(_PLAIN.fullmatch(word) for words in commands for word in words)


def lines(commands: Iterable[Sequence[str]]) -> list[str]:
    """As ip reads them: the arguments of each."""
    return [" ".join(words) for words in commands]


def joined(commands: Sequence[Sequence[str]]) -> tuple[list[Sequence[str]], list[str]]:
    """Those for a process each, and then the lines of one for several addresses."""
    together = [words for words in commands if words[0] == "addr"]
    if not is_batch(together):
        return list(commands), []
    return [words for words in commands if words[0] != "addr"], lines(together)


def ask(host: Host, questions: Sequence[Sequence[str]]) -> list[Completed]:
    """The answer to each as JSON: in one process where all have one, else in a process each, which says why not."""
    if is_batch(questions):
        done = host.attempt(("ip", "-j", *BATCH), _input(questions))
        answers = lines_in(done.stdout)
        if done.rc == 0 and len(answers) == len(questions):
            return [done._replace(stdout=answer) for answer in answers]
    return [host.attempt(("ip", "-j", *words)) for words in questions]


def _input(commands: Sequence[Sequence[str]]) -> str:
    return "".join(f"{line}\n" for line in lines(commands))


def run(host: Host, commands: Sequence[Sequence[str]]) -> None:
    """Have ip do all of them in their order; the first that fails ends it, and is named."""
    if not is_batch(commands):
        for words in commands:
            host.run(("ip", *words))
        return
    done = host.attempt(("ip", *BATCH), _input(commands))
    if done.rc:
        number = _FAILED.search(done.stderr)
        said = _FAILED.sub("", done.stderr).strip() or done.stdout.strip()
        failed = commands[int(number[1]) - 1] if number and 0 < int(number[1]) <= len(commands) else BATCH
        raise LvsError(shlex.join(("ip", *failed)), said[-2000:] or None, f"failed with exit status {done.rc}")
