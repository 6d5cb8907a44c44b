# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's virtual server table as values: services, realservers, tunnels.

Private: this file may change in any release; do not import it from outside the collection.

Pure: nothing here reads or writes anything. What a user wrote comes in through parse_table(),
parse_service() and parse_realserver(), which answer with the one canonical spelling of it or refuse it
with an LvsError that names the field. What the kernel said is built directly from the classes and is never
refused: a nonsensical table must still be shown and put right.

The values are named tuples rather than dataclasses because a table holds tens of thousands of them and
comparing, hashing and building tuples is done in C.
"""

from __future__ import annotations

import re
import socket
import typing as t
from collections.abc import Callable, Mapping, Sequence

from .._errors import LvsError
from .address import HOST_PREFIX, IPV4, IPV6, address_order, canonical_address, dotted, endpoint, family_of

PROTOCOLS = ("tcp", "udp", "sctp")
FORWARDINGS = ("nat", "dr", "tun")
SCHEDULERS = ("dh", "fo", "lblc", "lblcr", "lc", "mh", "nq", "ovf", "rr", "sed", "sh", "twos", "wlc", "wrr")
TUNNEL_TYPES = ("ipip", "gue", "gre")
CHECKSUMS = ("none", "csum", "remcsum")

# ipvsadm limits a persistence timeout to 31 days; the kernel takes more and overflows when it turns seconds into ticks.
PERSISTENCE_LIMIT = 31 * 24 * 60 * 60
WEIGHT_LIMIT = 65535
THRESHOLD_LIMIT = 2**31 - 1
FWMARK_LIMIT = 2**32 - 1

_FORWARDING_WORDS = {"masquerading": "nat", "gatewaying": "dr", "ipip": "tun"}
# A scheduler flag is one of three bits; sh and mh have names of their own for the first two.
_FLAG_NAMES = {
    "sh": ("sh-fallback", "sh-port", "flag-3"),
    "mh": ("mh-fallback", "mh-port", "flag-3"),
}
_FLAGS = ("flag-1", "flag-2", "flag-3")
_FLAG_WORDS = {"flag-1": 0, "fallback": 0, "flag-2": 1, "port": 1, "flag-3": 2}
_TRUTHS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}
# More than any number here has; Python reads no more than some thousand.
_DIGITS = re.compile(r"[0-9]{1,20}\Z")
_ENGINE = re.compile(r"[a-z][a-z0-9_]{0,14}")

# Turns the name of a port into its number, None when there is no such name: ("http", "tcp") -> 80.
PortLookup = Callable[[str, str], t.Optional[int]]


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
_SERVICE_FIELDS = _KEY_FIELDS | frozenset(field for field in Service._fields if field != "key")
_REALSERVER_FIELDS = frozenset(Realserver._fields)
_TUNNEL_FIELDS = frozenset(Tunnel._fields)


def sort_services(services: t.Iterable[Service]) -> Table:
    return tuple(sorted(services, key=lambda service: service.key.order()))


def sort_realservers(realservers: t.Iterable[Realserver]) -> tuple[Realserver, ...]:
    return tuple(sorted(realservers, key=lambda realserver: realserver.key.order()))


def scheduler_flag_names(scheduler: str) -> tuple[str, str, str]:
    """The names of a scheduler's three flags, lowest bit first, as ipvsadm prints them."""
    return _FLAG_NAMES.get(scheduler, _FLAGS)


