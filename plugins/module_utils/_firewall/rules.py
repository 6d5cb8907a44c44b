# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The few rules that a director's firewall may need: marks for the services by fwmark, and source NAT. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import ipaddress
import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._host.job import BEFORE_NETWORK, Job
from .._model.address import canonical_address, family_of
from .._model.claims import MARK, SNAT, Things, named, thing
from .._model.numbers import FWMARK_LIMIT

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from .._host.job import Command

JOB = "lvs-firewall"
_HIGHEST_PORT = 65535


@dataclass(frozen=True, order=True)
class Mark:
    """Packets to this VIP and port get the mark; without a protocol, all packets to the VIP."""

    vip: str
    protocol: str
    port: int
    fwmark: int
    last: int = 0  # of a range that begins with the port

    @property
    def family(self) -> str:
        return family_of(self.vip)

    def ports(self, dash: str = "-") -> str:
        """The port, or the range with its dash."""
        return f"{self.port}{dash}{self.last}" if self.last else str(self.port)

    def __str__(self) -> str:
        ports = f" {self.protocol} {self.ports()}" if self.protocol else ""
        return f"fwmark {self.fwmark} {self.vip}{ports}"


@dataclass(frozen=True, order=True)
class Snat:
    """What comes from this source leaves with the address of its interface.

    With a VIP, only connections to it that IPVS sent on to the destination.
    """

    source: str
    destination: str = ""
    vip: str = ""

    @property
    def family(self) -> str:
        return family_of(self.source)

    def __str__(self) -> str:
        return " ".join(filter(None, (self.source, self.destination, self.vip)))


Rule = t.Union[Mark, Snat]


def read_rules(marks: Iterable[Mapping[str, t.Any]], snat: Iterable[Mapping[str, t.Any]]) -> list[Rule]:
    """The arguments, checked, each rule once and in order."""
    wanted: set[Rule] = set()
    for index, mark in enumerate(marks):
        wanted.update(_marks(f"marks[{index}]", mark))
    wanted.update(_snat(f"snat[{index}]", one) for index, one in enumerate(snat))
    return sorted(wanted, key=lambda rule: (rule.family, isinstance(rule, Snat), str(rule)))


def things_of(rules: Iterable[Rule]) -> Things:
    """What is asked for by these rules."""
    return dict(_thing_of(rule) for rule in rules)


def _thing_of(rule: Rule) -> tuple[str, str]:
    if isinstance(rule, Mark):
        ports = (rule.protocol, rule.ports()) if rule.protocol else ()
        return thing(MARK, rule.vip, *ports), str(rule.fwmark)
    return thing(SNAT, rule), ""


def thing_in(text: str) -> tuple[str, str]:
    """What is asked for by the rule that is shown so."""
    words = text.split(" ")
    if words[0] == "fwmark":
        return thing(MARK, *words[2:]), "".join(words[1:2])
    return thing(SNAT, text), ""


def rules_of(things: Mapping[str, str]) -> list[Rule]:
    """The rules that are asked for, each once and in order."""
    marks = [_mark_of(words.split(" "), fwmark) for words, fwmark in named(MARK, things).items()]
    return read_rules(marks, [_snat_of(words.split(" ")) for words in named(SNAT, things)])


def _mark_of(words: list[str], fwmark: str) -> dict[str, t.Any]:
    ports = []
    if words[1:]:
        first, _dash, last = words[2].partition("-")
        ports = [{"protocol": words[1], "port": int(first), "last": int(last) if last else None}]
    return {"vip": words[0], "fwmark": int(fwmark), "ports": ports}


def _snat_of(words: list[str]) -> dict[str, t.Any]:
    source, destination, vip = words if words[1:] else (words[0], None, None)
    return {"source": source, "destination": destination, "vip": vip}


def _marks(item: str, given: Mapping[str, t.Any]) -> list[Mark]:
    vip, fwmark = _address(f"{item}.vip", given["vip"]), given["fwmark"]
    if not 1 <= fwmark <= FWMARK_LIMIT:
        raise LvsError(
            f"{item}.fwmark", fwmark, f"is not a firewall mark. Use a whole number from 1 to {FWMARK_LIMIT}."
        )
    if not given["ports"]:
        return [Mark(vip, "", 0, fwmark)]
    for index, one in enumerate(given["ports"]):
        if not 1 <= one["port"] <= _HIGHEST_PORT:
            raise LvsError(f"{item}.ports[{index}].port", one["port"], f"is not a port. Use 1 to {_HIGHEST_PORT}.")
        if one["last"] is not None and not one["port"] <= one["last"] <= _HIGHEST_PORT:
            cure = f"does not end a range of ports. Use {one['port']} to {_HIGHEST_PORT}."
            raise LvsError(f"{item}.ports[{index}].last", one["last"], cure)
    return [
        Mark(vip, one["protocol"], one["port"], fwmark, one["last"] if one["last"] not in (None, one["port"]) else 0)
        for one in given["ports"]
    ]


def _snat(item: str, given: Mapping[str, t.Any]) -> Snat:
    source = _network(f"{item}.source", given["source"])
    if (given["destination"] is None) != (given["vip"] is None):
        raise LvsError(item, dict(given), "has only one of vip and destination. Give both, or source alone.")
    if given["vip"] is None:
        return Snat(source)
    pair = [_address(f"{item}.{key}", given[key]) for key in ("destination", "vip")]
    if {family_of(address) for address in pair} != {family_of(source)}:
        raise LvsError(item, dict(given), "mixes the address families. Use addresses of one family.")
    return Snat(source, *pair)


def _address(item: str, text: str) -> str:
    address = canonical_address(text)
    if address is None:
        raise LvsError(item, text, "is not an address. Write one such as 192.168.1.110 or 2001:db8::110.")
    return address


def _network(item: str, text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        cure = "is neither an address nor a network. Write one such as 192.168.1.12 or 192.168.1.0/24."
        raise LvsError(item, text, cure) from error
    return str(network.network_address if network.prefixlen == network.max_prefixlen else network)


def job(start: Iterable[Command]) -> Job:
    """What makes the rules at boot, and again after what takes all rules away."""
    return Job(
        JOB,
        _HEADER,
        "Marks and source NAT of the Linux Virtual Server",
        _ORDER,
        tuple(start),
        again=True,
        stage=BEFORE_NETWORK,
    )


# These begin by removing everybody's rules, or do with some settings. Their units take ours along when they are
# restarted or reloaded.
_FLUSHING = (
    "nftables.service iptables.service ip6tables.service netfilter-persistent.service firewalld.service ufw.service"
)
_HEADER = """\
# Written by linuxvirtualserver.lvs.firewall_rules; the next run puts back what is changed here.
# To undo it, run the same task with state: absent: it also removes the rules."""
_ORDER = (
    "DefaultDependencies=no",
    f"After=systemd-modules-load.service {_FLUSHING}",
    f"PartOf={_FLUSHING}",
    f"ReloadPropagatedFrom={_FLUSHING}",
    "Before=network-pre.target shutdown.target",
    "Wants=network-pre.target",
    "Conflicts=shutdown.target",
)
