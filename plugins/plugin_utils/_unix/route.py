# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialects of route(8): how the default gateway is changed in the running system. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import typing as t

from .steps import INET6, Run
from .text import DEFAULTS

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

_DEFAULTS = {*DEFAULTS, f"{DEFAULTS[1]}/0"}
_WORD = re.compile(r"[^\s\"'=;&|]+")
# Tables of their own: OpenBSD's rdomain(4), FreeBSD's setfib(1).
_OTHER_TABLE = re.compile(r"-T\s*[1-9]|-fib\s+[1-9]|\bsetfib\b")
SHOW_ROUTES = ("route", "-p", "show")
_WHY = "Answer clients by the gateway that the forwarding method needs"


def bsd_reroute(old: Iterable[str], new: str | None) -> list[Run]:
    """BSD and macOS have one default route, which can be changed in place."""
    if new is None:
        return [Run("Have no default gateway", ("route", "delete", "default"))] if old else []
    return [Run(_WHY, ("route", "change" if old else "add", "default", new))]


def replace_reroute(old: Iterable[str], new: str | None, metric: Sequence[str] = ()) -> list[Run]:
    """Others name the gateway of the route that goes; the new one must not be there beside it."""
    gone = [Run("Remove this default gateway", ("route", "delete", "default", one)) for one in old]
    return [*gone, *([] if new is None else [Run(_WHY, ("route", "add", "default", new, *metric))])]


_PERSISTENT = re.compile(r"^persistent: route add (?P<words>.*)$", re.MULTILINE)
_PLAIN = re.compile(r"(?:-?net |-inet )*default (?P<gateway>\S+)\s*\Z")


def persistent_defaults(shown: str) -> list[str]:
    """The default routes that `route -p show` lists: the gateway alone, or all words where there are others."""
    routes = [match["words"].strip() for match in _PERSISTENT.finditer(shown) if is_default(match["words"])]
    return [match["gateway"] if (match := _PLAIN.match(words)) else words for words in routes]


def is_default(words: str) -> bool:
    """Whether this is about the default route of IPv4: arguments of route(8), or a line of a script that calls it."""
    found = _WORD.findall(words)
    return bool(_DEFAULTS & set(found)) and f"-{INET6}" not in found and not _OTHER_TABLE.search(words)
