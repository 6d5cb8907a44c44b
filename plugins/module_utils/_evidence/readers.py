# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host's tools and files say, as evidence: plain structures that travel to the controller.

Private: this file may change in any release; do not import it from outside the collection.
Pure: text in, structures out.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from .._host.ip_json import object_in
from .._model.address import canonical_address
from .._model.lines import lines_in
from .._model.numbers import as_integer

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from .._host.host import Completed
    from .._host.links import Interface, Neighbour
    from .._kernel.sysctl import Line

Entry = dict[str, t.Any]

# The live settings that decide whether an LVS works: on each interface, and of the host as a whole.
INTERFACE_SETTINGS = (
    "accept_local",
    "accept_redirects",
    "arp_announce",
    "arp_ignore",
    "rp_filter",
    "secure_redirects",
    "send_redirects",
)
HOST_SETTINGS = (
    "net.ipv4.ip_forward",
    "net.ipv4.ip_no_pmtu_disc",
    "net.ipv6.conf.all.forwarding",
    "net.netfilter.nf_conntrack_tcp_loose",
    "net.ipv4.vs.backup_only",
    "net.ipv4.vs.conntrack",
    "net.ipv4.vs.expire_nodest_conn",
    "net.ipv4.vs.pmtu_disc",
)
# From /proc/net/netstat and /proc/net/snmp: what the kernel threw away, and why.
COUNTERS = ("TcpExtIPReversePathFilter", "IpInUnknownProtos", "IpExtInCsumErrors")


def interface_entry(interface: Interface) -> Entry:
    """An interface, as evidence."""
    return {
        "name": interface.name,
        "up": interface.is_up,
        "carrier": "NO-CARRIER" not in interface.flags,
        "speaks_arp": interface.speaks_arp,
        "kind": interface.kind,
        "external": bool(interface.details.get("external")),
        "mtu": interface.mtu,
        "mac": interface.mac,
        "addresses": [{"address": one.ip, "prefix": one.prefix, "usable": one.usable} for one in interface.addresses],
    }


def neighbour_entry(neighbour: Neighbour) -> Entry:
    """A neighbour, as evidence."""
    state = " ".join(neighbour.states).lower()
    return {"address": neighbour.ip, "interface": neighbour.dev, "mac": neighbour.mac, "state": state}


def route_entry(entry: Mapping[str, t.Any]) -> Entry:
    """An object of `ip -j route`, as evidence."""
    return {
        "to": entry["dst"],
        "kind": entry.get("type", "unicast"),
        "table": str(entry.get("table", "main")),
        "via": _gateway(entry),
        "interface": entry.get("dev"),
        "source": entry.get("prefsrc"),
        "mss": _metric(entry, "advmss"),
        "mtu": _metric(entry, "mtu"),
    }


def _gateway(entry: Mapping[str, t.Any]) -> str | None:
    gateway: str | None = entry.get("gateway") or entry.get("via", {}).get("host")
    return gateway


def _metric(entry: Mapping[str, t.Any], name: str) -> int | None:
    return next((metrics[name] for metrics in entry.get("metrics", []) if name in metrics), None)


def parse_way(text: str, to: str, source: str | None) -> Entry:
    """The output of `ip -j route get`: how this host would send to an address, from its own address or from another."""
    entry = object_in(text, "ip -j route get")
    return {
        "to": to,
        "from": source,
        "kind": entry.get("type", "unicast"),
        "via": _gateway(entry),
        "interface": entry.get("dev"),
        "source": entry.get("prefsrc") or source,
        # The kernel learned another way from an ICMP redirect.
        "redirected": "redirected" in entry.get("cache", []),
        # The most that it tells the other end to send in a segment.
        "mss": _metric(entry, "advmss"),
    }


# How the kernel says that a route, a rule or its filtering of reverse paths keeps a packet from its way. Any other
# answer is that there is no route. Of a packet that comes in, an invalid argument may be its source as well.
_REFUSALS = {
    "Invalid argument": "blackhole",
    "Permission denied": "prohibit",
    "No route to host": "unreachable route",
    "Invalid cross-device link": "filtered",
}


def no_way(to: str, source: str | None, said: str = "") -> Entry:
    """`ip route get` failed: the host does not know how to send there, or must not."""
    return {
        "to": to,
        "from": source,
        "kind": next((kind for words, kind in _REFUSALS.items() if words in said), "unreachable"),
        "via": None,
        "interface": None,
        "source": source,
        "redirected": False,
        "mss": None,
    }


