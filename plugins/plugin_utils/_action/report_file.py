# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that a run writes on the controller: evidence of hosts, for their owner alone, and pictures.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from ...module_utils._errors import LvsError
from ...module_utils._host.host import Host
from .screen import show_text

_OWNER_ALONE, FOR_ALL = 0o600, 0o644


def write_report(variable: str, path: str, text: str, mode: int = _OWNER_ALONE) -> None:
    """Put the text where the variable says, and say where; nowhere when it is empty."""
    if path:
        show_text(f"Written to {write_file(variable, path, text, mode)}")


def write_file(variable: str, path: str, text: str, mode: int = _OWNER_ALONE) -> Path:
    """Put the text where the variable says, whole or not at all.

    A relative name is one in the folder where the person is who runs the playbook.

    A symlink is followed unless others could have put it there, as in /tmp.
    """
    place = Path(os.path.expandvars(path)).expanduser().absolute()
    if place.exists() and not place.is_file():
        raise LvsError(variable, path, "is there already and no file. Name a file.")
    if place.exists() and place.stat().st_uid != os.geteuid():  # whose it would stay
        raise LvsError(variable, path, "is a file of somebody else, who could read it. Name another file.")
    Host().write(str(place), text, mode)
    return place


def as_json(value: object) -> str:
    """In ASCII, so that whatever a host says can be looked at on a terminal."""
    return json.dumps(value, indent=4, sort_keys=True) + "\n"
