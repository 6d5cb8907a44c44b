# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values, names and choices as messages say them: short, and on one line.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import difflib
import re
import typing as t

_SHOWN_LENGTH = 60
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*\Z")


def show(value: object) -> str:
    """A short, one-line, inert picture of any value."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _show_text(str(value))
    if isinstance(value, int):
        return str(int(value)) if value.bit_length() <= 64 else f"a number of {value.bit_length()} bits"
    if isinstance(value, float):
        return repr(float(value))
    if isinstance(value, t.Mapping):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "an empty list" if not value else "a list"
    return f"a value of type {type(value).__name__}"


def shown(value: object) -> str:
    """The picture for a message, empty where nothing was found."""
    return "" if value is None else show(value)


def _show_text(text: str) -> str:
    cut = text if len(text) <= _SHOWN_LENGTH else text[:_SHOWN_LENGTH] + "..."
    return repr(cut)


def show_name(name: object) -> str:
    """A name inside a path: bare when it is harmless, otherwise the way `show` says it."""
    if isinstance(name, str) and len(name) <= _SHOWN_LENGTH and _PLAIN_NAME.match(name):
        return str(name)
    return show(name)


def did_you_mean(value: object, choices: t.Iterable[str], aliases: t.Mapping[str, str] | None = None) -> str:
    """' Did you mean X?' for the nearest choice, by its own word where it is an alias, or nothing."""
    if not isinstance(value, str):
        return ""
    near = difflib.get_close_matches(value[:_SHOWN_LENGTH].lower(), sorted(choices), n=1)
    return f" Did you mean {(aliases or {}).get(near[0], near[0])}?" if near else ""


def one_of(choices: t.Iterable[str]) -> str:
    """The choices as people list them: 'a, b or c'."""
    words = list(choices)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