class Item:
    """One mapping as the user wrote it, read field by field; each refusal names the path of the field.

    A field that is left out keeps the value the object has (``kept``), which is not the user's to answer for and
    so is never refused; an explicit null asks for the default.
    ``spelling`` says what the user calls a field when it is not our name for it.
    """

    def __init__(self, data: object, path: str, fields: frozenset[str], spelling: Mapping[str, str] | None = None):
        if not isinstance(data, Mapping):
            raise LvsError(path, data, "is not a mapping of options to values.")
        if not fields.issuperset(data):
            unknown = data.keys() - fields
            known = ", ".join(sorted(fields))
            raise LvsError(
                path or "the item", sorted(map(str, unknown)), f"are not known options. Use some of {known}."
            )
        self.data = data
        self.path = path
        self._spelling = spelling or {}

    def at(self, field: str) -> str:
        name = self._spelling.get(field, field)
        return f"{self.path}.{name}" if self.path else name

    def refuse(self, field: str, value: object, cure: str) -> t.NoReturn:
        raise LvsError(self.at(field), value, cure)

    def given(self, field: str, kept: t.Any, default: t.Any) -> t.Any:
        """The raw value when one is given, else what stands in for it."""
        if field not in self.data:
            return kept
        value = self.data[field]
        return default if value is None else value

    def number(self, field: str, kept: int, default: int, limit: int, unit: str) -> int:
        if field not in self.data:
            return kept
        value = self.given(field, kept, default)
        number = as_integer(value)
        if number is None or not 0 <= number <= limit:
            self.refuse(field, value, f"is not {unit}. Use a whole number from 0 to {limit}.")
        return number

    def choice(self, field: str, kept: str, default: str, choices: Sequence[str], words: Mapping[str, str]) -> str:
        value = self.given(field, kept, default)
        if value == kept:
            return kept
        value = words.get(value, value) if isinstance(value, str) else value
        if value not in choices:
            self.refuse(field, value, f"is not known here. Use one of {', '.join((*choices, *words))}.")
        return t.cast(str, value)

    def truth(self, field: str, kept: bool, default: bool) -> bool:
        value = self.given(field, kept, default)
        truth = as_truth(value)
        if truth is None:
            self.refuse(field, value, "is neither true nor false.")
        return truth

    def port(self, field: str, default: int, protocol: str | None, lookup: PortLookup | None) -> int:
        value = self.given(field, default, default)
        number = as_integer(value)
        if number is None and isinstance(value, str) and lookup is not None and protocol is not None:
            number = lookup(value, protocol)
        if number is None or not 0 <= number <= 65535:
            self.refuse(field, value, "is not a port. Use a number from 0 to 65535 or the name of a service.")
        return number

    def address(self, field: str) -> str:
        value = self.data.get(field)
        address = canonical_address(value) if isinstance(value, str) else None
        if address is None:
            self.refuse(field, value, "is not an IP address. Use one IPv4 or IPv6 address without a prefix length.")
        reason = _not_a_host(address)
        if reason:
            self.refuse(field, value, f"is {reason}. Use the address of one host.")
        return address


