# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values, texts and bytes with something wrong in them: one place is changed, sometimes two or three."""

from __future__ import annotations

import copy
import random
import re
import typing as t

# What JSON can carry.
_TEXTS = (
    "",
    " ",
    "x",
    "0",
    "-1",
    "99999999999999999999",
    "9" * 5000,
    "²",
    "é",
    "\ud800",
    "\x00",
    "\x1b[31mred\x1b[0m",
    "{{ 7 * 7 }}",
    "{host} {0} {",
    "%s%n",
    "a\nb\r\n\x0b\x0c\x85\u2028c",
    "' \" ; $(reboot) ` \\",
    "fe80::1%eth0",
    "::ffff:192.168.1.1",
    "192.168.1.0/33",
    "1.2.3",
    "[::1]",
    "ffff::",
    "[255.255.255.0]",
    "<script>",
    "A" * 70000,
)
_NUMBERS = (0, 1, -1, 2**16, 2**31 - 1, -(2**31), 2**32, 2**64, 10**400, 0.5, -0.0, 1e308)
_ODD_NUMBERS = (float("nan"), float("inf"), float("-inf"))


def deep(levels: int = 3000) -> list[object]:
    """A list in a list in a list."""
    value: list[object] = []
    for _level in range(levels):
        value = [value]
    return value


def json_value(random_: random.Random) -> object:
    """Something that JSON can carry, and that hardly anybody expects there."""
    kinds: tuple[t.Callable[[], object], ...] = (
        lambda: None,
        lambda: random_.choice((True, False)),
        lambda: random_.choice(_TEXTS),
        lambda: random_.choice(_TEXTS),
        lambda: random_.choice(_NUMBERS),
        lambda: random_.choice(_NUMBERS),
        lambda: random_.choice(_ODD_NUMBERS),
        list,
        dict,
        lambda: [random_.choice((None, "x", 1, {}, []))],
        lambda: {random_.choice(_TEXTS): random_.choice((None, "x", 1, {}, []))},
        lambda: deep(random_.choice((60, 900))),
    )
    return random_.choice(kinds)()


class _Tagged(str):
    """A text as ansible-core hands it over: of a class of its own."""


def python_value(random_: random.Random) -> object:
    """Something that a template can hand to a filter, beyond what JSON can carry."""
    cycle: list[object] = []
    cycle.append(cycle)
    mapping_cycle: dict[object, object] = {}
    mapping_cycle["realservers"] = mapping_cycle
    kinds: tuple[t.Callable[[], object], ...] = (
        lambda: json_value(random_),
        lambda: json_value(random_),
        lambda: json_value(random_),
        lambda: b"\xff\x00",
        lambda: bytearray(b"x"),
        lambda: {1, "x"},
        lambda: frozenset({"x"}),
        lambda: (),
        lambda: ("x", 1),
        lambda: {1: "x", None: 2, ("a",): 3, False: 4},
        lambda: cycle,
        lambda: mapping_cycle,
        lambda: _Tagged("192.168.1.11"),
        lambda: range(3),
        lambda: 1j,
        object,
        lambda: deep(3000),
    )
    return random_.choice(kinds)()


def _places(value: object) -> list[tuple[t.Any, t.Any]]:
    """Each place inside: what contains it, and under which key or index."""
    found: list[tuple[t.Any, t.Any]] = []
    left, seen = [value], set()
    while left:
        one = left.pop()
        if not isinstance(one, (dict, list)) or id(one) in seen or len(found) > 100_000:
            continue
        seen.add(id(one))
        keys = list(one) if isinstance(one, dict) else range(len(one))
        found += [(one, key) for key in keys]
        left += [one[key] for key in keys]
    return found


def mutated(
    value: t.Any, random_: random.Random, strange: t.Callable[[random.Random], object] = json_value, times: int = 0
) -> t.Any:
    """A copy with one to three places changed."""
    box = [copy.deepcopy(value)]
    for _time in range(times or random_.choice((1, 1, 1, 2, 3))):
        places = _places(box)
        if places:
            _change(*random_.choice(places), random_, strange)
    return box[0] if box else None


def _change(container: t.Any, key: t.Any, random_: random.Random, strange: t.Callable[[random.Random], object]) -> None:
    way = random_.randrange(10)
    if way < 6:
        container[key] = strange(random_)
    elif way == 6:
        del container[key]
    elif way == 7 and isinstance(container, list):
        container.insert(key, copy.copy(container[key]))
    elif way == 7 or isinstance(container, list):
        places = [place for place, _key in _places(container)]
        container[key] = random_.choice(places) if places and way == 9 else strange(random_)
    else:
        name = random_.choice((*_TEXTS, *container))
        container[name] = container.pop(key)


def mutated_bytes(data: bytes, random_: random.Random) -> bytes:
    """A copy that is cut off, overwritten, longer, or with bits turned over."""
    changed = bytearray(data)
    for _time in range(random_.choice((1, 1, 2, 4))):
        place = random_.randrange(len(changed) + 1)
        way = random_.randrange(6)
        if way == 0:
            del changed[place:]
        elif way == 1:
            changed[place:place] = random_.randbytes(random_.choice((1, 2, 4, 16)))
        elif way == 2:
            changed[place : place + random_.choice((1, 2, 4))] = random_.choice(
                (b"\0", b"\xff\xff", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"\0\0\0\0")
            )
        elif way == 3:
            del changed[place : place + random_.choice((1, 2, 4, 16))]
        elif changed:
            changed[place % len(changed)] ^= 1 << random_.randrange(8)
    return bytes(changed)


_PIECES = (*_TEXTS, "{", "}", "[", "]", '"', "'", "\\", "#", "!", "=", ":", "-", ",", "(", "\t", "\n", "\0", "[" * 3000)


def mutated_text(text: str, random_: random.Random) -> str:
    """A copy with words, lines or characters lost, doubled, swapped or replaced."""
    for _time in range(random_.choice((1, 1, 2, 3))):
        lines = text.splitlines(keepends=True) or [""]
        place = random_.randrange(len(lines))
        way = random_.randrange(7)
        if way == 0:
            del lines[place]
        elif way == 1:
            lines.insert(random_.randrange(len(lines) + 1), lines[place])
        elif way == 2:
            lines[place] = lines[place][: random_.randrange(len(lines[place]) + 1)]
        elif way == 3:
            text = text[: random_.randrange(len(text) + 1)]
            continue
        else:
            lines[place] = _line(lines[place], way, random_)
        text = "".join(lines)
    return text


def _line(line: str, way: int, random_: random.Random) -> str:
    words = re.split(r"(\s+|=)", line)  # the words, and what stands between them
    place = random_.randrange(len(words))
    if way == 4:
        words[place] = random_.choice(_PIECES)
    elif way == 5:
        words.insert(place, random_.choice(_PIECES))
    else:
        at = random_.randrange(len(line) + 1)
        return line[:at] + random_.choice(_PIECES) + line[at + random_.randrange(2) :]
    return "".join(words)
