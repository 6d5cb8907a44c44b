# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with what a user wrote, by an id that stays the same: what it says and what cures it.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only text, and the collector of those who refuse. A plan makes findings of the same ids and words instead.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError, with_fix, with_value
from .words import shown


class Text(t.NamedTuple):
    """`wrong` follows the path of the item, `howto` is a section of the LVS mini-HOWTO.

    A word in braces is filled in where the mistake is found.
    """

    wrong: str
    cure: str
    howto: str = ""


_VIP = "Write an address such as 192.168.1.110 or 2001:db8::110."
_RIP = "Write an address such as 192.168.1.11 or 2001:db8::11, without a prefix length."
_CHOICES = "Use {choices}."
_RANGE = "Use a whole number from {low} to {high}."
_PERSISTENT = "Set persistence or remove it."

TEXTS: dict[str, Text] = {
    # Any list and mapping of services
    "services-not-a-list": Text(
        "is not a list of services", "Write a list of mappings, each with vip, port and realservers."
    ),
    "service-not-a-mapping": Text("is not a mapping", "Write a mapping with vip, port and realservers."),
    "service-twice": Text("is the same service as {first}", "Make one service of the two, or change its port."),
    "key-unknown": Text("is not a key of this item", "Remove it, or use one of {known}."),
    "boolean-invalid": Text("is neither true nor false", "Use true or false."),
    # What a service is reached by
    "vip-missing": Text("is missing: nothing says which virtual IP (VIP) the service has", _VIP),
    "vip-invalid": Text("is not an address", _VIP),
    "vip-mask": Text(
        "has a mask other than /{prefix}",
        "Write {address}: with a wider mask a realserver takes the whole subnet for its own.",
        "3.10",
    ),
    "vip-unusable": Text("is {reason}", _VIP),
    "family-unknown": Text("is not an address family", _CHOICES),
    "family-mismatch": Text("is not the family of the VIP {vip}", "Remove family: the VIP says it."),
    "protocol-unknown": Text("is not a protocol that IPVS forwards", _CHOICES),
    "port-missing": Text(
        "is missing: nothing says which port the service has", "Write a number or a service name, such as port: http."
    ),
    "port-invalid": Text("is not a port", "Use {low} to {high} or a service name such as http."),
    "port-out-of-range": Text("is out of the range of ports", "Use {low} to {high} or a service name."),
    "port-name-unknown": Text(
        "is not the name of a {protocol} port that is known here", "Use the port's number.", "3.13.1"
    ),
    "port-zero": Text(
        "stands for every port, which only a persistent service can serve",
        "Set persistence, for example persistence: 360, or give the port.",
    ),
    "fwmark-invalid": Text("is not a firewall mark", _RANGE),
    "fwmark-key": Text(
        "cannot be set with fwmark, which alone chooses the packets",
        "Remove {key}, or remove fwmark; in an inventory the key ports says which packets get the mark.",
    ),
    # How realservers are chosen
    "scheduler-unknown": Text("is not a scheduler", _CHOICES),
    "scheduler-flags-invalid": Text("is not a list", "Write a list such as [sh-port]."),
    "scheduler-flag-unknown": Text("is not a flag of scheduler {scheduler}", _CHOICES),
    "persistence-invalid": Text("is not a persistence time in seconds", _RANGE),
    "netmask-invalid": Text("is not a netmask for {family}", "Use a netmask such as {example}."),
    "netmask-without-persistence": Text("has no effect without persistence", _PERSISTENT),
    "engine-unknown": Text("is not a persistence engine", _CHOICES),
    "engine-without-persistence": Text("has no effect without persistence", _PERSISTENT),
    "engine-not-udp": Text("reads UDP packets only, not {protocol}", "Set protocol: udp."),
    "one-packet-not-udp": Text(
        "schedules every packet on its own, which breaks {protocol} connections",
        "Remove one_packet, or set protocol: udp.",
    ),
    # Realservers
    "realserver-twice": Text("is listed twice: {first} is the same realserver", "Remove one of the two."),
    "weight-invalid": Text("is not a weight", _RANGE),
    "threshold-invalid": Text("is not a number of connections", _RANGE),
    "thresholds-crossed": Text(
        "is above the upper threshold {upper}", "Raise upper_threshold, or lower lower_threshold."
    ),
    "forwarding-unknown": Text("is not a forwarding method", _CHOICES, "3.11"),
    "port-remap": Text(
        "is not the port of the service, {port}, and forwarding {forwarding} cannot change a port",
        "Remove port and let the realserver listen on the port of the service, or use forwarding nat.",
        "3.11",
    ),
    "families-mixed": Text(
        "cannot serve an {family} service: forwarding {forwarding} cannot cross families",
        "Give the realserver an {family} address, or use forwarding tun.",
    ),
    "tunnel-invalid": Text("is not a mapping", "Write {{type: gue, port: 6080}}."),
    "tunnel-without-tun": Text("has no effect with forwarding {forwarding}", "Remove it or use forwarding tun."),
    "tunnel-type-unknown": Text("is not a type of tunnel", _CHOICES),
    "tunnel-checksum-unknown": Text("is not a checksum that {type} tunnels have", _CHOICES),
    "tunnel-port-missing": Text("is missing: nothing says to which UDP port gue packets go", "Set port, such as 6080."),
    "tunnel-port-invalid": Text("is not a port", _RANGE),
    "tunnel-port-unused": Text("has no effect in {type} tunnels", "Remove it."),
    # A realserver with an address of its own; an inventory names a host instead
    "realservers-not-a-list": Text("is not a list of realservers", "Leave it out to keep those there are; [] is none."),
    "realserver-not-a-mapping": Text("is not a mapping", "Write a mapping such as {{rip: 192.168.1.11, weight: 2}}."),
    "rip-missing": Text("is missing: nothing says which address (RIP) the realserver has", _RIP),
    "rip-invalid": Text("is not an address", _RIP),
    "rip-unusable": Text("is {reason}", _RIP),
    # How realservers are asked whether they are alive
    "check-invalid": Text(
        "is neither a word nor a mapping", "Write check: tcp, or such as check: {{type: http, path: /health}}."
    ),
    "check-type-unknown": Text("is not a check", _CHOICES),
    "check-number-invalid": Text("is out of range", _RANGE),
    "check-path-invalid": Text("is not a path to ask for", "Write one such as /health, without blanks and quotes."),
    "check-name-invalid": Text("is not a host name", "Write one such as www.example.org."),
    "check-status-invalid": Text("is not a list of HTTP status codes", "Write one such as [200, 204]."),
    "check-query-unknown": Text("is not a type of DNS record that can be asked for", _CHOICES),
    "check-bytes-invalid": Text("is not an even number of hexadecimal digits", "Write up to 256 bytes, such as 0a0b."),
    "check-needs-port": Text(
        "is missing: the realserver has no single port that check {type} could ask", "Set port of the check."
    ),
    "check-not-for-protocol": Text(
        "asks by {transport}, and the port of the service is one of {protocol}",
        "Set port of the check to one of {transport}, or use another type.",
    ),
    # Timeouts and synchronisation daemons
    "timeout-invalid": Text("is not a time in seconds", _RANGE),
    "sync-interface-invalid": Text("is not the name of an interface", "Give the one between the directors."),
    "sync-id-invalid": Text("is not a sync ID", _RANGE),
    "sync-length-invalid": Text(
        "is not the length of a datagram", "Use a whole number from {low} to {high}, or 0 for the kernel's choice."
    ),
    "sync-group-invalid": Text("is not a multicast address", "Use one like 224.0.0.81."),
    "sync-port-invalid": Text("is not a port", _RANGE),
    "sync-ttl-invalid": Text("is not a time to live", _RANGE),
}


