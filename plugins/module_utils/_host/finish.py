# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module that works on its host ends: with its result, or with errors that say what to do.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import time
import traceback
import typing as t

from .._errors import LvsError
from . import changes
from .lock import PATIENCE, hold, own_name

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable

    from ansible.module_utils.basic import AnsibleModule

    State = dict[str, t.Any]

_PAUSE = 0.5  # seconds between two looks at what others began


def finish(
    module: AnsibleModule, work: Callable[[], dict[str, t.Any]], busy: Callable[[], bool] = lambda: False
) -> t.NoReturn:
    """Do the work, alone on this host where it changes anything, and end the module.

    As long as it is ``busy`` with what others began, they have the lock to end that; at last the work is to refuse it.
    """
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            with contextlib.nullcontext() if module.check_mode else hold(own_name(module), module.warn):
                if not busy() or time.monotonic() >= deadline:
                    result = work()
                    changes.note(module, result)
                    break
            time.sleep(_PAUSE)
    except LvsError as error:
        module.fail_json(msg=str(error), exception=traceback.format_exc())
    module.exit_json(**result)


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
