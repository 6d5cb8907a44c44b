# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hypothesis strategies: any table that a user may wish for, and any that other programs may leave in the kernel."""

from __future__ import annotations

import ipaddress

from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import canonical_address, dotted
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    SCHEDULERS,
    Realserver,
    Service,
    ServiceKey,
    Table,
    Tunnel,
    scheduler_flag_names,
    sort_realservers,
    sort_services,
)

PORTS = st.integers(1, 65535)
# Few of them, so that two tables often have something in common.
ADDRESSES = {
    "ipv4": st.sampled_from(["192.168.1.110", "192.168.1.11", "192.168.1.12", "10.0.0.200"]),
    "ipv6": st.sampled_from(["2001:db8::110", "2001:db8::b", "2001:db8:0:1::c", "fd00::1:2"]),
}
ANY_ADDRESS = st.one_of(
    st.ip_addresses(v=4, network="1.0.0.0/8").map(str),
    st.ip_addresses(v=6, network="2000::/3").map(lambda address: canonical_address(str(address))),
)
FAMILIES = st.sampled_from(["ipv4", "ipv6"])
TUNNELS = st.one_of(
    st.just(Tunnel()),
    st.builds(Tunnel, st.just("gue"), PORTS, st.sampled_from(["none", "csum", "remcsum"])),
    st.builds(Tunnel, st.just("gre"), st.just(0), st.sampled_from(["none", "csum"])),
)


BITS = {"ipv4": 32, "ipv6": 128}


def keys() -> st.SearchStrategy[ServiceKey]:
    ports = st.sampled_from([53, 80]) | PORTS
    marks = st.integers(1, 3) | st.integers(1, 2**32 - 1)
    protocols = st.sampled_from(["tcp", "udp", "sctp"])
    none = st.none()
    return st.one_of(
        st.builds(ServiceKey, FAMILIES, none, none, st.just(0), marks),
        *(st.builds(ServiceKey, st.just(family), protocols, ADDRESSES[family], ports, none) for family in ADDRESSES),
    )


@st.composite
def realservers(draw: st.DrawFn, key: ServiceKey) -> Realserver:
    forwarding = draw(st.sampled_from(["nat", "dr", "tun"]))
    free = forwarding == "nat" or key.vip is None
    upper, lower = sorted(draw(st.tuples(st.integers(0, 1000), st.integers(0, 1000))), reverse=True)
    return Realserver(
        rip=draw(st.one_of(*ADDRESSES.values()) if forwarding == "tun" else ADDRESSES[key.family]),
        port=draw(PORTS) if free else key.port,
        forwarding=forwarding,
        weight=draw(st.integers(0, 65535)),
        upper_threshold=upper,
        lower_threshold=lower,
        tunnel=draw(TUNNELS) if forwarding == "tun" else None,
    )


@st.composite
def services(draw: st.DrawFn) -> Service:
    key = draw(keys())
    scheduler = draw(st.sampled_from(SCHEDULERS))
    persistence = draw(st.integers(0, 1) | st.integers(1, 31 * 86400))
    length = draw(st.none() | st.integers(1, BITS[key.family] - 1)) if persistence else None
    unreliable = key.protocol in (None, "udp")
    return Service(
        key=key,
        scheduler=scheduler,
        scheduler_flags=draw(st.sampled_from(SUBSETS).map(lambda bits: flags(scheduler, bits))),
        persistence=persistence,
        persistence_netmask=dotted(length) if length is not None and key.family == "ipv4" else length,
        persistence_engine=draw(st.sampled_from([None, "sip"])) if persistence and unreliable else None,
        one_packet=unreliable and draw(st.booleans()),
        realservers=sort_realservers(draw(st.lists(realservers(key), max_size=3, unique_by=lambda one: one.key))),
    )


SUBSETS = [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2)]


def flags(scheduler: str, bits: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(scheduler_flag_names(scheduler)[bit] for bit in bits)


def tables() -> st.SearchStrategy[Table]:
    return st.lists(services(), max_size=3, unique_by=lambda service: service.key).map(sort_services)


EVERYBODY = ".".join("0000")
# Values that the kernel takes over netlink, and nobody may ask us for.
ODD_ADDRESSES = {
    "ipv4": st.sampled_from(["224.0.0.5", "127.0.0.1", EVERYBODY, "240.0.0.1", "192.168.1.110"]),
    "ipv6": st.sampled_from(["ff02::5", "fe80::1", "::1", "::ffff:192.168.1.1", "2001:db8::110"]),
}
NETMASKS = {"ipv4": st.sampled_from([None, "255.0.255.0", EVERYBODY]), "ipv6": st.sampled_from([None, 64])}


@st.composite
def foreign_realservers(draw: st.DrawFn, family: str) -> Realserver:
    forwarding = draw(st.sampled_from(["nat", "dr", "tun", "local", "bypass", "6"]))
    tunnels = st.sampled_from([Tunnel(), Tunnel("gre", 0, "remcsum"), Tunnel("gue", 7, "3"), Tunnel("9", 0, "none")])
    return Realserver(
        rip=draw(ODD_ADDRESSES[draw(FAMILIES) if forwarding == "tun" else family]),
        port=draw(st.sampled_from([0, 80, 8080])),
        forwarding=forwarding,
        weight=draw(st.sampled_from([0, 1, 2**31 - 1])),
        tunnel=draw(tunnels) if forwarding == "tun" else None,
    )


@st.composite
def foreign_services(draw: st.DrawFn) -> Service:
    family = draw(FAMILIES)
    persistence = draw(st.sampled_from([0, 360, 9_000_000]))
    realservers = st.lists(foreign_realservers(family), max_size=3, unique_by=lambda one: one.key)
    return Service(
        key=ServiceKey(
            family,
            draw(st.sampled_from(["tcp", "udp", "47", "0"])),
            draw(ODD_ADDRESSES[family]),
            draw(st.sampled_from([0, 80])),
            None,
        ),
        scheduler=draw(st.sampled_from(["rr", "none", "own"])),
        persistence=persistence,
        persistence_netmask=draw(NETMASKS[family]) if persistence else None,
        persistence_engine=draw(st.sampled_from([None, "sip", "own"])),
        one_packet=draw(st.booleans()),
        realservers=sort_realservers(draw(realservers)),
    )


def foreign_tables() -> st.SearchStrategy[Table]:
    return st.lists(foreign_services(), max_size=3, unique_by=lambda service: service.key).map(sort_services)


def other_spellings(address: str) -> list[str]:
    """Ways to write an address that mean the same."""
    spellings = [address]
    if ":" in address:
        long = ipaddress.IPv6Address(address).exploded
        spellings += [long, long.upper(), f"[{address}]"]
    return spellings
