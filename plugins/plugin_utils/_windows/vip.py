# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must happen on a Windows realserver for its VIPs to be on a loopback adapter of their own, or gone with it.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it plans on the host as it will be after the steps so far, so check mode and the real run follow the same plan.

Windows answers ARP for the addresses of an adapter on that adapter's wire only, and the KM-TEST adapter has none. But
it also drops what comes in on one adapter for an address of another (the strong host model), until both adapters are
told to receive it and the VIP's adapter to send for it.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass

from ...module_utils._errors import LvsError, LvsErrors
from ...module_utils._model.address import canonical_address
from ...module_utils._model.claims import NAME, UNNAMED, Names, is_name
from .._plan.systems import SYSTEMS, WINDOWS
from .after import (
    IP_COMPONENTS,
    NEEDLESS,
    after,
    find_interface,
    new_interface,
)
from .host import (
    ACTIVE,
    FAMILIES,
    PERSISTENT,
    Adapter,
    Address,
    Device,
    Host,
    Route,
    Step,
    spelling_of_notes,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Sequence

# The VIP's adapter is the last that Windows would choose to send by.
METRIC = 254
_ADAPTER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")
# Routes that Windows makes on each adapter and that take no one's packets.
_HARMLESS = tuple(
    ipaddress.ip_network(prefix)
    for prefix in ("224.0.0.0/4", "255.255.255.255/32", "169.254.0.0/16", "ff00::/8", "fe80::/10")
)
# What the script of each step does, for people.
_SPELLING = {
    "remove_device": "[LoopbackDevice]::Remove('{device}')",
    "create_adapter": "[LoopbackDevice]::Create() | Rename-NetAdapter -NewName '{adapter}'",
    "enable_adapter": "Enable-NetAdapter -Name '{adapter}'",
    "set_binding": "{verb}-NetAdapterBinding -Name '{adapter}' -ComponentID {component}",
    "set_dhcp": "Set-NetIPInterface -InterfaceAlias '{adapter}' -AddressFamily {family} -Dhcp {value}",
    "set_metric": "Set-NetIPInterface -InterfaceAlias '{adapter}' -AddressFamily {family} -InterfaceMetric {metric}",
    "set_weak_host_receive": (
        "Set-NetIPInterface -InterfaceAlias '{adapter}' -AddressFamily {family} -WeakHostReceive {value}"
    ),
    "set_weak_host_send": (
        "Set-NetIPInterface -InterfaceAlias '{adapter}' -AddressFamily {family} -WeakHostSend {value}"
    ),
    "set_dns_registration": "Set-DnsClient -InterfaceAlias '{adapter}' -RegisterThisConnectionsAddress ${enabled}",
    "add_address": (
        "New-NetIPAddress -InterfaceAlias '{adapter}' -IPAddress {ip} -PrefixLength {prefix} -SkipAsSource $true"
    ),
    "remove_address": "Remove-NetIPAddress -InterfaceAlias '{adapter}' -IPAddress {ip} -PolicyStore {store}",
    **spelling_of_notes("linuxvirtualserver.lvs"),
}


@dataclass(frozen=True)
class Want:
    """What the task asks for. The RIPs tell the adapters that clients' packets come in on; none means all.

    It asks for this LVS.
    """

    vips: tuple[str, ...]
    adapter: str
    rips: tuple[str, ...] = ()
    present: bool = True
    purge: bool = False
    lvs: Names = UNNAMED

    @property
    def families(self) -> list[str]:
        return sorted({family_of(vip) for vip in self.vips})


def parse_adapter(name: str | None) -> str:
    """The name of the VIPs' adapter, which has to pass cmdlets that take names for patterns."""
    if name is None:
        return SYSTEMS[WINDOWS].loopback
    if not _ADAPTER.match(name):
        raise LvsError("interface", name, "is not a plain name. Use letters, digits, dots, dashes and underscores.")
    return name


def parse_rips(rips: Sequence[str]) -> tuple[str, ...]:
    """The realserver's own addresses; the prefix of their network may follow, as in the inventory."""
    return tuple(_parse_rip(rip, f"rips[{index}]") for index, rip in enumerate(rips))


def _parse_rip(rip: str, item: str) -> str:
    try:
        return str(ipaddress.ip_interface(rip.strip()).ip)
    except ValueError:
        raise LvsError(item, rip, "is not an IP address. Use one such as 192.168.1.11.") from None


def family_of(ip: str) -> str:
    return FAMILIES[ipaddress.ip_address(ip).version]


def spell(step: Step) -> str:
    """The step as a person would type it."""
    words = dict(step.args)
    if "enabled" in words:
        words["verb"] = "Enable" if words["enabled"] else "Disable"
        words["enabled"] = str(words["enabled"]).lower()
    words = {name: value.replace("'", "''") if isinstance(value, str) else value for name, value in words.items()}
    return _SPELLING[step.do].format(**words)


def _stages(want: Want) -> tuple[Callable[[Want, Host], list[Step]], ...]:
    if want.present and want.vips:
        return (
            _forget_ghosts,
            _make_adapter,
            _settle_adapter,
            _open_nics,
            _claim,
            _place_vips,
            _remove_others,
            _disclaim,
        )
    if want.present and not want.purge:
        return ()  # nobody wants a VIP here, such as where forwarding is nat, so nobody needs an adapter for them
    return (_remove_others if want.present else _remove_vips, _close_nics, _remove_adapter, _forget_ghosts, _disclaim)


def plan(want: Want, host: Host) -> list[Step]:
    """The steps, in their order; none when all is as it should be."""
    _require_ours(want, host)
    if want.present:
        _require_free(want, host)
        _require_harmless(want, host)
    steps: list[Step] = []
    for stage in _stages(want):
        found = stage(want, host)
        steps += found
        host = after(host, found)
    return steps


def _require_ours(want: Want, host: Host) -> None:
    """The name must not belong to an adapter that is on a wire, or was."""
    for device in _named(want, host):
        if not device.is_loopback:
            cure = "Use another name, or rename it." if device.present else "Uninstall this hidden device first."
            raise LvsError(
                "interface",
                want.adapter,
                f"is the name of {device.device}, which is no KM-TEST loopback adapter: a VIP there would be answered "
                f"for on the wire. {cure}",
            )


def _named(want: Want, host: Host) -> list[Device]:
    return [device for device in host.devices if device.name.lower() == want.adapter.lower()]


def require_hidden(vips: Sequence[str], host: Host) -> None:
    """Refuse VIPs on adapters that may be on a wire, now or at boot: all at once."""
    silent = {device.device for device in host.devices if device.is_loopback}
    speaking = {adapter.index: adapter.name for adapter in host.adapters if adapter.device not in silent}
    held = {(one.ip, speaking[one.index]) for one in host.addresses if one.ip in vips and one.index in speaking}
    problems = [
        LvsError(
            f"vips[{vips.index(vip)}]",
            vip,
            f"is on {name!r} of this host, which answers ARP for it in the director's place. Remove it there first "
            f"({_take_away(vip, name)}); on a realserver it belongs on an adapter of its own (vip_address).",
        )
        for vip, name in sorted(held)
    ]
    if problems:
        raise LvsErrors(problems)


def _take_away(vip: str, name: str) -> str:
    return f"Remove-NetIPAddress -IPAddress {vip} -InterfaceAlias '{name}'"


def _require_free(want: Want, host: Host) -> None:
    adapter = host.adapter(want.adapter)
    for index, vip in enumerate(want.vips):
        for address in host.active:
            if address.ip == vip and (adapter is None or address.index != adapter.index):
                place = host.name_of(address.index)
                raise LvsError(
                    f"vips[{index}]",
                    vip,
                    f"is on {place!r} of this host already, where it would be answered for in the director's place. "
                    f"Remove it there first ({_take_away(vip, place)}).",
                )


def _require_harmless(want: Want, host: Host) -> None:
    """No route may lead into the VIPs' adapter but theirs, or this host would send others' packets nowhere."""
    adapter = host.adapter(want.adapter)
    if adapter is None:
        return
    repaired = {address.network for address in host.addresses if address.ip in want.vips}
    for route in host.routes:
        if route.index == adapter.index and _takes_packets(route) and route.prefix not in repaired:
            raise LvsError(
                "interface",
                want.adapter,
                f"has the route {route.prefix}, so that this host sends those packets nowhere. Remove it, and the "
                f"address that it comes from (Get-NetIPAddress -InterfaceAlias '{want.adapter}').",
            )


def _takes_packets(route: Route) -> bool:
    network = route.network
    if network.prefixlen == network.max_prefixlen:
        return False
    inside = [harmless for harmless in _HARMLESS if harmless.version == network.version]
    return not any(
        network.network_address in harmless and network.prefixlen >= harmless.prefixlen for harmless in inside
    )


def _forget_ghosts(want: Want, host: Host) -> list[Step]:
    """An upgrade of Windows leaves the adapter as a memory that keeps its name."""
    return [Step.of("remove_device", device=ghost.device) for ghost in _named(want, host) if not ghost.present]


def _make_adapter(want: Want, host: Host) -> list[Step]:
    adapter = host.adapter(want.adapter)
    if adapter is None:
        return [Step.of("create_adapter", adapter=want.adapter)]
    return [Step.of("enable_adapter", adapter=want.adapter)] if adapter.status == "Disabled" else []


def _settle_adapter(want: Want, host: Host) -> list[Step]:
    """DHCP goes first: with it Windows takes no address for the next boot."""
    return [
        *_bindings(want, host),
        *(step for family in want.families for step in _settings(want, host, family)),
        *(
            Step.of("set_dns_registration", adapter=want.adapter, enabled=False)
            for dns in host.dns
            if dns.index == _index(want, host) and dns.registers
        ),
    ]


def _index(want: Want, host: Host) -> int:
    adapter = host.adapter(want.adapter)
    return -1 if adapter is None else adapter.index


def _bindings(want: Want, host: Host) -> list[Step]:
    wanted = {**dict.fromkeys(NEEDLESS, False), **{IP_COMPONENTS[family]: True for family in want.families}}
    return [
        Step.of("set_binding", adapter=want.adapter, component=binding.component, enabled=wanted[binding.component])
        for binding in host.bindings
        if binding.name.lower() == want.adapter.lower()
        and wanted.get(binding.component, binding.enabled) != binding.enabled
    ]


def _settings(want: Want, host: Host, family: str) -> list[Step]:
    # A family that was bound just now has the settings of a new adapter.
    found = find_interface(host, _index(want, host), family) or new_interface(_index(want, host), family)
    steps = []
    if found.dhcp:
        steps.append(Step.of("set_dhcp", adapter=want.adapter, family=family, value="Disabled"))
    if found.automatic_metric or found.metric != METRIC:
        steps.append(Step.of("set_metric", adapter=want.adapter, family=family, metric=METRIC))
    if not found.weak_host_receive:
        steps.append(Step.of("set_weak_host_receive", adapter=want.adapter, family=family, value="Enabled"))
    if not found.weak_host_send:
        steps.append(Step.of("set_weak_host_send", adapter=want.adapter, family=family, value="Enabled"))
    return steps


def _open_nics(want: Want, host: Host) -> list[Step]:
    """Let the adapters on the wire receive for the VIPs; note which did not, so that it can be taken back."""
    steps = []
    for adapter in _nics(want, host):
        for family in want.families:
            interface = find_interface(host, adapter.index, family)
            if interface is None:
                raise LvsError(
                    "rips",
                    list(want.rips),
                    f"is on {adapter.name!r}, which has no {family}, so that no VIP of that family can be reached "
                    f"there. Enable its binding {IP_COMPONENTS[family]}.",
                )
            if not interface.weak_host_receive:
                note = _note(adapter, family)
                steps += [] if note in host.notes else [Step.of("add_note", note=note)]
                steps.append(Step.of("set_weak_host_receive", adapter=adapter.name, family=family, value="Enabled"))
    return steps


def _note(adapter: Adapter, family: str) -> str:
    return f"{adapter.guid} {family}"


def _nics(want: Want, host: Host) -> list[Adapter]:
    """The adapters that clients' packets come in on."""
    holding = {address.index for address in host.active if not want.rips or address.ip in want.rips}
    nics = [
        adapter
        for adapter in host.adapters
        if adapter.index in holding and adapter.name.lower() != want.adapter.lower()
    ]
    if not nics:
        known = sorted(address.ip for address in host.active)
        raise LvsError("rips", list(want.rips), f"is on no adapter of this host. Use some of {', '.join(known)}.")
    return nics


def _place_vips(want: Want, host: Host) -> list[Step]:
    return [step for vip in want.vips for step in _place(want, host, vip)]


def _place(want: Want, host: Host, vip: str) -> list[Step]:
    """What is there in one store only, with a mask or usable as a source is made anew, as Windows cannot mend it."""
    held = _held(want, host, vip)
    right = [address for address in held if address.is_host and address.skip_as_source]
    if {address.store for address in right} == {ACTIVE, PERSISTENT} and len(held) == len(right):
        return []
    prefix = ipaddress.ip_address(vip).max_prefixlen
    add = Step.of("add_address", adapter=want.adapter, family=family_of(vip), ip=vip, prefix=prefix)
    return [*(_take_off(want, address) for address in held), add]


def _held(want: Want, host: Host, vip: str) -> list[Address]:
    index = _index(want, host)
    return [address for address in host.addresses if address.ip == vip and address.index == index]


def _take_off(want: Want, address: Address) -> Step:
    return Step.of("remove_address", adapter=want.adapter, ip=address.ip, store=address.store)


def _remove_vips(want: Want, host: Host) -> list[Step]:
    going = [vip for vip in want.vips if vip not in _shared(want, host)]
    return [_take_off(want, address) for vip in going for address in _held(want, host, vip)]


def _on_adapter(want: Want, host: Host) -> set[str]:
    """Every VIP on the adapter, whichever task put it there. The adapter is ours; Windows' own addresses are not."""
    index = _index(want, host)
    return {one.ip for one in host.addresses if one.index == index and one.origin == "Manual"}


def _vip_note(vip: str, name: str) -> str:
    return f"vip {vip} {name}"


def _owners(host: Host) -> dict[str, set[str]]:
    """The LVS that each VIP is there for, as far as that is noted."""
    owners: dict[str, set[str]] = {}
    for kind, vip, name in (words for note in host.notes if len(words := note.split(" ")) == 3):
        if kind == "vip" and canonical_address(vip) == vip and is_name(name):
            owners.setdefault(vip, set()).add(name)
    return owners


def _shared(want: Want, host: Host) -> set[str]:
    """The VIPs that are there for another LVS. One from before LVS had names is there for the one without."""
    owners = _owners(host)
    return {vip for vip in _on_adapter(want, host) if owners.get(vip, {NAME}) - want.lvs.both}


def vips_of_ours(want: Want, host: Host) -> list[str]:
    """The VIPs on the adapter that are there for this LVS."""
    owners = _owners(host)
    return sorted(vip for vip in _on_adapter(want, host) if owners.get(vip, {NAME}) & want.lvs.both)


def claimed(want: Want, host: Host) -> list[str]:
    """The same, and what is noted as this LVS's and not there."""
    return sorted({*vips_of_ours(want, host), *(vip for vip, names in _owners(host).items() if names & want.lvs.both)})


def left_over(want: Want, host: Host) -> list[str]:
    """The VIPs of ours that the task does not list."""
    return [vip for vip in vips_of_ours(want, host) if vip not in want.vips]


def _remove_others(want: Want, host: Host) -> list[Step]:
    others = set(left_over(want, host)) - _shared(want, host) if want.purge else ()
    return [_take_off(want, address) for vip in sorted(others) for address in _held(want, host, vip)]


def _claim(want: Want, host: Host) -> list[Step]:
    """Note whose the VIPs are before they come."""
    notes = [_vip_note(vip, want.lvs.name) for vip in want.vips]
    former = [_vip_note(vip, want.lvs.former) for vip in want.vips if want.lvs.former != want.lvs.name]
    come = [Step.of("add_note", note=note) for note in notes if note not in host.notes]
    return [*come, *(Step.of("remove_note", note=note) for note in former if note in host.notes)]


def _disclaim(want: Want, host: Host) -> list[Step]:
    """What is gone, or is there for others alone, is no longer noted as this LVS's."""
    if want.present and not want.purge:
        return []
    gone = [vip for vip in _owners(host) if (vip in want.vips) is not want.present]
    notes = [_vip_note(vip, name) for vip in sorted(gone) for name in sorted(want.lvs.both)]
    return [Step.of("remove_note", note=note) for note in notes if note in host.notes]


def _is_needed(want: Want, host: Host) -> bool:
    """Whether the adapter holds more than what Windows gives to each."""
    return bool(_on_adapter(want, host))


def _close_nics(want: Want, host: Host) -> list[Step]:
    """With the last VIP, have the adapters on the wire as they were found."""
    others = any(names - want.lvs.both for names in _owners(host).values())
    if _is_needed(want, host) or others or not host.notes:
        return []
    steps = [
        Step.of("set_weak_host_receive", adapter=adapter.name, family=interface.family, value="Disabled")
        for adapter in host.adapters
        for interface in host.interfaces
        if interface.index == adapter.index
        and interface.weak_host_receive
        and _note(adapter, interface.family) in host.notes
    ]
    return [*steps, Step.of("remove_notes")]


def _remove_adapter(want: Want, host: Host) -> list[Step]:
    if _is_needed(want, host):
        return []
    return [Step.of("remove_device", device=device.device) for device in _named(want, host) if device.present]


def unsettled(want: Want, host: Host) -> list[str]:
    """VIPs that Windows still looks for duplicates of, which ends by itself within seconds."""
    mine = [address for address in host.active if address.ip in want.vips and want.present]
    for address in mine:
        if address.state == "Duplicate":
            raise LvsError(
                "vips",
                address.ip,
                f"was found on another host by {host.name_of(address.index)!r}, which must be on no wire. See what "
                "bridges this adapter to a network.",
            )
    return sorted({address.ip for address in mine if address.state == "Tentative"})


def view_after(want: Want, host: Host, steps: Sequence[Step]) -> dict[str, t.Any]:
    """The state once the steps are done."""
    return view(want, after(host, steps))


def view(want: Want, host: Host) -> dict[str, t.Any]:
    """The state as the result shows it: what the task is about, and nothing else of the host."""
    adapter = host.adapter(want.adapter)
    index = _index(want, host)
    return {
        "adapter": None if adapter is None else adapter.name,
        "enabled": adapter is not None and adapter.status != "Disabled",
        "ghosts": sum(not device.present for device in _named(want, host)),
        "addresses": sorted(
            f"{one.ip}/{one.prefix} dev {want.adapter}{_use(one)}" for one in _held_in(want, host, ACTIVE)
        ),
        "persistent": {want.adapter: kept} if (kept := _kept(want, host)) else {},
        "interfaces": {
            one.family: {
                "dhcp": one.dhcp,
                "metric": None if one.automatic_metric else one.metric,
                "weak_host_receive": one.weak_host_receive,
                "weak_host_send": one.weak_host_send,
            }
            for one in sorted(host.interfaces, key=lambda one: one.family)
            if one.index == index and one.family in want.families
        },
        "dns_registration": any(one.registers for one in host.dns if one.index == index),
        "bindings": sorted(
            one.component
            for one in host.bindings
            if one.enabled
            and one.name.lower() == want.adapter.lower()
            and one.component in (*NEEDLESS, *IP_COMPONENTS.values())
        ),
        "weak_host_receive": sorted(
            f"{host.name_of(one.index)} {one.family}"
            for one in host.interfaces
            if one.weak_host_receive and one.index != index and one.family in want.families
        ),
        "notes": sorted(host.notes),
    }


def _kept(want: Want, host: Host) -> list[str]:
    """The VIPs of the next boot, those with another mask by it."""
    return sorted(
        f"{one.ip}{'' if one.is_host else f'/{one.prefix}'}{_use(one)}" for one in _held_in(want, host, PERSISTENT)
    )


def _held_in(want: Want, host: Host, store: str) -> list[Address]:
    """The VIPs of the task on their adapter."""
    return [address for vip in want.vips for address in _held(want, host, vip) if address.store == store]


def _use(address: Address) -> str:
    return "" if address.skip_as_source else " used as source"
