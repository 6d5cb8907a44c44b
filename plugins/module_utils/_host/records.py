# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this collection wrote down on a host, read again: the one reader of all records.

Private: this file may change in any release; do not import it from outside the collection.

A record that is empty, torn or somebody else's counts as absent: that is said, and the next run writes it anew. One of
a newer release is refused, because what is in it would be lost.
This file is part of the zipapp that runs at boot without Ansible: standard library alone.
"""

from __future__ import annotations

import pathlib
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._errors import LvsError
from .._model.shapes import Misfit, Reader, json_in
from . import files

T = t.TypeVar("T")

FORMAT = 1  # of every record; one without a number has this
_SHOWN = 80
# Of a file that says nothing but what is wanted.
NOTHING_LOST = "it is written anew, or removed."


@dataclass(frozen=True)
class Found(t.Generic[T]):
    """What a record says; None when there is none. ``problem`` is why there is none though the file is there."""

    value: T | None = None
    problem: LvsError | None = None


def parse(data: str | bytes | None, path: str, shape: Reader[T], lost: str) -> Found[T]:
    """The record in the content of a file. ``lost`` says what is not known any more when it cannot be read."""
    if data is None:
        return Found()
    if is_empty(data):
        return Found(problem=emptied(path, lost))
    try:
        value = json_in(data, "it")
        _refuse_newer(value, path)
        return Found(shape(value, "it"))
    except Misfit as misfit:
        start = data[:_SHOWN] if isinstance(data, str) else data[:_SHOWN].decode("utf-8", "replace")
        cure = f"is not a record of this collection ({misfit}), so it counts as absent: {lost}"
        return Found(problem=LvsError(path, start, cure))


def text_of(content: str | None, path: str, lost: str) -> Found[str]:
    """The text of a file of ours that is a record, too, such as a unit."""
    if content is not None and is_empty(content):
        return Found(problem=emptied(path, lost))
    return Found(content)


def is_empty(data: str | bytes) -> bool:
    """What a file holds whose content did not reach the disk before the power went: nothing, or zeros."""
    return not (data.strip("\0 \n") if isinstance(data, str) else data.strip(b"\0 \n"))


def emptied(path: str, lost: str) -> LvsError:
    return LvsError(path, None, f"is empty, as after a power failure, so it counts as absent: {lost}")


def _refuse_newer(value: object, path: str) -> None:
    number = value.get("format", FORMAT) if isinstance(value, Mapping) else FORMAT
    if isinstance(number, int) and number > FORMAT:
        cure = "has the format of a newer release of this collection. Run that release, or remove the file."
        raise LvsError(path, number, cure)


def load(path: str) -> bytes | None:
    """The content of a file, None when there is no such file."""
    return files.read(pathlib.Path(path))


def tell(warn: Callable[[str], None], *found: Found[t.Any]) -> None:
    """Say which records could not be read."""
    for one in found:
        if one.problem is not None:
            warn(str(one.problem))
