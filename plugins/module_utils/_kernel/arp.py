# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When does a Linux host keep silent about an address it holds, and what must change so that it does. Pure.

Private: this file may change in any release; do not import it from outside the collection.

The kernel answers and announces ARP for every address it has, on every interface. Two settings stop it, and the value
that counts on an interface is the larger of conf/all and conf/INTERFACE:

* arp_ignore 1 or 2: no answer on an interface for an address that sits on another one. 0 answers; 3 to 7 and 9 answer
  too (3 only spares addresses of host scope); 8 answers nothing at all, not even for the host's own address.
* arp_announce 2: never give such an address as the sender of a request. 0 and 1 do, and so does anything above 2.

conf/all must carry the value, so that an interface that appears later is covered from its first frame, and no interface
may lift the maximum out of the good range. conf/default counts as an interface: it seeds the ones to come. conf/lo does
not: there is no ARP on the loopback, and arp_ignore on it alone does nothing.

Kernels of the HOWTO's days have neither, but with a patch ``hidden``: 1 in conf/all and on the interface that holds the
address. It goes on interfaces that speak no ARP themselves alone, or they would not be heard of at all.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._errors import LvsError

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping, Sequence

    from .._host.addresses import Interface
    from .arptables import Rule

ALL = "all"
DEFAULT = "default"
LOOPBACK = "lo"

# By these means. The third one uses no setting of the kernel at all, see _arptables.
SYSCTL, HIDDEN, ARPTABLES = "sysctl", "hidden", "arptables"
METHODS = (SYSCTL, ARPTABLES, HIDDEN)

# The values that hide, the one to set first.
HIDING: dict[str, tuple[int, ...]] = {"arp_ignore": (1, 2), "arp_announce": (2,)}
_SETTINGS: dict[str, tuple[str, ...]] = {SYSCTL: tuple(HIDING), HIDDEN: (HIDDEN,), ARPTABLES: ()}


class Setting(t.NamedTuple):
    """One file below /proc/sys/net/ipv4/conf."""

    interface: str
    name: str

    @property
    def sysctl(self) -> str:
        """The name sysctl(8) and sysctl.d(5) know it by: a dot in an interface's name is written as a slash."""
        return f"net.ipv4.conf.{self.interface.replace('.', '/')}.{self.name}"

    @property
    def path(self) -> str:
        return f"/proc/sys/net/ipv4/conf/{self.interface}/{self.name}"


@dataclass(frozen=True)
class Change:
    """A setting and its value before and after."""

    setting: Setting
    before: int
    after: int


@dataclass(frozen=True)
class Record:
    """What was hidden on a host, and what its settings were before the first change."""

    vips: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    method: str = SYSCTL
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What to do now (``changes``, in this order), what to remember and what to set at boot (None: nothing)."""

    changes: tuple[Change, ...]
    record: Record | None
    boot: Mapping[Setting, int] | None


def effective(values: Mapping[Setting, int], interface: str, name: str) -> int:
    """The value the kernel goes by on an interface."""
    return max(values[Setting(ALL, name)], values[Setting(interface, name)])


def is_fit(setting: Setting, value: int) -> bool:
    """Whether a setting may keep its value on a host that hides addresses."""
    if setting.name == HIDDEN:
        return value == 1
    good = HIDING[setting.name]
    if setting.interface == ALL:
        return value in good
    return setting.interface == LOOPBACK or value <= max(good)


def hiding_changes(values: Mapping[Setting, int]) -> tuple[Change, ...]:
    """What must change so that the host hides; nothing when it does already. conf/all first: it covers the most."""
    wanted = {name: _wanted_for_all(values, name) for name in HIDING}
    unfit = [setting for setting in values if setting.name in HIDING and not is_fit(setting, values[setting])]
    return tuple(Change(setting, values[setting], wanted[setting.name]) for setting in sorted(unfit, key=_all_first))


def quiet_changes(values: Mapping[Setting, int], quiet: Iterable[str]) -> tuple[Change, ...]:
    """What must change so that an old kernel hides what is on these interfaces, which speak no ARP."""
    settings = [Setting(interface, HIDDEN) for interface in (ALL, *quiet)]
    return tuple(Change(one, values[one], 1) for one in settings if one in values and not is_fit(one, values[one]))


def plan_present(
    values: Mapping[Setting, int],
    record: Record | None,
    vips: Iterable[str],
    persistent: bool,
    method: str = SYSCTL,
    quiet: Iterable[str] = (LOOPBACK,),
) -> Plan:
    """Hide the VIPs, besides those that are hidden already.

    What another method changed before goes back, after the change of method.
    """
    known = record or Record()
    hidden = tuple(sorted({*known.vips, *vips}))
    if not hidden:
        return Plan((), record, None)
    changes = {SYSCTL: hiding_changes(values), HIDDEN: quiet_changes(values, quiet)}.get(method, ())
    kept = [change for change in known.changes if change.setting.name in _SETTINGS[method]]
    gone = [change for change in known.changes if change not in kept]
    remembered = Record(hidden, _merge(kept, changes), method)
    boot = _boot(values, remembered, quiet) if persistent else None
    return Plan((*changes, *_restoring_changes(values, gone)), remembered, boot)


def plan_absent(
    values: Mapping[Setting, int], record: Record | None, vips: Iterable[str] | None, persistent: bool
) -> Plan:
    """Stop hiding these VIPs (None: all). Only when none is left does anything go back to what it was.

    ``persistent`` says whether the others are hidden at boot; that stays so.
    """
    known = record or Record()
    left = tuple(sorted(set(known.vips).difference(known.vips if vips is None else vips)))
    if left:
        return Plan((), replace(known, vips=left), _boot(values, known, (LOOPBACK,)) if persistent else None)
    return Plan(_restoring_changes(values, known.changes), None, None)


def exposed(
    vips: Iterable[str], interfaces: Iterable[Interface], listed: Sequence[str] | None = None
) -> list[LvsError]:
    """The VIPs that sit where no setting can hide them: on an interface that speaks ARP itself.

    ``listed`` are all VIPs as the user lists them, when these are only some of them.
    """
    wanted = list(vips)
    return [
        LvsError(
            f"vips[{(listed or wanted).index(address.ip)}]",
            address.ip,
            f"is on {interface.name} itself, where arp_ignore cannot hide it: this host would answer for it. "
            f"Remove it there (ip addr del {address.ip}/{address.prefix} dev {interface.name}); "
            "on a realserver it belongs on lo (vip_address, interface lo).",
        )
        for interface in interfaces
        if interface.speaks_arp
        for address in interface.addresses
        if address.ip in wanted
    ]


def answered_as_proxy(vips: Iterable[str], proxies: Iterable[tuple[str, str]]) -> list[LvsError]:
    """The VIPs that this host answers for in somebody else's place, which no setting stops."""
    wanted = list(vips)
    return [
        LvsError(
            f"vips[{wanted.index(ip)}]",
            ip,
            f"has a proxy entry on {interface}: this host may answer for it, wherever it is. "
            f"Remove the entry (ip neigh del proxy {ip} dev {interface}).",
        )
        for ip, interface in proxies
        if ip in wanted
    ]


