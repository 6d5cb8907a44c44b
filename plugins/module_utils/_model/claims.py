# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an LVS asks of a host, thing by thing, and where two LVS ask for what cannot be had together. Pure.

Private: this file may change in any release; do not import it from outside the collection.

A thing is a kind and a name, such as ``vip 192.168.1.110``, and has a value, such as the interface ``lo``. Two LVS may
ask for the same thing: it is there as long as one of them does. They may not ask for two values of it. An empty value
is whichever there is.
"""

from __future__ import annotations

import fnmatch
import re
import typing as t

from .._errors import LvsError
from .address import canonical_address

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

Things = dict[str, str]

NAME = "lvs"  # of an LVS that was not given one, and of what was set up before LVS had names
LOST = "unknown"  # of what was set up by whichever LVS, when the record of that was lost
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}\Z")

SERVICE, VIP, HIDDEN, SYSCTL, MODULE, OPTION = "service", "vip", "hidden", "sysctl", "module", "option"
TUNNEL, CHECKSUM, MARK, SNAT, GATEWAY, ROUTE = "tunnel", "checksum", "mark", "snat", "gateway", "route"
METHOD = "hiding method"
_MOVED = "moved by VRRP "  # a VIP, to whichever director serves
# Of directors that share their VIPs by VRRP: whose adverts have a number, and what synchronises connections.
ROUTER, SYNC = "router_id", "synchronisation"

# By these an LVS is known again.
_TELLING = (SERVICE, VIP, HIDDEN, GATEWAY)
_OF_ADDRESSES = (VIP, HIDDEN, ROUTE, MARK)
# Of what is made from the record again.
_FORMS = {
    MARK: re.compile(r"\S+( \w+ [0-9]{1,5}(-[0-9]{1,5})?)?=[0-9]{1,10}"),
    SNAT: re.compile(r"\S+( \S+ \S+)?="),
    TUNNEL: re.compile(r"(ipip|gre|gue) [0-9]{1,5} (none|csum|remcsum) ipv[46] ipv[46]="),
}


def is_name(name: object) -> bool:
    """Whether an LVS can have this name."""
    return isinstance(name, str) and _NAME.match(name) is not None


def parse_name(item: str, name: object) -> str:
    """The name of an LVS, checked: it goes into files and messages."""
    if not isinstance(name, str) or not is_name(name):
        cure = "is no name of an LVS. Use one word of at most 32 letters, digits, - and _, such as web."
        raise LvsError(item, name, cure)
    return name


class Names(t.NamedTuple):
    """What an LVS is called, and what it was called before: the same where it takes nothing over."""

    name: str = NAME
    former: str = NAME

    @property
    def both(self) -> frozenset[str]:
        return frozenset(self)


UNNAMED = Names()


def parse_names(params: Mapping[str, t.Any]) -> Names:
    """The names in the options lvs_name and lvs_adopt of a task, checked."""
    name, adopted = parse_name("lvs_name", params["lvs_name"]), params["lvs_adopt"]
    return Names(name, parse_name("lvs_adopt", adopted) if adopted else name)


def thing(kind: str, *name: object) -> str:
    """The text that a thing goes by."""
    return " ".join([kind, *map(str, name)])


def named(kind: str, things: Mapping[str, str]) -> Things:
    """The things of a kind, by their names alone."""
    start = f"{kind} "
    return {one[len(start) :]: value for one, value in things.items() if one.startswith(start)}


def is_thing(one: str, value: str) -> bool:
    """Whether this is what a module wrote down. Kinds that are not known here are left alone."""
    kind, _space, name = one.partition(" ")
    first, form = name.partition(" ")[0], _FORMS.get(kind)
    if kind in _OF_ADDRESSES and canonical_address(first) != first:
        return False
    return form is None or form.fullmatch(f"{name}={value}") is not None


def telling(things: Mapping[str, str]) -> set[str]:
    """The things by which an LVS is known again."""
    return {one for one in things if one.partition(" ")[0] in _TELLING}


def size(things: Mapping[str, str]) -> str:
    """How much of an LVS a host has, in words."""
    count = len(named(SERVICE, things))
    vips = sorted({*named(VIP, things), *named(HIDDEN, things)})
    return f"{count} service{'' if count == 1 else 's'}" if count else ", ".join(vips) or "no VIP"


def together(*claims: Mapping[str, str]) -> Things:
    """What several ask for."""
    found: Things = {}
    for things in claims:
        found.update({one: value or found.get(one, "") for one, value in things.items()})
    return found


def services(keys: Iterable[str], lvs: str) -> Things:
    """Virtual services, which no two LVS can have, by their labels."""
    return {thing(SERVICE, key): lvs for key in keys}


def moved(vips: Iterable[str], router_id: int, sync: tuple[str, int] | None, lvs: str) -> Things:
    """What a director asks for that shares these VIPs by VRRP.

    No two LVS of a host have one number, whichever NIC and family their adverts go by: keepalived knows them by it.
    """
    return {
        **{thing(VIP, vip): f"{_MOVED}{router_id}" for vip in vips},
        thing(ROUTER, router_id): lvs,
        **({SYNC: f"on {sync[0]} with id {sync[1]}"} if sync else {}),
    }


def clashes(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What both ask for and cannot both have: the thing, my value and theirs."""
    sysctls = [other for other in theirs if other.startswith(SYSCTL)]
    return [
        (one, value, theirs[other])
        for one, value in mine.items()
        for other in (sysctls if one.startswith(SYSCTL) else [one] if one in theirs else [])
        if _differ(value, theirs[other]) and _same(one, other)
    ]


def _differ(value: str, other: str) -> bool:
    """Whichever NIC a VIP is to be on, it is on none of this host for good when it is moved."""
    return value != other and bool((value and other) or (value + other).startswith(_MOVED))


def _same(one: str, other: str) -> bool:
    """Whether two names mean a thing in common: those of sysctls may be patterns."""
    return one == other or _reaches(one, other) or _reaches(other, one)


def _reaches(pattern: str, name: str) -> bool:
    """A pattern is for all interfaces; `all` and `default`, beside it, mean something else."""
    special = name.split(".")[-2:-1] in (["all"], ["default"])
    return "*" in pattern and not special and fnmatch.fnmatchcase(name, pattern)
