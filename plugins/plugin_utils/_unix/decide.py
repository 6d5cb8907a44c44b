# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must happen on a realserver that is not Linux. The same for all of them; backends only spell it. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import ipaddress
import typing as t

from ...module_utils._errors import LvsError, LvsErrors
from .steps import INET6, Wish, family_of, full

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence, Set

    from .steps import Condition, Held, Step
    from .unix import Unix

View = dict[str, t.Any]


def require_realserver(hidden: bool) -> None:
    """Refuse to show a VIP to the neighbours, as directors do."""
    if not hidden:
        raise LvsError("hidden", hidden, "is for directors, which run Linux. Leave it out.")


def require_fit(system: Unix, vips: Sequence[str], interface: str | None = None, backend: str = "auto") -> None:
    """Refuse what no backend here can do."""
    if backend != "auto":
        raise LvsError("backend", backend, f"is one for Linux. Leave it out: {system.title} has one way.")
    for index, vip in enumerate(vips):
        if family_of(vip) == INET6 and system.without_ipv6 is not None:
            raise LvsError(
                f"vips[{index}]",
                vip,
                f"is an IPv6 address, which this release does not set up on {system.title}: {system.without_ipv6}. "
                "Serve it with realservers that run another system, or set it up by hand.",
            )
    if interface not in (None, system.loopback):
        raise LvsError(
            "interface",
            interface,
            f"would answer ARP for the VIPs on {system.title}, or for nothing at all. Use {system.loopback}.",
        )


def _exposed(system: Unix, vips: Sequence[str]) -> list[LvsError]:
    silent = {one.handle.partition(":")[0] for one in system.interfaces if "LOOPBACK" in one.flags}
    harm = "which answers ARP for it in the director's place"
    return [
        LvsError(
            f"vips[{vips.index(held.ip)}]",
            held.ip,
            f"is on {held.handle} of this host, "
            f"{'which is not looked after here' if held.interface in silent else harm}. Remove it there "
            f"first; on a realserver it belongs on {system.loopback}.",
        )
        for held in system.addresses()
        if held.ip in vips and held.interface != system.loopback
    ]


def require_hidden(system: Unix, vips: Sequence[str]) -> None:
    """Refuse VIPs on a network interface, all at once."""
    _raise_all(_exposed(system, vips))


def _raise_all(problems: list[LvsError]) -> None:
    if problems:
        raise LvsErrors(problems)


def _require_editable(system: Unix, wish: Wish) -> None:
    """Refuse where a VIP would come at boot, unwanted or wrong, by something that is not ours to edit."""
    unwanted = wish.forget | (wish.keep - {kept.ip for kept in system.kept()})
    _raise_all(
        [
            LvsError(
                other.place,
                other.text,
                f"brings {', '.join(found)} to {system.loopback} at boot, in a form that is not changed here lest "
                "something else be lost. Take the address out there.",
            )
            for other in dict.fromkeys(system.others())
            if (found := sorted(other.ips & unwanted))
        ]
    )


def unmet(system: Unix) -> list[str]:
    """What keeps a VIP from being served, in words."""
    return [
        f"{condition.name} is {condition.live} and must be {condition.good[0]} ({condition.why})"
        for condition in system.conditions()
        if not condition.holds_live
    ]


def vips_present(system: Unix, vips: Sequence[str], persistent: bool, going: Iterable[str] = ()) -> list[Step]:
    """The VIPs on the loopback with the mask of one address, now and, if so wanted, at boot; others are going."""
    gone = frozenset(going)
    if not vips and not gone:
        return []
    require_hidden(system, vips)
    on_loopback = [held for held in system.addresses() if held.interface == system.loopback]
    wrong = [held for held in on_loopback if held.ip in vips and not (held.is_vip and _stays(system, held, persistent))]
    right = {held.ip for held in on_loopback if held not in wrong}
    missing = [vip for vip in vips if vip not in right]
    leaving = [held for held in on_loopback if held.ip in gone]
    removed = [step for held in (*wrong, *leaving) for step in system.remove(held)]
    keep, forget = (vips, ()) if persistent else ((), vips)
    wish = Wish(missing, frozenset(keep), gone.union(forget))
    _require_editable(system, wish)
    return [*removed, *system.put(wish)]


def _stays(system: Unix, held: Held, persistent: bool) -> bool:
    """Whether an address can stay as it is where the system has one store for now and for boot."""
    return not system.one_store or persistent == (held.ip in {kept.ip for kept in system.kept()})


def hide(system: Unix, vips: Sequence[str]) -> list[Step]:
    """Every condition of the system met, and no VIP where it would be answered for."""
    require_hidden(system, vips)
    return system.meet()


def show(system: Unix, vips: Iterable[str] | None, foreign: Set[str] = frozenset()) -> list[Step]:
    """The conditions as they were before, once the loopback holds no VIP but those that are leaving.

    `None` stands for all but those of other LVS. Which address on a loopback is a VIP of somebody else need not be
    known: any counts.
    """
    leaving = set(_loopback_vips(system)) - foreign if vips is None else set(vips)
    return [] if set(_loopback_vips(system)) - leaving else system.release()


def still_held(system: Unix, vips: Iterable[str]) -> list[str]:
    """The VIPs that are on the loopback yet, and would be cut off without the conditions."""
    wanted = set(vips)
    return [vip for vip in _loopback_vips(system) if vip in wanted]


def _loopback_vips(system: Unix) -> list[str]:
    return [held.ip for held in system.addresses() if held.interface == system.loopback and not _is_loopback(held.ip)]


def _is_loopback(ip: str) -> bool:
    address = ipaddress.ip_address(ip)
    return address.is_loopback or address.is_unspecified or address.is_link_local


def view(system: Unix, vips: Iterable[str]) -> View:
    """Where these VIPs are, and which of them the loopback gets back at boot."""
    wanted = set(vips)
    kept = sorted({one.ip for one in system.kept()} & wanted)
    return {
        "addresses": sorted(str(held) for held in system.addresses() if held.ip in wanted),
        "persistent": {system.loopback: kept} if kept else {},
    }


def foresee(system: Unix, vips: Sequence[str], present: bool, persistent: bool) -> View:
    """The same when the steps are done."""
    if not present:
        elsewhere = [held for held in system.addresses() if held.ip in vips and held.interface != system.loopback]
        return {"addresses": sorted(map(str, elsewhere)), "persistent": {}}
    right = {held.ip: str(held) for held in system.addresses() if held.is_vip}
    return {
        "addresses": sorted(right.get(vip, f"{full(vip)} dev {system.loopback}") for vip in vips),
        "persistent": {system.loopback: sorted(vips)} if persistent and vips else {},
    }


def view_conditions(system: Unix) -> View:
    """What the system demands, as it is now and will be at boot."""
    conditions = system.conditions()
    return {
        "conditions": {one.name: one.live for one in conditions},
        "persistent": {one.name: one.boot for one in conditions},
    }


def foresee_conditions(system: Unix, present: bool) -> View:
    """The same when the steps are done; only what is met is known beforehand."""
    conditions = system.conditions()
    return {
        "conditions": {one.name: _met(one) if present else one.former for one in conditions},
        "persistent": {one.name: _met(one) if present else one.former for one in conditions},
    }


def _met(condition: Condition) -> str:
    return condition.live if condition.holds_live else condition.good[0]