class Notes(t.Protocol):
    """Where mistakes go, `words` being those that the text is filled in with, and `near` what did_you_mean() says."""

    def add(self, rule: str, path: str, value: object, near: str = "", **words: object) -> None:
        """Note one."""


class Mistake(t.NamedTuple):
    """One thing that is wrong."""

    id: str
    path: str
    value: object
    wrong: str
    cure: str

    def __str__(self) -> str:
        problem = with_value(self.wrong, shown(self.value))
        return f"{self.path}: {with_fix(problem, self.cure)} [{self.id}]"


class MistakesError(LvsError):
    """All that is wrong, a line each; item, value and text are those of the first."""

    def __init__(self, mistakes: t.Sequence[Mistake]) -> None:
        first = mistakes[0]
        super().__init__(first.path, first.value, f"{first.wrong}. {first.cure}")
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "\n".join(map(str, self.mistakes))


class Mistakes:
    """Collects mistakes, to refuse them all at once."""

    def __init__(self) -> None:
        self.found: list[Mistake] = []

    def add(self, rule: str, path: str, value: object, near: str = "", **words: object) -> None:
        wrong, cure, _howto = TEXTS[rule]
        self.found.append(Mistake(rule, path, value, wrong.format(**words), cure.format(**words) + near))

    def refuse(self) -> None:
        """Raise what was found, if anything."""
        if self.found:
            raise MistakesError(self.found)
