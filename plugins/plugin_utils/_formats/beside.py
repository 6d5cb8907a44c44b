# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that an old file includes, as they lie beside it on the controller.

Private: this file may change in any release; do not import it from outside the collection.
A file of somebody else's says what to read, so nothing is read but what lies below the folder of that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .file import Included

_BRACES = re.compile(r"(.*?)\{([^{}]*)\}(.*)\Z", re.DOTALL)
_WILDCARD = re.compile(r"[*?\[]")


def files_beside(folder: Path) -> Included:
    """How to find what is included by a file in this folder."""
    root = folder.resolve()

    def find(pattern: str, parent: str) -> list[tuple[str, str]] | None:
        for near in _near(pattern, parent, root):
            files = [path for text in _expanded(near) for path in _matching(text, root)]
            if not all(path.resolve().is_relative_to(root) for path in files):
                return None
            if files or _is_empty_folder(near, root):
                return [(str(path.relative_to(root)), _text(path)) for path in files]
        return None

    return find


def _near(pattern: str, parent: str, root: Path) -> Iterator[str]:
    """Relative to the folder of the whole; a path of the old director is looked for by ever less of its beginning."""
    if not pattern.startswith("/"):
        yield f"{parent}/{pattern}" if parent else pattern
        return
    if Path(pattern).is_relative_to(root):
        yield str(Path(pattern).relative_to(root))
    parts = pattern.strip("/").split("/")
    # A pattern keeps its folder, for any file might match its last part.
    yield from ("/".join(parts[first:]) for first in range(len(parts) - bool(_WILDCARD.search(parts[-1]))))


def _matching(pattern: str, root: Path) -> list[Path]:
    """As glob(3): a name that begins with a dot is matched by such a pattern alone."""
    if not pattern or pattern.startswith("/"):
        return []
    hidden = pattern.rpartition("/")[2].startswith(".")
    return sorted(path for path in root.glob(pattern) if path.is_file() and hidden == path.name.startswith("."))


def _expanded(pattern: str) -> Iterator[str]:
    """{a,b} is both, as to glob(3) with GLOB_BRACE."""
    match = _BRACES.match(pattern)
    if match is None:
        yield pattern
        return
    for choice in match[2].split(",")[:100]:
        yield from _expanded(match[1] + choice + match[3]) if pattern.count("{") < 4 else ()


def _is_empty_folder(pattern: str, root: Path) -> bool:
    """conf.d/*.conf may well mean no file; a file that is named must be there."""
    head, _slash, tail = pattern.rpartition("/")
    folder = (root / head).resolve()
    return bool(_WILDCARD.search(tail)) and folder.is_dir() and folder.is_relative_to(root)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
