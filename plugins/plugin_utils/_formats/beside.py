# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files that an old file includes, as they lie beside it on the controller.

Private: this file may change in any release; do not import it from outside the collection.
A file of somebody else's says what to read, so nothing is read but what lies below the folder of that file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from .file import Included

_BRACES = re.compile(r"(.*?)\{([^{}]*)\}(.*)\Z", re.DOTALL)
_WILDCARD = re.compile(r"[*?\[]")


def files_beside(folder: Path) -> Included:
    """How to find what is included by a file in this folder."""
    root = folder.resolve()

    def find(pattern: str, parent: str) -> list[tuple[str, str]] | None:
        for near in _near(pattern, parent, root):
            found = [(text, _matching(text, root)) for text in _expanded(near)]
            # Of several that are named, each must be there.
            if all(files or _is_empty_folder(text, root) for text, files in found):
                return _texts([path for _text, files in found for path in files], root)
        return None

    return find


def _texts(files: list[Path], root: Path) -> list[tuple[str, str]] | None:
    if not all(path.resolve().is_relative_to(root) for path in files):
        return None
    try:
        return [(str(path.relative_to(root)), _text(path)) for path in files]
    except OSError:
        return None


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
    """As glob(3), but for what Python writes otherwise: a name with a dot in front is matched by one alone."""
    parts = [re.sub(r"\*+", "*", part) for part in pattern.split("/") if part not in ("", ".")]
    if not parts or pattern.startswith("/") or "\\" in pattern or "[^" in pattern:
        return []
    try:
        found = [path for path in root.glob("/".join(parts)) if path.is_file()]
    except (OSError, ValueError):
        return []
    return sorted((path for path in found if _is_seen(parts, path.relative_to(root).parts)), key=str)


def _is_seen(parts: Sequence[str], names: Sequence[str]) -> bool:
    return all(part.startswith(".") or not name.startswith(".") for part, name in zip(parts, names, strict=True))


def _expanded(pattern: str) -> Iterator[str]:
    """{a,b} is both, as to glob(3) with GLOB_BRACE."""
    match = _BRACES.match(pattern)
    if match is None:
        yield pattern
        return
    for choice in match[2].split(",")[:100]:
        yield from _expanded(match[1] + choice + match[3]) if pattern.count("{") < 4 else ()


def _is_empty_folder(pattern: str, root: Path) -> bool:
    """conf.d/*.conf may well mean no file; a file that is named must be there, and one beside this may be forgotten."""
    head, _slash, tail = pattern.rpartition("/")
    folder = (root / head).resolve()
    return bool(_WILDCARD.search(tail)) and folder.is_dir() and folder != root and folder.is_relative_to(root)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")