def still_held(vips: Iterable[str], interfaces: Iterable[Interface]) -> list[LvsError]:
    """The VIPs that this host still holds, and would answer for as soon as hiding ends."""
    wanted = list(vips)
    return [
        LvsError(
            f"vips[{wanted.index(address.ip)}]" if address.ip in wanted else "vips",
            address.ip,
            f"is still on {interface.name}: this host would answer ARP for it as soon as hiding ends. "
            "Remove it first (vip_address, state absent).",
        )
        for interface in interfaces
        for address in interface.addresses
        if address.ip in wanted
    ]


def held_alone(interfaces: Iterable[Interface]) -> list[str]:
    """The IPv4 addresses without a network that sit where no ARP is spoken, as VIPs of a realserver do."""
    return [
        address.ip
        for interface in interfaces
        if not interface.speaks_arp
        for address in interface.addresses
        if address.is_host and ":" not in address.ip
    ]


def render_boot(boot: Mapping[Setting, int]) -> str:
    """The sysctl.d(5) file that sets the same at boot."""
    lines = [
        f"{_absence_is_fine(setting)}{setting.sysctl} = {boot[setting]}" for setting in sorted(boot, key=_all_first)
    ]
    return "\n".join([*_BOOT_HEADER, *lines, ""])


_BOOT_HEADER = (
    "# Written by linuxvirtualserver.lvs.arp_hide; the next run puts back what is changed here.",
    "# Hides this realserver's virtual IPs from ARP before its first interface is up.",
    "# To undo it, run the same task with state: absent: it also restores the live values.",
)


def _absence_is_fine(setting: Setting) -> str:
    # systemd-sysctl fails for an interface that is not there yet, unless the line begins with a dash; udev applies the
    # line again when the interface appears.
    return "" if setting.interface in (ALL, DEFAULT) else "-"


def _wanted_for_all(values: Mapping[Setting, int], name: str) -> int:
    """Keep an operator's stricter choice, else take the first value that hides."""
    now = values[Setting(ALL, name)]
    return now if now in HIDING[name] else HIDING[name][0]


def covering(line: Setting) -> int:
    """The value to put against a line of another file that names an interface, or a pattern of them."""
    return 1 if line.name == HIDDEN else HIDING[line.name][0]


def _boot(values: Mapping[Setting, int], record: Record, quiet: Iterable[str]) -> dict[Setting, int]:
    """conf/all, and an interface only if its own value once had to be changed."""
    changed = {change.setting: change.after for change in record.changes}
    if record.method == HIDDEN:
        return {**changed, **{Setting(interface, HIDDEN): 1 for interface in (ALL, *quiet)}}
    names = _SETTINGS[record.method]
    return {**changed, **{Setting(ALL, name): _wanted_for_all(values, name) for name in names}}


def _merge(known: Iterable[Change], new: Iterable[Change]) -> tuple[Change, ...]:
    """Remember the first value before and the last value after of each setting."""
    merged = {change.setting: change for change in known}
    for change in new:
        first = merged.get(change.setting, change)
        merged[change.setting] = Change(change.setting, first.before, change.after)
    return tuple(merged[setting] for setting in sorted(merged, key=_all_first))


def _restoring_changes(values: Mapping[Setting, int], remembered: Iterable[Change]) -> tuple[Change, ...]:
    """Back to what was, interfaces before conf/all, but only what is still as we set it."""
    back = (Change(change.setting, change.after, change.before) for change in remembered)
    ours = [change for change in back if values.get(change.setting) == change.before != change.after]
    return tuple(reversed(ours))


def _all_first(setting: Setting) -> tuple[bool, bool, Setting]:
    return setting.interface != ALL, setting.interface != DEFAULT, setting
