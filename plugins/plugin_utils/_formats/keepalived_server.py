# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""virtual_server and real_server of a keepalived.conf, statement after statement, as keepalived takes them.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ...module_utils._model.address import IPV4, IPV6, canonical_address, family_of
from ...module_utils._model.table import PERSISTENCE_LIMIT, PROTOCOLS, SCHEDULERS, WEIGHT_LIMIT, scheduler_flag_names
from ...module_utils._model.words import one_of
from .file import Draft, OldFile
from .keepalived_file import Statement
from .keepalived_group import FAMILY_WORDS, Group
from .keepalived_words import HIGHEST_PORT, Told

_METHODS = {"NAT": "nat", "DR": "dr", "TUN": "tun"}
_TUNNEL_TYPES = ("ipip", "gue", "gre")
_CHECKSUMS = {"nocsum": "none", "csum": "csum", "remcsum": "remcsum"}
_FLAG_BITS = {"flag-1": 0, "fallback": 0, "flag-2": 1, "port": 1, "flag-3": 2}
_FLAG_WORDS = ("flag-1", "flag-2", "flag-3", "mh-fallback", "mh-port", "sh-fallback", "sh-port")
_PERSISTENCE_DEFAULT = 360
_THRESHOLD_LIMIT = 2**32 - 1

# What is known and not taken over, in each place.
_CHECKS = frozenset(
    ("alpha", "connect_timeout", "delay_before_retry", "delay_loop", "inhibit_on_failure", "retry", "smtp_alert")
) | {"snmp_name", "virtualhost", "warmup"}
_OF_VIRTUAL = _CHECKS | {
    *("ha_suspend", "hashed", "omega", "quorum_down", "quorum_up"),
}
_OF_REAL = _CHECKS | {"notify_down", "notify_up"}
_CHECKERS = frozenset(("BFD_CHECK", "DNS_CHECK", "FILE_CHECK", "HTTP_GET", "MISC_CHECK", "PING_CHECK")) | {
    *("SMTP_CHECK", "SSL_GET", "TCP_CHECK", "UDP_CHECK"),
}

_Handler = Callable[[Statement], None]


class _Method(t.NamedTuple):
    """How packets get to a realserver, and where that is written."""

    forwarding: str
    tunnel: Mapping[str, object] | None
    line: int


@dataclass
class _Sorry:
    """The server for when there is no other."""

    draft: Draft
    method: _Method | None
    is_in_the_table: bool = False

    @property
    def rip(self) -> str:
        return str(self.draft.values["rip"])

    @property
    def is_in_a_tunnel(self) -> bool:
        return self.method is not None and self.method.forwarding == "tun"