def as_integer(value: object) -> int | None:
    """A number as people write one: 80 or '80' (Jinja and surveys give text), but not true and not 80.5."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    return int(value) if isinstance(value, str) and _DIGITS.match(value) else None


def as_truth(value: object) -> bool | None:
    """Yes or no as YAML, Ansible, a survey and `-e key=value` write it."""
    if isinstance(value, int):
        return bool(value) if value in (0, 1) else None
    return _TRUTHS.get(value.lower()) if isinstance(value, str) else None


def _not_a_host(address: str) -> str | None:
    """Why an address cannot be that of one host. The kernel refuses these as realservers and takes them as VIPs."""
    if ":" in address:
        packed = socket.inet_pton(socket.AF_INET6, address)
        if packed == bytes(16):
            return "the unspecified address"
        if packed[0] == 0xFF:
            return "a multicast address"
        if packed[0] == 0xFE and packed[1] & 0xC0 == 0x80:
            return "a link-local address"
        return None
    first = int(address.partition(".")[0])
    if first == 0:
        return "an unspecified address"
    if 224 <= first <= 239:
        return "a multicast address"
    return "a broadcast or reserved address" if first >= 240 else None


def parse_service_key(data: Mapping[str, t.Any], path: str = "", lookup: PortLookup | None = None) -> ServiceKey:
    """The identity of a service out of what the user wrote. Other fields are left alone."""
    return _service_key(Item(data, path, _SERVICE_FIELDS), lookup)


def _service_key(item: Item, lookup: PortLookup | None) -> ServiceKey:
    vip, fwmark = item.data.get("vip"), item.data.get("fwmark")
    if (vip is None) == (fwmark is None):
        both = "vip" if vip is not None else None
        item.refuse(
            "vip", vip, f"{'stands beside a' if both else 'and no'} fwmark. Give exactly one of vip and fwmark."
        )
    return _address_key(item, lookup) if fwmark is None else _fwmark_key(item)


def _family(item: Item, default: str) -> str:
    return item.choice("family", default, default, (IPV4, IPV6), {})


def _address_key(item: Item, lookup: PortLookup | None) -> ServiceKey:
    vip = item.address("vip")
    family = family_of(vip)
    if _family(item, family) != family:
        item.refuse("family", item.data["family"], f"is not the family of {vip}. Leave family out beside a vip.")
    protocol = item.choice("protocol", "tcp", "tcp", PROTOCOLS, {})
    if item.data.get("port") is None:
        item.refuse("port", None, "is missing. Give the port of the service, or 0 for all ports of a persistent one.")
    return ServiceKey(family, protocol, vip, item.port("port", 0, protocol, lookup), None)


def _fwmark_key(item: Item) -> ServiceKey:
    fwmark = item.number("fwmark", 0, 0, FWMARK_LIMIT, "a firewall mark")
    if fwmark == 0:
        item.refuse("fwmark", 0, "marks nothing. Use the mark that your firewall sets, 1 or more.")
    if item.data.get("port") not in (None, 0, "0"):
        item.refuse("port", item.data["port"], "stands beside a fwmark, which decides alone. Leave port out.")
    return ServiceKey(_family(item, IPV4), None, None, 0, fwmark)


def parse_service(
    data: Mapping[str, t.Any],
    path: str = "",
    have: Mapping[ServiceKey, Service] | None = None,
    lookup: PortLookup | None = None,
) -> Service:
    """What the user wrote, completed from the same service in ``have`` and else from the defaults."""
    item = Item(data, path, _SERVICE_FIELDS)
    key = _service_key(item, lookup)
    old = (have or {}).get(key) or Service(key)
    scheduler = item.choice("scheduler", old.scheduler, "wlc", SCHEDULERS, {})
    service = Service(
        key=key,
        scheduler=scheduler,
        scheduler_flags=_scheduler_flags(item, scheduler, old),
        persistence=item.number("persistence", old.persistence, 0, PERSISTENCE_LIMIT, "a time in seconds"),
        persistence_engine=_engine(item, old),
        one_packet=item.truth("one_packet", old.one_packet, False),
    )
    service = service._replace(persistence_netmask=_netmask(item, service, old))
    if service.persistence == 0 and "persistence_engine" not in data:
        service = service._replace(persistence_engine=None)
    _check_service(item, service)
    return service._replace(realservers=_realservers(item, service, old, lookup))


def _scheduler_flags(item: Item, scheduler: str, old: Service) -> tuple[str, ...]:
    names = scheduler_flag_names(scheduler)
    value = item.given("scheduler_flags", old.scheduler_flags if scheduler == old.scheduler else (), ())
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)):
        item.refuse("scheduler_flags", value, f"is not a list. Use some of {', '.join(names)}.")
    found = set()
    for word in words:
        bit = names.index(word) if word in names else _FLAG_WORDS.get(word if isinstance(word, str) else "")
        if bit is None:
            item.refuse(
                "scheduler_flags", word, f"is not a flag of scheduler {scheduler}. Use some of {', '.join(names)}."
            )
        found.add(bit)
    return tuple(names[bit] for bit in sorted(found))


def _engine(item: Item, old: Service) -> str | None:
    value = item.given("persistence_engine", old.persistence_engine, None) or None
    if value is not None and not (isinstance(value, str) and _ENGINE.fullmatch(value)):
        item.refuse("persistence_engine", value, "is not the name of a persistence engine. Use sip.")
    return value


def _netmask(item: Item, service: Service, old: Service) -> str | int | None:
    """Clients of one network are persistent together: dotted for IPv4, a prefix length for IPv6.

    None is the default, each client by itself; without persistence the mask means nothing and is None.
    """
    value = item.given("persistence_netmask", old.persistence_netmask, None)
    if value is None or value == "" or (service.persistence == 0 and "persistence_netmask" not in item.data):
        return None
    family = service.key.family
    length = netmask_length(value, family)
    if length is None:
        example = "255.255.255.0 or 24" if family == IPV4 else "64"
        item.refuse(
            "persistence_netmask", value, f"is not an {family} netmask of at least one bit. Use e.g. {example}."
        )
    if length == HOST_PREFIX[family]:
        return None
    if service.persistence == 0:
        item.refuse("persistence_netmask", value, "groups clients of a service without persistence. Set persistence.")
    return dotted(length) if family == IPV4 else length


def netmask_length(value: object, family: str) -> int | None:
    """The prefix length of a netmask written as a length or, for IPv4, as a dotted quad; None when it is neither."""
    length = as_integer(value.lstrip("/") if isinstance(value, str) else value)
    dotted_quad = isinstance(value, str) and ":" not in value and canonical_address(value) == value
    if length is None and family == IPV4 and dotted_quad:
        bits = format(int.from_bytes(socket.inet_aton(str(value)), "big"), "032b")
        length = None if "01" in bits else bits.count("1")
    return length if length is not None and 1 <= length <= HOST_PREFIX[family] else None


def _check_service(item: Item, service: Service) -> None:
    """What the kernel accepts though it cannot work."""
    key = service.key
    if key.vip is not None and key.port == 0 and service.persistence == 0:
        item.refuse("port", 0, "means all ports, which needs persistence. Set persistence, or give one port.")
    if service.one_packet and key.protocol not in (None, "udp"):
        item.refuse("one_packet", True, f"breaks {key.protocol} connections. Use it with protocol udp or a fwmark.")
    if service.persistence_engine is None:
        return
    engine = service.persistence_engine
    if service.persistence == 0:
        item.refuse("persistence_engine", engine, "does nothing without persistence. Set persistence.")
    if engine == "sip" and key.protocol not in (None, "udp"):
        item.refuse("persistence_engine", engine, f"drops every {key.protocol} packet. Use it with protocol udp.")


def _realservers(item: Item, service: Service, old: Service, lookup: PortLookup | None) -> tuple[Realserver, ...]:
    if "realservers" not in item.data:
        return old.realservers
    listed = item.data["realservers"]
    if not isinstance(listed, (list, tuple)):
        item.refuse(
            "realservers", listed, "is not a list. Leave it out to keep the realservers there are, or use [] for none."
        )
    known = {realserver.key: realserver for realserver in old.realservers}
    found: dict[RealserverKey, Realserver] = {}
    for index, data in enumerate(listed):
        path = f"{item.at('realservers')}[{index}]"
        realserver = parse_realserver(data, service.key, path, known, lookup)
        if realserver.key in found:
            raise LvsError(path, realserver.key.label, "is listed twice. List each realserver of a service once.")
        found[realserver.key] = realserver
    return sort_realservers(found.values())


def parse_realserver_key(
    data: Mapping[str, t.Any],
    service: ServiceKey,
    path: str = "",
    lookup: PortLookup | None = None,
    spelling: Mapping[str, str] | None = None,
) -> RealserverKey:
    """The identity of a realserver out of what the user wrote; its port is the service's unless given."""
    return _realserver_key(Item(data, path, _REALSERVER_FIELDS, spelling), service, lookup)


