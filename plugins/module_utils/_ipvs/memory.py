# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replacing what is remembered of realservers that were drained. To be done with the host's lock held.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._host.actions import Action, Remove, Write
from . import drained

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    from .._model.table import RealserverKey, ServiceKey
    from .drained import Flags, Memory


def writing(memory: Memory | None, flags: Flags | None = None) -> list[Action]:
    """What has this remembered; nothing to do for None."""
    if memory is None:
        return []
    content = drained.remembering(memory, drained.MEMORY, flags)
    return [Remove(drained.MEMORY, and_directory=True) if content is None else Write(drained.MEMORY, content)]


def forgetting(doomed: Callable[[ServiceKey, RealserverKey], bool]) -> list[Action]:
    """What has some remembered no longer."""
    return writing(drained.without(doomed, drained.read_memory(drained.MEMORY)))
