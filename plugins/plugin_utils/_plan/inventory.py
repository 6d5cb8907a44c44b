# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machines of an LVS as the inventory describes them: who there is, and under which addresses.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it reads `groups` and `hostvars` and nothing else; no fact of a host is needed.
"""

from __future__ import annotations

import functools
import re
import typing as t

from ...module_utils._model import claims
from ...module_utils._model.fields import as_truth
from ...module_utils._model.words import did_you_mean, one_of, show_name
from .._rules.findings import Findings
from .addresses import (
    WIDEST,
    Address,
    contains,
    parse_address,
    too_wide,
    unusable,
)
from .facts import network_by_facts
from .systems import (
    LINUX,
    SYSTEMS,
    device_of,
    keeps_silent,
)
from .templates import is_fact, is_undefined, lacking, may_lack

DIRECTORS = "directors"
REALSERVERS = "realservers"
CLIENTS = "clients"

SERVICES = "lvs_services"
DIP = "lvs_dip"
RIP = "lvs_rip"
CIP = "ansible_host"  # a client has no variable of its own: it is the machine that Ansible reaches
DIRECTOR_GATEWAY = "lvs_director_gateway"
SERVER_GATEWAY = "lvs_server_gateway"
NETWORKS = "lvs_networks"
LOCALNODE = "lvs_localnode"
FAILOVER = "lvs_failover"
SYSTEM = "lvs_system"
FACTS = "ansible_facts"
VIP_DEVICE = "lvs_server_vip_device"
MANAGED = "lvs_managed"
PERSISTENT = "lvs_persistent"
MARKS = "lvs_marks"
SNAT = "lvs_snat"
NAME = "lvs_name"

# What the plan reads of a host, and nothing else: a caller may pass only these.
HOST_VARIABLES = (
    *(CIP, DIP, RIP, DIRECTOR_GATEWAY, SERVER_GATEWAY, NETWORKS, LOCALNODE, SYSTEM, VIP_DEVICE, MANAGED),
    *(MARKS, SNAT, FAILOVER, NAME, PERSISTENT),
)

# How a director that is a realserver, too, keeps a connection from going round between two boxes (HOWTO 6.3).
SINGLE, BACKUP_ONLY, SOURCE_MAC = "single", "backup_only", "source_mac"
DECISIONS = (SINGLE, BACKUP_ONLY, SOURCE_MAC)

# Who sets the firewall marks, and for whose connections the director gives its own address.
MARKS_MANAGED, MARKS_IGNORED = "managed", "ignored"
SNAT_REALSERVERS, SNAT_CLIENTS = "realservers", "clients"

# What the collection reads from an inventory: all of it begins so. Of the last two no inventory is searched.
_OF_THE_LVS = re.compile(r"(lvs|director|realserver)_")
_OURS = re.compile(r"_*(lvs|director|realserver|verify|doctor)_")
_HOST_NAME = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.:\[\]@-]*\Z")

Addresses = dict[str, Address]  # by family


def as_it_is(value: object) -> object:
    """What a caller has plain values of that keeps none in a vault."""
    return value


class Inventory:
    """Groups, hosts and their addresses; each is read once, and what is wrong with it is reported once."""

    def __init__(
        self, groups: object, hostvars: object, findings: Findings, plain: t.Callable[[object], object] = as_it_is
    ) -> None:
        self._findings = findings
        self._plain = plain
        self._hostvars = hostvars if isinstance(hostvars, t.Mapping) else {}
        self._variables: dict[str, t.Mapping[str, object]] = {}
        self._addresses: dict[tuple[str, str], Addresses] = {}
        self._unresolved: set[tuple[str, str]] = set()
        self._by_facts: dict[tuple[str, str], str | None] = {}
        # Every variable that is named like one of an LVS, and what is written for which host, templates as they are.
        self.written: dict[str, dict[str, object]] = {}
        self.groups = self._read_groups(groups)
        self.hosts = frozenset(host for members in self.groups.values() for host in members)

    def _read_groups(self, groups: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(groups, t.Mapping):
            self._findings.add("groups-invalid", "groups", groups)
            return {}
        return {
            str(name): tuple(sorted(str(host) for host in members if isinstance(host, str)))
            for name, members in groups.items()
            if isinstance(name, str) and isinstance(members, (list, tuple))
        }

    def members(self, group: str) -> tuple[str, ...]:
        """The hosts of a group, sorted; none when there is no such group."""
        return self.groups.get(group, ())

    def variable(self, host: str, name: str) -> object:
        """A variable of a host; None when it has none of that name, or when its template lacks something."""
        value = self._value(host, name)
        if name == FACTS or value is None:
            return value
        names = self._lacking(host, name, value)
        if names:
            self._note_lacking(host_path(host, name), names)
            self._unresolved.add((host, name))
        return None if names else value

    def role_value(self, host: str, name: str) -> object:
        """A variable for a role; None when it is a template that may have in the role what it lacks here."""
        value = self._value(host, name)
        return None if self._lacking(host, name, value) else value

    def check_services(self, given: object) -> bool:
        """Whether nothing keeps the list of services from being read that its template lacks."""
        if not (given is None or is_undefined(given) or (isinstance(given, str) and not given)):
            return True
        names = [self._lacking(host, SERVICES, self._value(host, SERVICES)) for host in self.written.get(SERVICES, ())]
        lacking = sorted({name for found in names for name in found})
        if lacking:
            self._note_lacking(SERVICES, lacking)
        return not lacking

    def _lacking(self, host: str, name: str, value: object) -> list[str]:
        if not may_lack(value):
            return []
        variables = self._read_raw(host)
        return lacking(variables.get(name), variables)

    def _note_lacking(self, path: str, names: list[str]) -> None:
        rule = "template-of-facts" if all(map(is_fact, names)) else "template-undefined"
        self._findings.add(rule, path, None, names=", ".join(names))

    def _value(self, host: str, name: str) -> object:
        if host not in self._variables:
            variables = self._hostvars.get(host, {})
            self._variables[host] = variables if isinstance(variables, t.Mapping) else {}
        value = self._variables[host].get(name, None)
        return value if name == FACTS else self._plain(value)

    def read_names(self) -> None:
        """Which variables there are, and that no host says what is the inventory's to say."""
        for host in sorted(self.hosts):
            self._read_names(host, self._read_raw(host))

    def _read_raw(self, host: str) -> t.Mapping[t.Any, object]:
        """What is written for a host, templates as they are, where hostvars are Ansible's own and not a test's."""
        variables = getattr(self._hostvars, "raw_get", self._hostvars.get)(host)
        return variables if isinstance(variables, t.Mapping) else {}

    def _read_names(self, host: str, variables: t.Mapping[t.Any, object]) -> None:
        for name in variables:
            if isinstance(name, str) and _OF_THE_LVS.match(name):
                self.written.setdefault(str(name), {})[host] = variables[name]
        facts = variables.get(FACTS)
        if isinstance(facts, t.Mapping):
            self._check_facts(host, variables, facts)

    def _check_facts(self, host: str, variables: t.Mapping[t.Any, object], facts: t.Mapping[t.Any, object]) -> None:
        """What a host says of itself goes before the inventory in Ansible, and must not."""
        for name in sorted(str(name) for name in facts if isinstance(name, str)):
            if _OURS.match(name) and name in variables:
                self._findings.add("fact-overrides", host_path(host, f"{FACTS}.{show_name(name)}"), facts[name])

    def lvs_name(self) -> str:
        """The name of the LVS, the same wherever it is given."""
        hosts = [*self.members(DIRECTORS), *self.members(REALSERVERS)]
        found = {host: claims.NAME if (one := self.variable(host, NAME)) is None else one for host in hosts}
        first = next(iter(found), "")
        for host, name in found.items():
            if not claims.is_name(name):
                self._findings.add("lvs-name-invalid", host_path(host, NAME), name)
            elif name != found[first]:
                words = {"name": show_name(str(found[first])), "host": show_name(first)}
                self._findings.add("lvs-name-differs", host_path(host, NAME), name, **words)
        return str(found.get(first, claims.NAME))

    def check_name(self, host: str) -> None:
        """A host's name goes into pictures and messages of many tools, so it must be a plain one."""
        if not _HOST_NAME.match(host):
            self._findings.add("host-name-invalid", "groups.all", host)

    def dips(self, host: str) -> Addresses:
        """The director's own addresses on the realserver network, one a family."""
        return self._of(host, DIP, "director")

    def rips(self, host: str) -> Addresses:
        """The realserver's own addresses, one a family."""
        return self._of(host, RIP, "realserver")

    def server_gateways(self, host: str) -> Addresses:
        """The routers through which the realserver answers clients (SGW), when the inventory names them."""
        return self._of(host, SERVER_GATEWAY, "")

    def director_gateways(self, host: str) -> Addresses:
        """The routers between the director and the clients (DGW), when the inventory names them."""
        return self._of(host, DIRECTOR_GATEWAY, "")

    def _of(self, host: str, variable: str, role: str) -> Addresses:
        key = (host, variable)
        if key not in self._addresses:
            self._addresses[key] = self._read_addresses(host, variable, role)
        return self._addresses[key]

    def _read_addresses(self, host: str, variable: str, role: str) -> Addresses:
        given = self.variable(host, variable)
        path = host_path(host, variable)
        if given is None:
            by_default = role and (host, variable) not in self._unresolved
            return self._default_address(host, path, variable, role) if by_default else {}
        found: Addresses = {}
        for value in given if isinstance(given, (list, tuple)) else [given]:
            address = self._checked(host, path, value)
            if address is not None and found.setdefault(address.family, address) is not address:
                self._findings.add("address-second", path, value, family=address.family)
        if isinstance(given, (list, tuple)) and not given:
            self._findings.add("addresses-empty", path, given)
        return dict(sorted(found.items()))

    def _default_address(self, host: str, path: str, variable: str, role: str) -> Addresses:
        """Ansible's own address of the host, or its name when that is an address."""
        for value in (self.variable(host, CIP), host):
            address = parse_address(str(value)) if isinstance(value, str) else None
            if address is not None:
                checked = self._checked(host, path, str(value))
                return {} if checked is None else {checked.family: checked}
        self._findings.add("address-missing", path, None, role=role, variable=variable)
        return {}

    def _checked(self, host: str, path: str, value: object) -> Address | None:
        address = parse_address(value) if isinstance(value, str) else None
        if address is None:
            self._findings.add("address-invalid", path, value)
            return None
        reason = unusable(address)
        if reason:
            self._findings.add("address-unusable", path, value, reason=reason)
            return None
        if self._is_too_wide(path, value, address):
            return None
        return address if address.network else self._with_network(host, address)

    def _is_too_wide(self, path: str, value: object, address: Address) -> bool:
        if too_wide(address):
            self._findings.add("prefix-too-wide", path, value, shortest=WIDEST[address.family])
        return too_wide(address)

    def _with_network(self, host: str, address: Address) -> Address:
        """The same address, on the smallest of the host's lvs_networks that holds it."""
        holding = [network for network in self.networks(host) if contains(network, address.text)]
        if not holding:
            return address
        smallest = max(holding, key=lambda network: int(network.rpartition("/")[2]))
        return Address(address.text, address.family, smallest, address.prefix)

    def networks(self, host: str) -> list[str]:
        """The networks that the inventory names for this host."""
        given = self.variable(host, NETWORKS)
        path = host_path(host, NETWORKS)
        if given is None:
            return []
        if not isinstance(given, (list, tuple)):
            self._findings.add("networks-invalid", path, given)
            return []
        found = (self._checked_network(path, value) for value in given)
        return [network for network in found if network is not None]

    def _checked_network(self, path: str, value: object) -> str | None:
        parsed = parse_address(value) if isinstance(value, str) else None
        if parsed is None or parsed.network is None:
            self._findings.add("network-invalid", path, value)
            return None
        if self._is_too_wide(path, value, parsed):
            return None
        if reason := unusable(parsed):
            self._findings.add("network-unusable", path, value, address=parsed.text, reason=reason)
            return None
        return parsed.network

    def network_by_facts(self, host: str, address: Address) -> str | None:
        """The network of one of the host's own addresses by its own facts: good for a warning, not for the plan."""
        key = (host, address.text)
        if key not in self._by_facts:
            self._by_facts[key] = network_by_facts(self.variable(host, FACTS), address)
        return self._by_facts[key]

    def client_address(self, host: str) -> Address | None:
        """A client's address when the inventory happens to say it; Ansible may reach it otherwise, as by 127.0.0.1."""
        return next(iter(self.known_addresses(host)), None)

    def known_addresses(self, host: str) -> list[Address]:
        """What the inventory happens to say of a host's addresses, whatever it is; nothing here is a mistake."""
        values = (self.variable(host, CIP), host)
        parsed = (parse_address(value) for value in values if isinstance(value, str))
        return [address for address in parsed if address is not None and not unusable(address)]

    def owner(self, address: str) -> str | None:
        """The machine that the inventory gives this address; nothing here is a mistake."""
        parsed = parse_address(address)
        return None if parsed is None else self._owners.get(parsed.text)

    @functools.cached_property
    def _owners(self) -> dict[str, str]:
        owners: dict[str, str] = {}
        for host in sorted(self.hosts):
            given = [self._value(host, name) for name in (RIP, DIP)]
            listed = [one for value in given for one in (value if isinstance(value, (list, tuple)) else [value])]
            for one in (*listed, self._value(host, CIP), host):
                parsed = parse_address(one) if isinstance(one, str) else None
                if parsed is not None:
                    owners.setdefault(parsed.text, host)
        return owners

    def localnode(self, host: str) -> str | None:
        """How a director that serves as well avoids loops; None when nobody decided."""
        return self._word(host, LOCALNODE, DECISIONS, "localnode-invalid")

    def system(self, host: str) -> str:
        """The realserver's operating system: what the inventory says, else facts that are known, else Linux."""
        chosen = self._word(host, SYSTEM, tuple(SYSTEMS), "system-unknown")
        facts = self.variable(host, FACTS)
        if chosen is not None or not isinstance(facts, t.Mapping):
            return chosen or LINUX
        path = host_path(host, f"{FACTS}.system")
        return self._chosen(facts.get("system"), path, tuple(SYSTEMS), "system-unknown") or LINUX

    def is_managed(self, host: str) -> bool:
        """Whether Ansible logs in to the realserver; not to a printer."""
        return self._is_true(host, MANAGED)

    def is_persistent(self, host: str) -> bool:
        """Whether what is set up lasts over a reboot."""
        return self._is_true(host, PERSISTENT)

    def _is_true(self, host: str, variable: str) -> bool:
        """A variable that is true unless the inventory says false."""
        value = self.variable(host, variable)
        truth = True if value is None else as_truth(value)
        if truth is None:
            self._findings.add("truth-invalid", host_path(host, variable), value, variable=variable)
        return truth is not False

    def marks(self, host: str) -> str | None:
        """Who sets the firewall marks on this director; None when nobody decided."""
        return self._word(host, MARKS, (MARKS_MANAGED, MARKS_IGNORED), "director-marks-invalid")

    def snat(self, host: str) -> tuple[str, ...]:
        """Which connections this director masquerades; none when the inventory does not say."""
        given = self.variable(host, SNAT)
        choices = (SNAT_CLIENTS, SNAT_REALSERVERS)
        if given is None:
            return ()
        if isinstance(given, (list, tuple)) and all(value in choices for value in given):
            return tuple(value for value in choices if value in given)
        self._findings.add("director-snat-invalid", host_path(host, SNAT), given, choices=one_of(choices))
        return ()

    def _word(self, host: str, variable: str, choices: t.Sequence[str], rule: str) -> str | None:
        return self._chosen(self.variable(host, variable), host_path(host, variable), choices, rule)

    def _chosen(self, value: object, path: str, choices: t.Sequence[str], rule: str) -> str | None:
        if value is None or (isinstance(value, str) and value in choices):
            return None if value is None else str(value)
        self._findings.add(rule, path, value, did_you_mean(value, choices), choices=one_of(choices))
        return None

    def vip_device(self, host: str, system: str) -> str | None:
        """The interface that the user wants the VIP on; None when the plan is to choose."""
        value = self.variable(host, VIP_DEVICE)
        if value is None:
            return None
        path = host_path(host, VIP_DEVICE)
        device = device_of(str(value)) if isinstance(value, str) else None
        if device is None:
            self._findings.add("vip-device-invalid", path, value)
            return None
        if not keeps_silent(system, device):
            choices = "lo, dummy0 or tunl0" if system == LINUX else SYSTEMS[system].loopback
            self._findings.add("vip-device-answers-arp", path, value, system=system, choices=choices)
        return device


def host_path(host: str, variable: str) -> str:
    """Where a variable of a host stands, for findings."""
    return f"hostvars[{show_name(host)}].{variable}"
