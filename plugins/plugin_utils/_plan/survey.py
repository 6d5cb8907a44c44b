# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The answers of a survey, which are words and numbers, as services the way an inventory writes them.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing is checked here but the form of a list; the plan says what is wrong with the values.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._errors import LvsError

# The questions; `ports` and `realservers` take several words, the others are copied as they are.
ANSWERS = (
    "name",
    "vip",
    "ports",
    "protocol",
    "forwarding",
    "scheduler",
    "persistence",
    "realservers",
)
_BREAKS = re.compile(r"[\s;]+")
# The HOWTO's own spelling of a realserver in a SERVICE line: name[:port][,weight] (HOWTO 4.1).
_REALSERVER = re.compile(r"(?P<host>[^:,]+)(:(?P<port>[^:,]+))?(,(?P<weight>[^:,]+))?\Z")

Service = dict[str, t.Any]


def services_of(answers: t.Mapping[str, object], groups: t.Container[str]) -> list[Service]:
    """One service a port; none when nobody answered the question for the VIP."""
    unknown = sorted(str(key) for key in answers if key not in ANSWERS)
    if unknown:
        raise LvsError("answers", unknown[0], f"is not a question of the survey. Use {', '.join(ANSWERS)}.")
    given = {key: _stripped(value) for key, value in answers.items()}
    given = {key: value for key, value in given.items() if value not in (None, "", [])}
    if "vip" not in given:
        return []
    pool = _pool(given.pop("realservers", None), groups)
    ports = _words(given.pop("ports", ["http"]))
    name = given.pop("name", None)
    return [{**given, "port": port, **_named(name, port, ports), **pool} for port in ports]


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _words(value: object) -> list[t.Any]:
    """A list as a multiple choice gives it, or words with blanks, line breaks, commas or semicolons between them."""
    if isinstance(value, (list, tuple)):
        return list(value)
    return [word for word in _BREAKS.split(value.replace(",", " ")) if word] if isinstance(value, str) else [value]


def _named(name: object, port: object, ports: list[t.Any]) -> Service:
    if name is None:
        return {}
    # A name that is no text is shown by the plan as it is.
    return {"name": name if len(ports) == 1 or not isinstance(name, str) else f"{name} {_word(port)}"}


def _word(port: object) -> object:
    return port if isinstance(port, (str, int)) else "?"


def _pool(value: object, groups: t.Container[str]) -> Service:
    """A single group by its name; hosts otherwise. Left out, it is the group realservers."""
    if value is None:
        return {}
    words = [word for word in _BREAKS.split(value) if word] if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)):
        return {"realservers": value}
    if len(words) == 1 and isinstance(words[0], str) and words[0] in groups:
        return {"realservers": words[0]}
    return {"realservers": [_realserver(word) for word in words]}


def _realserver(word: object) -> object:
    match = _REALSERVER.match(word) if isinstance(word, str) else None
    if match is None:
        return word
    parts = {key: part for key, part in match.groupdict().items() if part is not None}
    return word if len(parts) == 1 else parts