def _realserver_key(item: Item, service: ServiceKey, lookup: PortLookup | None) -> RealserverKey:
    port = item.port("port", service.port, service.protocol, lookup)
    return RealserverKey(item.address("rip"), port or service.port)


def parse_realserver(
    data: Mapping[str, t.Any],
    service: ServiceKey,
    path: str = "",
    have: Mapping[RealserverKey, Realserver] | None = None,
    lookup: PortLookup | None = None,
    spelling: Mapping[str, str] | None = None,
) -> Realserver:
    """What the user wrote, completed from the same realserver in ``have`` and else from the defaults."""
    item = Item(data, path, _REALSERVER_FIELDS, spelling)
    key = _realserver_key(item, service, lookup)
    old = (have or {}).get(key) or Realserver(*key)
    forwarding = item.choice("forwarding", old.forwarding, "dr", FORWARDINGS, _FORWARDING_WORDS)
    realserver = Realserver(
        *key,
        forwarding=forwarding,
        weight=item.number("weight", old.weight, 1, WEIGHT_LIMIT, "a weight"),
        upper_threshold=item.number("upper_threshold", old.upper_threshold, 0, THRESHOLD_LIMIT, "a threshold"),
        lower_threshold=item.number("lower_threshold", old.lower_threshold, 0, THRESHOLD_LIMIT, "a threshold"),
        tunnel=_tunnel(item, forwarding, old),
    )
    _check_realserver(item, realserver, service)
    return realserver