class VirtualServer(Told):
    """One virtual_server, which is several services when it names a group."""

    def __init__(self, source: OldFile, statement: Statement, groups: Mapping[str, Group], makes_marks: bool) -> None:
        super().__init__(source)
        self._statement = statement
        self._groups = groups
        self._makes_marks = makes_marks
        self._service = Draft(statement.line)
        self._family: str | None = None
        self._method: _Method | None = None
        self._weight: tuple[int, int] | None = None
        self._flags: set[int] = set()
        self._granularity: int | None = None  # the line
        self._sorry: _Sorry | None = None
        self._quorum = 1
        self._hysteresis = 0
        self._realservers: list[tuple[Draft, _Method | None]] = []

    def add(self) -> None:
        """Read it, and hand over its services."""
        keys = self._keys()
        for child in self._statement.inside:
            self._handler(child)(child)
        self._settle_family()
        self._settle_persistence(keys)
        if self._flags:
            names = scheduler_flag_names(str(self._service.values.get("scheduler", "")))
            self._service.set("scheduler_flags", [names[bit] for bit in sorted(self._flags)], self._statement.line)
        if self._service.values.get("one_packet") and self._protocol() != "udp" and self._has_addresses(keys):
            self._drop(
                "one_packet", "is for UDP alone, and keepalived leaves it out", "Remove it, or set protocol UDP."
            )
        pool = [self._complete(draft, method) for draft, method in self._realservers]
        if not pool:
            what = "has no real_server, and keepalived leaves it out"
            self.warning(self._statement, " ".join(self._statement.words[1:]), what, "Add one, or remove it.")
            return
        self._settle_sorry(pool)
        for key in keys:
            self._add_one(key, pool)

    # Which services

    def _keys(self) -> list[Draft]:
        kind, line = self._statement.value(), self._statement.line
        if kind == "group":
            return self._of_group()
        if kind == "fwmark":
            number = self.number(self._statement, 1, 2**32 - 1, 2)
            return [] if number is None else [Draft(line, fwmark=number)]
        vip = self.address(self._statement, kind)
        if canonical_address(vip):
            self._family = family_of(vip)
        port = self.port(self._statement, 2)
        return [Draft(line, vip=vip, port=port or 0)]

    def _of_group(self) -> list[Draft]:
        name = self._statement.value(2)
        group = self._groups.get(name)
        if group is None:
            self.error(self._statement, name, "is no virtual_server_group of this file", "Add it.")
            return []
        group.is_used = True
        if self._makes_marks and not group.marks:
            what = "is a group, and nftables_ipvs in global_defs makes firewall marks of groups"
            self.error(self._statement, name, what, "Import the running table instead, as docs/old-files.md says.")
        return [*group.addresses, *group.marks]

    def _has_addresses(self, keys: list[Draft]) -> bool:
        return any("vip" in key.values for key in keys)

    def _add_one(self, key: Draft, pool: list[Draft]) -> None:
        by_mark = "fwmark" in key.values
        service = Draft(key.line)
        for part in (self._service, key):
            for name, value in part.values.items():
                service.set(name, value, part.line_of(name))
        if by_mark:
            service.values.pop("protocol", None)
            service.values.setdefault("family", self._family or IPV4)
        else:
            service.set("protocol", self._protocol(), self._service.line_of("protocol"))
        self.source.add(service, [self._at(draft, by_mark) for draft in pool])

    def _at(self, draft: Draft, by_mark: bool) -> Draft:
        """The realserver as it is in this service: keepalived clears its port where a mark leads by dr or tun."""
        copy = Draft(draft.line)
        copy.values, copy.lines = dict(draft.values), dict(draft.lines)
        if by_mark and copy.values.get("forwarding") != "nat" and copy.values.get("port"):
            what = "is not used: keepalived clears the port where a fwmark leads with dr or tun"
            line = copy.line_of("port")
            self.source.warning(line, "port", copy.values.pop("port"), what, "Leave it out.")
        return copy

    # What keepalived sets by itself

    def _protocol(self) -> object:
        return self._service.values.get("protocol", "udp")

    def _settle_family(self) -> None:
        """A mark has the family of its realservers, IPv4 when those are in tunnels and of both."""
        if self._sorry and not self._sorry.is_in_a_tunnel:
            self._family = self._family or family_of(self._sorry.rip)
            # keepalived leaves out one of the other family.
            self._sorry = self._sorry if family_of(self._sorry.rip) == self._family else None
        group = self._groups.get(self._statement.value(2)) if self._statement.value() == "group" else None
        if group is not None:
            self._family = group.family(self._family)
        elif self._family is None:
            rips = [str(draft.values["rip"]) for draft, _method in self._realservers]
            rips += [self._sorry.rip] if self._sorry else []
            families = {family_of(rip) for rip in rips}
            self._family = families.pop() if len(families) == 1 else IPV4
        if "protocol" not in self._service.values and self._statement.value() != "fwmark":
            what = "is missing: keepalived takes UDP"
            self.source.warning(self._statement.line, "protocol", None, what, "Write protocol TCP if it is not.")

    def _settle_sorry(self, pool: list[Draft]) -> None:
        """It serves alone where the realservers are not enough, and waits among them where it is inhibited."""
        if self._sorry is None:
            return
        weight = sum(t.cast("int", draft.values.get("weight", 1)) for draft in pool)
        quorum = min(self._quorum, weight)
        if weight < quorum + min(self._hysteresis, quorum - 1) or not weight:
            what = "serves alone: the weight of the realservers is less than quorum and hysteresis, or nothing"
            cure = "Give them more weight, or write the sorry_server as the real_server."
            self.source.error(self._sorry.draft.line, "sorry_server", self._sorry.rip, what, cure)
        draft = self._complete(self._sorry.draft, self._sorry.method)
        draft.set("weight", 0, draft.line)
        named = [(one.values["rip"], one.values.get("port")) for one in pool]
        if self._sorry.is_in_the_table and (draft.values["rip"], draft.values.get("port")) not in named:
            what = "is inhibited and waits in the table: it is taken over as a realserver with weight 0"
            self.source.warning(draft.line, "sorry_server", self._sorry.rip, what, "Remove it if nobody needs it.")
            pool.append(draft)

    def _settle_persistence(self, keys: list[Draft]) -> None:
        values = self._service.values
        if "persistence" not in values and self._granularity is not None:
            self._service.set("persistence", _PERSISTENCE_DEFAULT, self._granularity)
        if not values.get("persistence") and any("vip" in key.values and not key.values["port"] for key in keys):
            what = f"stands for every port, and keepalived makes the service persistent for {_PERSISTENCE_DEFAULT} s"
            self.warning(self._statement, 0, what, "Write persistence_timeout, or the port.")
            self._service.set("persistence", _PERSISTENCE_DEFAULT, self._statement.line)
        if not values.get("persistence") and "persistence_engine" in values:
            what = "has no effect without persistence_timeout"
            self._drop("persistence_engine", what, "Set persistence_timeout, or remove it.")
        if self._statement.value() == "group" and "persistence_netmask" in values:
            what = "has no effect in a group: keepalived sets it for none of its services"
            self._drop("persistence_netmask", what, "Make a virtual_server of each address.")

    def _drop(self, name: str, what: str, cure: str) -> None:
        line = self._service.line_of(name)
        self.source.warning(line, name, self._service.values.pop(name), what, cure)

    def _complete(self, draft: Draft, method: _Method | None) -> Draft:
        """What the virtual server says for a realserver that does not say it itself."""
        method = method or self._method
        if method is None:
            what = "is missing: keepalived takes NAT"
            self.source.warning(draft.line, "lvs_method", None, what, "Write lvs_method NAT, DR or TUN.")
            method = _Method("nat", None, draft.line)
        draft.set("forwarding", method.forwarding, method.line)
        if method.forwarding == "tun" and method.tunnel:
            draft.set("tunnel", method.tunnel, method.line)
        if "weight" not in draft.values and self._weight:
            draft.set("weight", *self._weight)
        return draft

    # Statement by statement

    def _handler(self, statement: Statement) -> _Handler:
        handlers: dict[str, _Handler] = {
            "hysteresis": self._set_hysteresis,
            "ip_family": self._ip_family,
            "lb_algo": self._scheduler,
            "lb_kind": self._own_method,
            "lvs_method": self._own_method,
            "lvs_sched": self._scheduler,
            "ops": lambda one: self._service.set("one_packet", True, one.line),
            "persistence_engine": lambda one: self._service.set("persistence_engine", one.value(), one.line),
            "persistence_granularity": self._netmask,
            "persistence_timeout": self._persistence,
            "protocol": self._set_protocol,
            "quorum": self._set_quorum,
            "real_server": self._realserver,
            "sorry_server": self._sorry_server,
            "sorry_server_inhibit": self._inhibit,
            "sorry_server_lvs_method": self._sorry_method,
            "weight": self._own_weight,
            **dict.fromkeys(_FLAG_WORDS, self._flag),
            **dict.fromkeys(_OF_VIRTUAL, self.listed),
        }
        return self._known(statement, handlers, "a virtual_server", "real_server")

    def _known(self, statement: Statement, handlers: Mapping[str, _Handler], where: str, *blocks: str) -> _Handler:
        """What to do with a statement; one that is no keyword there, or has or lacks a block, is said."""
        if statement.word not in handlers:
            return lambda one: self.unknown(one, where, handlers)
        if (statement.block is not None) != (statement.word in blocks):
            what = "has no block" if statement.block is None else "takes no block"
            cure = "Write { after it, and } at its end." if statement.block is None else "Remove the braces."
            return lambda one: self.error(one, " ".join(one.words) if one.block is None else None, what, cure)
        return handlers[statement.word]

    def _ip_family(self, statement: Statement) -> None:
        family = FAMILY_WORDS.get(statement.value())
        if family is None:
            self.error(statement, statement.value() or None, "is not an address family", "Write inet or inet6.")
        elif self._family not in (None, family):
            what = f"is not the family of what stands above, {self._family}"
            self.error(statement, statement.value(), what, "Remove it.")
        else:
            self._family = family

    def _scheduler(self, statement: Statement) -> None:
        if statement.value() in SCHEDULERS:
            self._service.set("scheduler", statement.value(), statement.line)
        else:
            self.error(statement, statement.value() or None, "is not a scheduler", f"Use {one_of(SCHEDULERS)}.")

    def _flag(self, statement: Statement) -> None:
        """sh-port and the like count where lvs_sched sh stands above them."""
        kind, _dash, name = statement.word.partition("-")
        scheduler = self._service.values.get("scheduler")
        if kind == "flag" or kind == scheduler:
            self._flags.add(_FLAG_BITS[statement.word if kind == "flag" else name])
        else:
            what = f"counts only below lvs_sched {kind}, and keepalived ignores it"
            self.warning(statement, statement.word, what, f"Write it below lvs_sched {kind}, or remove it.")

    def _own_method(self, statement: Statement) -> None:
        self._method = self._read_method(statement) or self._method

    def _own_weight(self, statement: Statement) -> None:
        weight = self.number(statement, 1, WEIGHT_LIMIT)
        self._weight = self._weight if weight is None else (weight, statement.line)

    def _set_protocol(self, statement: Statement) -> None:
        protocol = statement.value().lower()
        # What is wrong is said once, here; the protocol is then not unsaid as well.
        self._service.set("protocol", protocol if protocol in PROTOCOLS else PROTOCOLS[0], statement.line)
        if protocol not in PROTOCOLS:
            self.error(statement, statement.value() or None, "is not a protocol", "Write TCP, UDP or SCTP.")

    def _persistence(self, statement: Statement) -> None:
        if not statement.value():
            self._service.set("persistence", _PERSISTENCE_DEFAULT, statement.line)
        elif statement.value() == "0" and not self._service.values.get("persistence"):
            what = "is no time to keepalived, which ignores it"
            self.warning(statement, "0", what, "Remove it: the service is not persistent.")
        else:
            seconds = self.number(statement, 1, PERSISTENCE_LIMIT)
            if seconds is not None:
                self._service.set("persistence", seconds, statement.line)

    def _netmask(self, statement: Statement) -> None:
        """Makes the service persistent, and says the family where nothing has said it."""
        text = statement.value()
        family = self._family or (IPV4 if "." in text else IPV6)
        if family == IPV4 and canonical_address(text) is None:
            self.error(statement, text or None, "is not a netmask", "Write one such as 255.255.255.0.")
            return
        if family == IPV6 and self.number(statement, 1, 128) is None:
            return
        self._family = family
        self._granularity = statement.line
        self._service.set("persistence_netmask", text, statement.line)

    # Realservers

    def _read_method(self, statement: Statement) -> _Method | None:
        """TUN type gue port 6080 csum, in any order; what is left out has its default again."""
        forwarding = _METHODS.get(statement.value())
        if forwarding is None:
            cure = "Write NAT, DR or TUN, in capitals; with anything else keepalived takes NAT, or what stands above."
            self.error(statement, statement.value() or None, "is not a method to keepalived", cure)
            return None
        tunnel: dict[str, object] = {}
        words = statement.words[2:]
        while words:
            word = words.pop(0)
            if word in _CHECKSUMS:
                tunnel["checksum"] = _CHECKSUMS[word]
            elif word == "type" and words[:1] and words[0] in _TUNNEL_TYPES:
                tunnel["type"] = words.pop(0)
            elif word == "port" and words[:1] and words[0].isdigit() and 1 <= int(words[0][:6]) <= HIGHEST_PORT:
                tunnel["port"] = words.pop(0)
            else:
                what = "is not an option of a tunnel" if word not in ("type", "port") else "has no value that is one"
                self.error(statement, word, what, "Write type ipip, gue or gre, port NUMBER, nocsum, csum or remcsum.")
                return None
        return _Method(forwarding, tunnel or None, statement.line)

    def _realserver(self, statement: Statement) -> None:
        rip = self.address(statement, statement.value())
        draft = Draft(statement.line, rip=rip)
        port = self.port(statement, 2)
        if port:
            draft.set("port", port, statement.line)
        one = _RealServer(self, draft, self._method)
        for child in statement.inside:
            one.handler(child)(child)
        self._check_family(statement, rip, one.method)
        self._realservers.append((draft, one.method))

    def _check_family(self, statement: Statement, rip: str, method: _Method | None) -> None:
        """What is not in a tunnel when it is read says the family, or must be of it."""
        if canonical_address(rip) is None or (method and method.forwarding == "tun"):
            return
        if self._family not in (None, family_of(rip)) and method is None:
            what = f"is not of the service's family, {self._family}, and lvs_method TUN does not stand above it"
            self.error(statement, rip, what, "Write lvs_method TUN above it, or an address of that family.")
        self._family = self._family or family_of(rip)

    def _sorry_server(self, statement: Statement) -> None:
        self.listed(statement)
        rip = self.address(statement, statement.value())
        if canonical_address(rip):
            draft = Draft(statement.line, rip=rip)
            port = self.port(statement, 2)
            if port:
                draft.set("port", port, statement.line)
            self._sorry = _Sorry(draft, self._method)

    def _sorry_method(self, statement: Statement) -> None:
        self.listed(statement)
        if self._sorry:
            self._sorry.method = self._read_method(statement) or self._sorry.method

    def _inhibit(self, statement: Statement) -> None:
        self.listed(statement)
        if self._sorry:
            self._sorry.is_in_the_table = True

    def _set_quorum(self, statement: Statement) -> None:
        self.listed(statement)
        self._quorum = self.number(statement, 1, _THRESHOLD_LIMIT) or self._quorum

    def _set_hysteresis(self, statement: Statement) -> None:
        self.listed(statement)
        self._hysteresis = self.number(statement, 0, _THRESHOLD_LIMIT) or self._hysteresis

    def read_method(self, statement: Statement) -> _Method | None:
        """A method, as a realserver says it."""
        return self._read_method(statement)

    def known(self, statement: Statement, handlers: Mapping[str, _Handler]) -> _Handler:
        """What to do with a statement in a real_server."""
        return self._known(statement, handlers, "a real_server", *_CHECKERS)


class _RealServer:
    """One real_server."""

    def __init__(self, server: VirtualServer, draft: Draft, method: _Method | None) -> None:
        self.method = method
        self._server = server
        self._draft = draft

    def handler(self, statement: Statement) -> _Handler:
        """What to do with a statement; lb_kind is no keyword here."""
        handlers: dict[str, _Handler] = {
            "lthreshold": self._number("lower_threshold", _THRESHOLD_LIMIT),
            "lvs_method": self._method,
            "uthreshold": self._number("upper_threshold", _THRESHOLD_LIMIT),
            "weight": self._number("weight", WEIGHT_LIMIT),
            **dict.fromkeys(_OF_REAL | _CHECKERS, self._server.listed),
        }
        return self._server.known(statement, handlers)

    def _method(self, statement: Statement) -> None:
        self.method = self._server.read_method(statement) or self.method

    def _number(self, name: str, limit: int) -> _Handler:
        def handle(statement: Statement) -> None:
            number = self._server.number(statement, 0, limit)
            if number is not None:
                self._draft.set(name, number, statement.line)

        return handle
