# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The machines of an LVS as the inventory describes them: who there is, and under which addresses.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it reads `groups` and `hostvars` and nothing else; no fact of a host is needed.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_addresses import (
    Address,
    contains,
    parse_address,
    parse_network,
    unusable,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_findings import Findings, show_name

DIRECTORS = "directors"
REALSERVERS = "realservers"
CLIENTS = "clients"

DIP = "lvs_dip"
RIP = "lvs_rip"
CIP = "ansible_host"  # a client has no variable of its own: it is the machine that Ansible reaches
SERVER_GATEWAY = "lvs_server_gateway"
NETWORKS = "lvs_networks"

# What the plan reads of a host, and nothing else: a caller may pass only these.
HOST_VARIABLES = (CIP, DIP, RIP, SERVER_GATEWAY, NETWORKS)

_ADDRESS_CURE = "Write an address such as 192.168.1.9, 192.168.1.9/24 or 2001:db8::9/64."
_HOST_NAME = re.compile(r"[A-Za-z0-9_\[][A-Za-z0-9_.:\[\]@-]*\Z")

Addresses = dict[str, Address]  # by family


class Inventory:
    """Groups, hosts and their addresses; each is read once, and what is wrong with it is reported once."""

    def __init__(self, groups: object, hostvars: object, findings: Findings) -> None:
        self._findings = findings
        self._hostvars = hostvars if isinstance(hostvars, t.Mapping) else {}
        self._variables: dict[str, t.Mapping[str, object]] = {}
        self._addresses: dict[tuple[str, str], Addresses] = {}
        self.groups = self._read_groups(groups)
        self.hosts = frozenset(host for members in self.groups.values() for host in members)

    def _read_groups(self, groups: object) -> dict[str, tuple[str, ...]]:
        if not isinstance(groups, t.Mapping):
            self._findings.error("groups", groups, "is not a mapping of groups", "Pass Ansible's variable groups.")
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
        """A variable of a host; None when it has none of that name."""
        if host not in self._variables:
            variables = self._hostvars.get(host, {})
            self._variables[host] = variables if isinstance(variables, t.Mapping) else {}
        variables = self._variables[host]
        return variables.get(name, None)

    def check_name(self, host: str) -> None:
        """A host's name goes into pictures and messages of many tools, so it must be a plain one."""
        if not _HOST_NAME.match(host):
            self._findings.error(
                "groups.all",
                host,
                "is not a name for a machine of an LVS",
                "Use letters, digits and the characters . - _ : only.",
            )

    def dips(self, host: str) -> Addresses:
        """The director's own addresses on the realserver network, one a family."""
        return self._of(host, DIP, "director")

    def rips(self, host: str) -> Addresses:
        """The realserver's own addresses, one a family."""
        return self._of(host, RIP, "realserver")

    def _of(self, host: str, variable: str, role: str) -> Addresses:
        key = (host, variable)
        if key not in self._addresses:
            self._addresses[key] = self._read_addresses(host, variable, role)
        return self._addresses[key]

    def _read_addresses(self, host: str, variable: str, role: str) -> Addresses:
        given = self.variable(host, variable)
        path = f"hostvars[{show_name(host)}].{variable}"
        if given is None:
            return self._default_address(host, path, variable, role)
        found: Addresses = {}
        for value in given if isinstance(given, (list, tuple)) else [given]:
            address = self._checked(host, path, value)
            if address is not None and found.setdefault(address.family, address) is not address:
                self._findings.error(
                    path, value, f"is a second {address.family} address", "Keep one address of each family."
                )
        if isinstance(given, (list, tuple)) and not given:
            self._findings.error(path, given, "is no address", _ADDRESS_CURE)
        return found

    def _default_address(self, host: str, path: str, variable: str, role: str) -> Addresses:
        """Ansible's own address of the host, or its name when that is an address."""
        for value in (self.variable(host, CIP), host):
            address = parse_address(str(value)) if isinstance(value, str) else None
            if address is not None:
                checked = self._checked(host, path, str(value))
                return {} if checked is None else {checked.family: checked}
        self._findings.error(
            path,
            None,
            f"says under which address the {role} is reached, and neither ansible_host nor its name is an address",
            f"Set {variable} on the host, such as {variable}: 192.168.1.9/24.",
            "3.14.1",
        )
        return {}

    def _checked(self, host: str, path: str, value: object) -> Address | None:
        address = parse_address(value) if isinstance(value, str) else None
        if address is None:
            self._findings.error(path, value, "is not an address", _ADDRESS_CURE)
            return None
        reason = unusable(address)
        if reason:
            self._findings.error(
                path, value, f"is {reason}", "Set the address under which the other machines reach it."
            )
            return None
        return address if address.network else self._with_network(host, address)

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
        path = f"hostvars[{show_name(host)}].{NETWORKS}"
        cure = f"Write {NETWORKS} as a list such as ['192.168.1.0/24']."
        if given is None:
            return []
        if not isinstance(given, (list, tuple)):
            self._findings.error(path, given, "is not a list of networks", cure)
            return []
        parsed = [(value, parse_network(value) if isinstance(value, str) else None) for value in given]
        for value, network in parsed:
            if network is None:
                self._findings.error(path, value, "is not a network", cure)
        return [network for _value, network in parsed if network is not None]

    def gateway(self, host: str) -> Address | None:
        """The router through which the realserver answers clients (SGW), when the inventory names it."""
        given = self.variable(host, SERVER_GATEWAY)
        if given is None:
            return None
        return self._checked(host, f"hostvars[{show_name(host)}].{SERVER_GATEWAY}", given)

    def client_address(self, host: str) -> Address | None:
        """A client's address when the inventory happens to say it; Ansible may reach it otherwise."""
        values = (self.variable(host, CIP), host)
        parsed = (parse_address(value) for value in values if isinstance(value, str))
        return next((address for address in parsed if address is not None), None)
