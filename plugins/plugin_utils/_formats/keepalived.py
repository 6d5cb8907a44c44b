# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""keepalived.conf: its virtual servers read into services; everything else in it is listed.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.

What is read means what it means to keepalived 2.2 (check_parser.c, check_data.c, ipvswrapper.c): statements count in
the order in which they stand, and what keepalived sets by itself is set here. Where it complains and goes on with less
than was written, this stops.
"""

from __future__ import annotations

import re

from ...module_utils._model.address import canonical_address
from .file import Old, OldFile
from .keepalived_file import Statement, parse
from .keepalived_group import Group
from .keepalived_server import VirtualServer
from .keepalived_words import Told

FORMAT = "keepalived"

_LOOK = re.compile(r"^[ \t]*(?:virtual_server|virtual_server_group|vrrp_instance|global_defs)\b", re.MULTILINE)
# What is known and not taken over.
_ROOT = frozenset(
    (
        *("SSL", "bfd_instance", "child_wait_time", "garp_group", "global_defs", "instance"),
        *("interface_up_down_delays", "linkbeat_interfaces", "linkbeat_use_polling", "namespace_with_ipsets"),
        *("net_namespace", "net_namespace_ipvs", "static_ipaddress", "static_routes", "static_rules", "track_file"),
        *("track_group", "use_pid_dir", "vrrp_instance", "vrrp_script", "vrrp_sync_group", "vrrp_track_file"),
        "vrrp_track_process",
    )
)


def looks_like(text: str) -> bool:
    """Is there a block that only keepalived knows?"""
    return bool(_LOOK.search(text))


def read(source: OldFile) -> Old:
    """The services of the file."""
    return _Reader(source, parse(source)).read()


class _Reader(Told):
    """Statements into services."""

    def __init__(self, source: OldFile, statements: list[Statement]) -> None:
        super().__init__(source)
        self._statements = statements
        self._groups: dict[str, Group] = {}
        self._vips: list[Statement] = []
        self._makes_marks = False

    def read(self) -> Old:
        for statement in self._statements:
            if statement.word == "virtual_server_group":
                self._group(statement)
            elif statement.word == "global_defs":
                self._makes_marks |= any(child.word == "nftables_ipvs" for child in statement.inside)
        for statement in self._statements:
            self._statement(statement)
        for group in self._groups.values():
            if not group.is_used:
                what = f"is used by no virtual_server, with {', '.join(group.entries) or 'nothing in it'}"
                self.warning(group.statement, group.name, what, "Remove it, or add a virtual_server group for it.")
        self._list_vips()
        return self.source.finish()

    def _group(self, statement: Statement) -> None:
        group = Group(self.source, statement)
        first = self._groups.setdefault(group.name, group)
        if first is not group:
            what = f"is the group of {self.source.before(first.statement.line, statement.line)}, which keepalived uses"
            self.error(statement, group.name, what, "Keep one of the two.")

    def _statement(self, statement: Statement) -> None:
        if statement.word == "virtual_server":
            if statement.block is None:
                self.error(statement, statement.value() or None, "has no block", "Write { after it, and } at its end.")
            else:
                VirtualServer(self.source, statement, self._groups, self._makes_marks).add()
        elif statement.word == "vrrp_instance":
            self._vrrp(statement)
        elif statement.word in _ROOT:
            self.listed(statement)
        elif statement.word not in ("virtual_server_group", "{"):
            self.unknown(statement, "the top of a keepalived.conf", _ROOT | {"virtual_server", "virtual_server_group"})

    def _vrrp(self, statement: Statement) -> None:
        """The VIPs are read, VRRP itself is not."""
        read = [one for one in statement.inside if one.word in ("virtual_ipaddress", "virtual_ipaddress_excluded")]
        self.listed(statement, read)
        self._vips += [entry for one in read for entry in one.inside]

    def _list_vips(self) -> None:
        used = {service.key.vip for service in self.source.old.services}
        for statement in self._vips:
            text, slash, prefix = statement.word.partition("/")
            written = " ".join(statement.words)
            if canonical_address(text) not in used:
                cure = "Set it up otherwise, or write it as the vip of the service that a fwmark selects."
                what = "is the VIP of no service in this file"
                self.source.warning(statement.line, "virtual_ipaddress", written, what, cure)
            elif slash or statement.words[1:]:
                rest = " ".join(filter(None, [f"{slash}{prefix}", *statement.words[1:]]))
                cure = (
                    "The VIP is set up as a host address; director_vip_interface says where, if the network does not."
                )
                what = f"is taken over as the address alone, without {rest}"
                self.source.warning(statement.line, "virtual_ipaddress", written, what, cure)