def parse_listeners(text: str) -> list[Entry]:
    """The output of `ss -Hntul`: where something listens. `*` takes both families.

    Of TCP also how many connections wait to be taken, and for how many there is room; sockets may share a port.
    """
    found: dict[tuple[str, str, int], Entry] = {}
    for protocol, state, waiting, room, local in (columns[:5] for columns in _rows(text, 5)):
        if state in ("LISTEN", "UNCONN"):
            address, port = _endpoint(local)
            one = found.setdefault((protocol, address, port), {"protocol": protocol, "address": address, "port": port})
            if state == "LISTEN":
                one["waiting"] = one.get("waiting", 0) + (as_integer(waiting) or 0)
                one["room"] = one.get("room", 0) + (as_integer(room) or 0)
    return [found[key] for key in sorted(found)]


_MAPPED = "::ffff:"


def interface_of(done: Completed) -> str | None:
    """The interface in an answer of `ip -j route get`."""
    return None if done.rc else object_in(done.stdout, "ip -j route get").get("dev")


_LISTENING = "10"


def parse_sctp_endpoints(text: str) -> list[Entry]:
    """/proc/net/sctp/eps: after a head, what listens in column SSTY 10, its port and all its addresses."""
    rows = [line.split() for line in lines_in(text)[1:]]
    found = {
        ("*" if address == "::" else address, as_integer(row[5]) or 0)
        for row in rows
        if len(row) > 8 and row[3] == _LISTENING
        for address in map(canonical_address, row[8:])
        if address
    }
    return [{"protocol": "sctp", "address": address, "port": port} for address, port in sorted(found)]


def parse_sockets(text: str) -> list[Entry]:
    """The output of `ss -Hntua FILTER`: whom this host talks to."""
    found = []
    for columns in _rows(text, 6):
        (local, _port), (remote, port) = _endpoint(columns[4]), _endpoint(columns[5])
        if port:
            found.append({"state": columns[1].lower(), "local": local, "remote": remote, "port": port})
    return found


def _rows(text: str, columns: int) -> list[list[str]]:
    """The lines of ss by their columns."""
    rows = [line.split() for line in lines_in(text)]
    for row in rows:
        if len(row) < columns:
            raise LvsError("ss", " ".join(row), f"is not a line of {columns} columns. See which ss this host has.")
    return rows


def _endpoint(text: str) -> tuple[str, int]:
    """An address and a port. What a socket of IPv6 does over IPv4 alone, as Java's on one address do, is of IPv4."""
    address, _colon, port = text.rpartition(":")
    address = address.partition("%")[0].strip("[]")
    mapped = address.startswith(_MAPPED) and "." in address
    return address[len(_MAPPED) :] if mapped else address, as_integer(port) or 0


def parse_counters(text: str) -> dict[str, int]:
    """/proc/net/netstat and /proc/net/snmp: a line of names, a line of values, each begun by the protocol."""
    found = {}
    lines = lines_in(text)
    for names, values in zip(lines[::2], lines[1::2]):
        prefix = names.partition(":")[0]
        pairs = zip(names.split()[1:], map(as_integer, values.split()[1:]))
        found.update({f"{prefix}{name}": number for name, number in pairs if number is not None})
    return {name: found[name] for name in COUNTERS if name in found}


def boot_settings(lines: Iterable[Line]) -> dict[str, Entry]:
    """What is set at boot, the last word on each of our settings and the file that has it."""
    found = {line.name.replace("/", "."): {"value": line.value, "file": line.path} for line in lines}
    return {name: found[name] for name in sorted(found) if _is_ours(name)}


def _is_ours(name: str) -> bool:
    return name in HOST_SETTINGS or (name.startswith("net.ipv4.conf.") and name.endswith(INTERFACE_SETTINGS))


def parse_units(text: str) -> list[Entry]:
    """The output of `systemctl list-units --all --plain --no-legend`."""
    rows = [line.split(None, 4) for line in lines_in(text)]
    return [{"unit": row[0], "loaded": row[1], "state": row[2], "detail": row[3]} for row in rows if len(row) > 3]


def parse_nameservers(text: str) -> list[str]:
    """The servers in resolv.conf(5)."""
    rows = [line.split() for line in lines_in(text)]
    return [row[1] for row in rows if len(row) > 1 and row[0] == "nameserver"]


def module_state(name: str, loaded: Iterable[str], tried: tuple[int, str] | None) -> str:
    """How a kernel module stands, from /proc/modules and from the exit status and words of `modprobe -nv`."""
    if name in loaded:
        return "loaded"
    if tried is None:
        return "unknown"
    status, said = tried
    if status:
        return "missing"
    if any(line.startswith("install ") for line in lines_in(said)):
        return "blocked"
    return "available" if said.strip() else "built in"


def parse_memory(text: str) -> dict[str, int]:
    """Of /proc/meminfo, in kibibytes, how much there is and how much programs can still have."""
    known = {words[0]: as_integer(words[1]) for words in map(str.split, lines_in(text)) if len(words) > 1}
    found = {"total": known.get("MemTotal:"), "available": known.get("MemAvailable:")}
    return {name: number for name, number in found.items() if number is not None}