def _check_realserver(item: Item, realserver: Realserver, service: ServiceKey) -> None:
    """What the kernel accepts though it cannot work, and what it refuses without saying why."""
    port, forwarding = realserver.port, realserver.forwarding
    if forwarding in ("dr", "tun") and service.vip is not None and port != service.port:
        item.refuse(
            "port",
            port,
            f"is not the port of the service, {service.port}: forwarding {forwarding} cannot change ports."
            " Leave it out, or use forwarding nat.",
        )
    if forwarding != "tun" and family_of(realserver.rip) != service.family:
        item.refuse("rip", realserver.rip, f"is not {service.family} as the service is. Use forwarding tun to cross.")
    if realserver.lower_threshold > realserver.upper_threshold:
        item.refuse(
            "lower_threshold",
            realserver.lower_threshold,
            f"is above the upper threshold, {realserver.upper_threshold}. Raise upper_threshold or lower this one.",
        )


def _tunnel(item: Item, forwarding: str, old: Realserver) -> Tunnel | None:
    """A tunnel is one value: what is left out within it has its default."""
    value = item.given("tunnel", old.tunnel if forwarding == "tun" else None, None)
    if forwarding != "tun":
        if value is not None:
            item.refuse("tunnel", value, f"is for forwarding tun, not {forwarding}. Leave tunnel out.")
        return None
    if value is None or isinstance(value, Tunnel):
        return value or Tunnel()
    inner = Item(value, item.at("tunnel"), _TUNNEL_FIELDS)
    tunnel = Tunnel(
        type=inner.choice("type", "ipip", "ipip", TUNNEL_TYPES, {}),
        port=inner.port("port", 0, "udp", None),
        checksum=inner.choice("checksum", "none", "none", CHECKSUMS, {}),
    )
    _check_tunnel(inner, tunnel)
    return tunnel


def _check_tunnel(item: Item, tunnel: Tunnel) -> None:
    if tunnel.type == "gue" and tunnel.port == 0:
        item.refuse("port", 0, "is no UDP port. A gue tunnel needs the port at which the realservers decapsulate.")
    if tunnel.type != "gue" and tunnel.port != 0:
        item.refuse("port", tunnel.port, f"stands beside type {tunnel.type}, which has no ports. Leave it out.")
    if tunnel.type == "ipip" and tunnel.checksum != "none":
        item.refuse("checksum", tunnel.checksum, "stands beside type ipip, which has no checksum. Leave it out.")
    if tunnel.type == "gre" and tunnel.checksum == "remcsum":
        item.refuse("checksum", tunnel.checksum, "is for gue alone. Use none or csum with gre.")


def parse_table(
    listed: object,
    path: str = "services",
    have: t.Iterable[Service] = (),
    lookup: PortLookup | None = None,
) -> Table:
    """A list of services as the user wrote it, each completed from the same one in ``have``; sorted."""
    if not isinstance(listed, (list, tuple)):
        raise LvsError(path, listed, "is not a list of services.")
    known = {service.key: service for service in have}
    found: dict[ServiceKey, Service] = {}
    for index, data in enumerate(listed):
        service = parse_service(data, f"{path}[{index}]", known, lookup)
        if service.key in found:
            raise LvsError(f"{path}[{index}]", service.key.label, "is listed twice. List each service once.")
        found[service.key] = service
    return sort_services(found.values())
