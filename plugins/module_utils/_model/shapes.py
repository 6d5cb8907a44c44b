# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape that data from elsewhere must have: what a host answers, what a file holds, what a program prints as JSON.

Private: this file may change in any release; do not import it from outside the collection.

Pure. A reader takes a value and the path of it, and returns the value as we use it or raises a Misfit. Readers are put
together from smaller ones, so that a shape is written down once and whoever has read a value need not doubt it.
This file is part of the zipapp that runs at boot without Ansible: standard library alone.
"""

from __future__ import annotations

import json
import math
import typing as t
from collections.abc import Callable, Mapping

from .._errors import nests_deeper
from .address import canonical_address

T = t.TypeVar("T")
Reader = t.Callable[[object, str], T]
Entry = dict[str, t.Any]

# More than any counter, size or number that a host has to tell.
MOST = 2**64 - 1
_SHOWN_KEY = 40
_DEEPEST = 50


class Misfit(ValueError):
    """A value that does not have the shape that it must have."""

    def __init__(self, path: str, value: object, wanted: str) -> None:
        super().__init__(path, value, wanted)
        self.path = path
        self.found = kind_of(value)
        self.wanted = wanted

    def __str__(self) -> str:
        return f"{self.path} is {self.found} where {self.wanted} is expected"


def kind_of(value: object) -> str:
    """What a value is, without a word of what it says: it may say anything."""
    if value is None:
        return "nothing"
    for kinds, words in _KINDS:
        if isinstance(value, kinds):
            return words
    return f"a value of type {type(value).__name__}"


_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "a truth value"),
    ((int, float), "a number"),
    ((str, bytes), "a text"),
    (Mapping, "a mapping"),
    ((list, tuple), "a list"),
)


def json_in(given: str | bytes, path: str) -> object:
    """The value that a JSON text stands for, unless it nests deeper than anybody writes."""
    try:
        value = json.loads(given)
    except (ValueError, RecursionError):
        raise Misfit(path, given, "JSON") from None
    if nests_deeper(value, _DEEPEST):
        raise Misfit(path, given, f"JSON of at most {_DEEPEST} levels")
    return t.cast(object, value)


# --- single values ---


def raw(value: object, _path: str) -> object:
    """Anything: whoever uses it looks at it himself."""
    return value


def text(value: object, path: str) -> str:
    """A text that can be written anywhere: half of a surrogate pair cannot."""
    if not isinstance(value, str) or not (value.isascii() or _is_unicode(value)):
        raise Misfit(path, value, "a text")
    return value


def _is_unicode(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def number(low: int = 0, high: int = MOST) -> Reader[int]:
    """A whole number between two bounds."""

    def read(value: object, path: str) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise Misfit(path, value, f"a number from {low} to {high}")
        return value

    return read


def seconds(value: object, path: str) -> float:
    """A time that passed."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Misfit(path, value, "a number of seconds")
    if not 0 <= value <= MOST or not math.isfinite(value):
        raise Misfit(path, value, "a number of seconds")
    return value


def truth(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise Misfit(path, value, "true or false")
    return value


def word(*choices: str) -> Reader[str]:
    """One of a few words."""

    def read(value: object, path: str) -> str:
        if not isinstance(value, str) or value not in choices:
            raise Misfit(path, value, f"one of {', '.join(choices)}")
        return value

    return read


def address(value: object, path: str) -> str:
    """An address in its one spelling, as the kernel and its tools give it."""
    if not isinstance(value, str) or canonical_address(value) != value:
        raise Misfit(path, value, "an IP address")
    return value


# --- values in values ---


def nullable(inner: Reader[T]) -> Reader[T | None]:
    def read(value: object, path: str) -> T | None:
        return None if value is None else inner(value, path)

    return read


def listed(inner: Reader[T]) -> Reader[list[T]]:
    """A list of such values."""

    def read(value: object, path: str) -> list[T]:
        if not isinstance(value, (list, tuple)):
            raise Misfit(path, value, "a list")
        return [inner(one, f"{path}[{index}]") for index, one in enumerate(value)]

    return read


def keyed(inner: Reader[T], key: Reader[str] = text) -> Reader[dict[str, T]]:
    """Such values by names that are not known before."""

    def read(value: object, path: str) -> dict[str, T]:
        if not isinstance(value, Mapping):
            raise Misfit(path, value, "a mapping")
        return {key(name, f"a key of {path}"): inner(one, f"{path}[{_shown(name)}]") for name, one in value.items()}

    return read


def _shown(name: object) -> str:
    return ascii(name[:_SHOWN_KEY] if isinstance(name, str) else kind_of(name))


def fields(
    needed: Mapping[str, Reader[t.Any]], optional: Mapping[str, Reader[t.Any]] | None = None
) -> Reader[dict[str, t.Any]]:
    """A mapping with these keys. Others, which another release may have, are left out."""
    readers = {**needed, **(optional or {})}

    def read(value: object, path: str) -> Entry:
        if not isinstance(value, Mapping):
            raise Misfit(path, value, "a mapping")
        for name in needed:
            if name not in value:
                raise Misfit(f"{path}.{name}", None, "a value")
        return {name: inner(value[name], f"{path}.{name}") for name, inner in readers.items() if name in value}

    return read


def agreeing(inner: Reader[T], agrees: Callable[[T], bool], wanted: str) -> Reader[T]:
    """A value whose parts must fit each other."""

    def read(value: object, path: str) -> T:
        found = inner(value, path)
        if not agrees(found):
            raise Misfit(path, value, wanted)
        return found

    return read


def readable(parse: Callable[[T], object], inner: Reader[T], wanted: str) -> Reader[T]:
    """A value that a parser of ours can take, which says no by a ValueError."""

    def read(value: object, path: str) -> T:
        found = inner(value, path)
        try:
            parse(found)
        except ValueError:
            raise Misfit(path, value, wanted) from None
        return found

    return read
