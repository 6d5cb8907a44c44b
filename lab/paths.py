# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the lab keeps things: downloads and images in the cache, a running farm in the state folder."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def cache_dir() -> Path:
    """What is built once and kept: kernels, root file systems, images, SSH keys."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("LVS_LAB_CACHE") or Path(base, "lvs-lab"))


def state_dir() -> Path:
    """What lives as long as a farm is up."""
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(os.environ.get("LVS_LAB_STATE") or Path(base, f"lvs-lab-{os.getuid()}"))


def recipe_key(*parts: object) -> str:
    """A short name for what these parts make: the same recipe gives the same name."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def tree_digest(root: Path) -> str:
    """The content of a folder as a recipe part."""
    digest = hashlib.sha256()
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(root)}:{path.stat().st_mode:o}:".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@contextmanager
def appearing(final: Path) -> Iterator[Path]:
    """A temporary folder that becomes `final` when the body succeeds, and vanishes when it does not."""
    final.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
    try:
        yield draft
        draft.chmod(0o755)
        draft.rename(final)
    finally:
        if draft.exists():
            shutil.rmtree(draft)


@contextmanager
def one_builder() -> Iterator[None]:
    """Of those who need the same at once, one builds it; the others wait, and find it."""
    cache_dir().mkdir(parents=True, exist_ok=True)
    with (cache_dir() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
