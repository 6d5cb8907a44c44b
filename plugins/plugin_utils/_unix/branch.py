# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The branch of an action for a realserver that runs a Unix: it is asked and told over the connection itself.

Private: this file may change in any release; do not import it from outside the collection.

As with ansible.builtin.raw, the host needs a shell and nothing else: no Python, no copied file.
"""

from __future__ import annotations

import typing as t

from ...module_utils._errors import LvsError
from .._action.system import Branch, Result
from . import shell as unix_shell
from . import systems as unix_systems
from .steps import Remove, Run, Step, Write

if t.TYPE_CHECKING:  # pragma: no cover
    from .unix import Unix


class UnixBranch(Branch):
    """Looks at the host, and takes steps on it."""

    systems = unix_systems.NAMES
    _links: frozenset[str] = frozenset()

    def look(self, vips: t.Sequence[str] | None = None) -> Unix:
        """The host as it is, and for these VIPs, when they are known."""
        questions = unix_systems.questions_for(self.system)
        said = self.action.shell(unix_shell.ask(questions))
        answers = unix_shell.understand(questions, said["stdout"] or said["stderr"])
        self._links = answers.links
        host = unix_systems.find(self.system, answers)
        if vips is not None:
            host.expect(vips)
        return host

    def do(self, steps: t.Iterable[Step]) -> None:
        """Take the steps, one by one; the first that fails is the last."""
        todo = list(steps)
        self.require_files(todo)
        longest = unix_systems.longest_word(self.system)
        for step in todo:
            for script in unix_shell.tell(step, longest):
                self.require_done([step], self.action.shell(script))
        if any(not isinstance(step, Run) for step in todo):
            self.action.shell(unix_shell.settle())

    @staticmethod
    def require_done(steps: t.Sequence[Step], said: Result) -> None:
        """Refuse to go on after a script of these steps that failed."""
        if said["rc"] != 0:
            words = (said["stderr"].strip() or said["stdout"].strip())[-500:]
            command = "; ".join(map(unix_shell.spell, steps))
            raise LvsError(command, words or None, f"failed with exit status {said['rc']}")

    def require_files(self, steps: t.Iterable[Step]) -> None:
        """Refuse to put a file in the place of somebody's symbolic link."""
        for step in steps:
            if isinstance(step, Write) and step.path in self._links:
                cure = "is a symbolic link, and would become a file. Put the file that it leads to in its place."
                raise LvsError(step.path, None, cure)

    def finish(self, steps: list[Step], before: Result, after: Result, texts: t.Mapping[str, str]) -> Result:
        """What the task returns; `texts` are the files that were there before."""
        self.require_files(steps)
        commands = [unix_shell.spell(step) for step in steps if isinstance(step, Run)]
        files = [_file_diff(step, texts) for step in steps if not isinstance(step, Run)]
        return self.result(bool(steps), before, after, commands, files)


def _file_diff(step: Write | Remove, texts: t.Mapping[str, str]) -> Result:
    return {
        "before_header": step.path,
        "after_header": step.path,
        "before": texts.get(step.path, ""),
        "after": step.text if isinstance(step, Write) else "",
    }
