# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module that works on its host ends: with its result, or with errors that say what to do.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import errno
import time
import traceback
import typing as t

from .._errors import LvsError
from . import changes
from .lock import PATIENCE, hold, own_name

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable, Iterator

    from ansible.module_utils.basic import AnsibleModule

    from .host import Host

    State = dict[str, t.Any]

# Of what a task did before it failed.
UNDONE = "Everything this task did before that was undone."
LEFT = "This could not be undone: "
_PAUSE = 0.5  # seconds between two looks at what others began


def finish(
    module: AnsibleModule,
    host: Host,
    work: Callable[[Host], dict[str, t.Any]],
    busy: Callable[[Host], bool] = lambda _host: False,
) -> t.NoReturn:
    """Do the work, alone on this host where it changes anything, and end the module: all of it, or none.

    As long as it is ``busy`` with what others began, they have the lock to end that; at last the work is to refuse it.
    """
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            with contextlib.nullcontext() if module.check_mode else hold(own_name(module), module.warn):
                if not busy(host) or time.monotonic() >= deadline:
                    if not module.check_mode:
                        host.sweep()
                    with undoing(host):
                        result = work(host)
                    changes.note(module, result)
                    break
            time.sleep(_PAUSE)
    except UndoneError as error:
        module.fail_json(msg=str(error), changed=bool(error.left), exception=traceback.format_exc())
    except LvsError as error:
        module.fail_json(msg=str(error), exception=traceback.format_exc())
    module.exit_json(**result)


class UndoneError(LvsError):
    """What went wrong in the middle of the work. ``left`` is what could not be undone."""

    def __init__(self, reason: LvsError, left: list[str]) -> None:
        super().__init__(reason.item, reason.value, reason.text)
        self._reason = reason
        self.left = left

    def __str__(self) -> str:
        return f"{self._reason}\n{LEFT}{'; '.join(self.left)}" if self.left else f"{self._reason}\n{UNDONE}"


@contextlib.contextmanager
def undoing(host: Host) -> Iterator[None]:
    """What fails in here leaves the host as it was, and says so."""
    try:
        yield
    except (LvsError, OSError, MemoryError) as error:
        reason = error if isinstance(error, LvsError) else _out_of(error)
        began, left = host.undo()
        raise (UndoneError(reason, left) if began else reason) from error
    host.settle()


def _out_of(error: OSError | MemoryError) -> LvsError:
    """What the system itself refused us."""
    said = getattr(error, "strerror", None) or "Cannot allocate memory"
    cure = "Free some memory on this host, or raise the limit of the task, and run it again."
    if isinstance(error, OSError) and error.errno != errno.ENOMEM:
        cure = "See to it and run the task again."
    return LvsError(
        getattr(error, "filename", None) or "this host", None, f"did not allow this task to go on: {said}. {cure}"
    )


def refuse(module: AnsibleModule, problems: Iterable[LvsError]) -> None:
    """Stop with every problem at once, if there is one."""
    texts = [str(problem) for problem in problems]
    if texts:
        module.fail_json(msg="\n".join(texts))


def make_result(
    module: AnsibleModule, changed: bool, before: State, after: State, commands: list[str], files: list[dict[str, str]]
) -> State:
    """What a module returns; ``files`` are the differences of our files, for a diff."""
    result: State = {"changed": changed, "before": before, "after": after, "commands": commands}
    if module._diff:
        result["diff"] = [{"before": before, "after": after}, *files]
    return result
