# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's virtual server table as values: services, realservers, tunnels.

Private: this file may change in any release; do not import it from outside the collection.

Pure: nothing here reads or writes anything. What a user wrote comes in through _model/parse.py, which answers with the
one canonical spelling of it or says what is wrong. What the kernel said is built directly from the classes and is
never refused: a nonsensical table must still be shown and put right.

The values are named tuples rather than dataclasses because a table holds tens of thousands of them and
comparing, hashing and building tuples is done in C.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .address import address_order, endpoint

PROTOCOLS = ("tcp", "udp", "sctp")
FORWARDINGS = ("nat", "dr", "tun")
FORWARDING_WORDS = {"masquerading": "nat", "gatewaying": "dr", "ipip": "tun"}  # ipvsadm's
SCHEDULERS = ("dh", "fo", "lblc", "lblcr", "lc", "mh", "nq", "ovf", "rr", "sed", "sh", "twos", "wlc", "wrr")
TUNNEL_TYPES = ("ipip", "gue", "gre")
CHECKSUMS = ("none", "csum", "remcsum")
TUNNEL_CHECKSUMS = {"ipip": CHECKSUMS[:1], "gue": CHECKSUMS, "gre": CHECKSUMS[:2]}

# ipvsadm limits a persistence timeout to 31 days; the kernel takes more and overflows when it turns seconds into ticks.
PERSISTENCE_LIMIT = 31 * 24 * 60 * 60
WEIGHT_LIMIT = 65535
THRESHOLD_LIMIT = 2**31 - 1

# A scheduler flag is one of three bits; sh and mh have names of their own for the first two.
_FLAG_NAMES = {
    "sh": ("sh-fallback", "sh-port", "flag-3"),
    "mh": ("mh-fallback", "mh-port", "flag-3"),
}
_FLAGS = ("flag-1", "flag-2", "flag-3")
# They give each client to the realserver of its hash, and refuse it where that has weight 0 and there is no fallback.
HASHES = frozenset(_FLAG_NAMES)


class Tunnel(t.NamedTuple):
    """How a tunnelled packet is wrapped. ``ipip`` needs nothing else; ``gue`` is UDP and needs a port."""

    type: str = "ipip"
    port: int = 0
    checksum: str = "none"

    def to_dict(self) -> dict[str, t.Any]:
        return self._asdict()


class RealserverKey(t.NamedTuple):
    """What tells one realserver of a service from another."""

    rip: str
    port: int

    @property
    def label(self) -> str:
        return endpoint(self.rip, self.port)

    def order(self) -> tuple[t.Any, ...]:
        return (*address_order(self.rip), self.port)


class Realserver(t.NamedTuple):
    """One destination of a service. ``tunnel`` is set exactly when ``forwarding`` is ``tun``."""

    rip: str
    port: int
    forwarding: str = "dr"
    weight: int = 1
    upper_threshold: int = 0
    lower_threshold: int = 0
    tunnel: Tunnel | None = None

    @property
    def key(self) -> RealserverKey:
        return RealserverKey(self.rip, self.port)

    def to_dict(self) -> dict[str, t.Any]:
        result = self._asdict()
        if self.tunnel is None:
            del result["tunnel"]
        else:
            result["tunnel"] = self.tunnel.to_dict()
        return result

    @classmethod
    def from_dict(cls, data: Mapping[str, t.Any]) -> Realserver:
        """The inverse of to_dict(), for what we wrote ourselves; nothing is checked or completed."""
        tunnel = data.get("tunnel")
        return cls(**{**data, "tunnel": None if tunnel is None else Tunnel(**tunnel)})


class ServiceKey(t.NamedTuple):
    """What tells one service from another: protocol, VIP and port, or a firewall mark and its family.

    A firewall mark service takes packets of every protocol and port: ``protocol`` is then None and ``port`` 0.
    """

    family: str
    protocol: str | None
    vip: str | None
    port: int
    fwmark: int | None

    @property
    def label(self) -> str:
        if self.vip is None:
            return f"fwmark {self.fwmark} {self.family}"
        return f"{self.protocol} {endpoint(self.vip, self.port)}"

    def order(self) -> tuple[t.Any, ...]:
        """Services of an address first, by address and port; then firewall marks by number."""
        if self.vip is None:
            return (1, self.family, self.fwmark)
        return (0, *address_order(self.vip), self.port, self.protocol)


class Service(t.NamedTuple):
    """One virtual service with its realservers, sorted."""

    key: ServiceKey
    scheduler: str = "wlc"
    scheduler_flags: tuple[str, ...] = ()
    persistence: int = 0
    persistence_netmask: str | int | None = None
    persistence_engine: str | None = None
    one_packet: bool = False
    realservers: tuple[Realserver, ...] = ()

    @property
    def kernel_modules(self) -> list[str]:
        """The kernel modules that it needs besides ip_vs."""
        names = [] if self.scheduler == "none" else [f"ip_vs_{self.scheduler}"]
        return [*names, f"ip_vs_pe_{self.persistence_engine}"] if self.persistence_engine else names

    def to_dict(self) -> dict[str, t.Any]:
        key = self.key
        return {
            "vip": key.vip,
            "fwmark": key.fwmark,
            "family": key.family,
            "protocol": key.protocol,
            "port": key.port,
            "scheduler": self.scheduler,
            "scheduler_flags": list(self.scheduler_flags),
            "persistence": self.persistence,
            "persistence_netmask": self.persistence_netmask,
            "persistence_engine": self.persistence_engine,
            "one_packet": self.one_packet,
            "realservers": [realserver.to_dict() for realserver in self.realservers],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, t.Any]) -> Service:
        """The inverse of to_dict(), for what we wrote ourselves; nothing is checked or completed."""
        rest = {name: value for name, value in data.items() if name not in _KEY_FIELDS}
        rest["scheduler_flags"] = tuple(data["scheduler_flags"])
        rest["realservers"] = tuple(map(Realserver.from_dict, data["realservers"]))
        return cls(ServiceKey(**{name: data[name] for name in ServiceKey._fields}), **rest)


Table = tuple[Service, ...]
_KEY_FIELDS = frozenset(("vip", "fwmark", "family", "protocol", "port"))


def sort_services(services: t.Iterable[Service]) -> Table:
    return tuple(sorted(services, key=lambda service: service.key.order()))


def sort_realservers(realservers: t.Iterable[Realserver]) -> tuple[Realserver, ...]:
    return tuple(sorted(realservers, key=lambda realserver: realserver.key.order()))


def may_be_full(connections: int, upper: int, lower: int) -> bool:
    """Whether a realserver may get no more connections: so it is from the upper threshold on, until it has fewer than
    the lower one or, without one, fewer than three quarters of the upper one. Which of both, the kernel does not say.
    """
    return upper > 0 and (connections >= lower if lower else 4 * connections >= 3 * upper)


def missing_fallback(scheduler: str, flags: t.Collection[str]) -> str | None:
    """The flag by which a hash would have another realserver for those of one with weight 0; None: it is there."""
    fallback = scheduler_flag_names(scheduler)[0]
    return None if scheduler not in HASHES or fallback in flags else fallback


def scheduler_flag_names(scheduler: str) -> tuple[str, str, str]:
    """The names of a scheduler's three flags, lowest bit first, as ipvsadm prints them."""
    return _FLAG_NAMES.get(scheduler, _FLAGS)
