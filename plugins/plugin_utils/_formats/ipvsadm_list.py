# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ipvsadm -Ln` prints of a table, which says less of it than `ipvsadm -Sn`, read into services.

Private: this file may change in any release; do not import it from outside the collection.
Pure: no name is looked up, for ipvsadm cuts names off.
"""

from __future__ import annotations

import re

from ...module_utils._model.address import IPV4, IPV6, canonical_address
from .file import Draft, Old, OldFile, endpoint, without_mark

_TITLE = re.compile(r"^Prot LocalAddress:Port\s+(.*)$", re.MULTILINE)
_SERVICE = re.compile(r"(TCP|UDP|SCTP)\s+(\S+)\s+(.*)\Z")
_MARK = re.compile(r"FWM\s+(-?[0-9]+)( IPv6)?\s+(.*)\Z")
_REALSERVER = re.compile(
    r"\s*->\s+(\S+)\s+(Masq|Local|Tunnel|Route|Bypass)\s+(?:([a-z]\S*)\s+)?([0-9]+)\s+[0-9]+\s+[0-9]+\s*\Z"
)
# A realserver that is the director itself is printed as Local, and as -g by ipvsadm -S.
_METHODS = {"Masq": "nat", "Route": "dr", "Local": "dr", "Tunnel": "tun"}
_TUNNEL = re.compile(r"(ipip|gre|gue)(?::([0-9]+))?(?::(-c|\+c|r\+c))?\Z")
_CHECKSUMS = {None: "none", "-c": "none", "+c": "csum", "r+c": "remcsum"}
_SAVED = "Print the table with ipvsadm -Sn, or read the director itself with import_host."


def looks_like(text: str) -> bool:
    """Is this the listing of a table?"""
    return bool(_TITLE.search(without_mark(text)))


def read(source: OldFile) -> Old:
    """The services of the listing."""
    _Reader(source).read()
    return source.finish()


class _Reader:
    """Lines into services."""

    def __init__(self, source: OldFile) -> None:
        self._source = source
        self._services: list[tuple[Draft, list[Draft]]] = []

    def read(self) -> None:
        title = _TITLE.search(without_mark(self._source.text))
        if title and not title[1].startswith("Scheduler"):
            what = "are counters or thresholds instead of schedulers and methods"
            self._source.error(1, "", title[1].strip(), what, _SAVED)
            return
        for number, line in self._source.lines():
            if line.strip() and not line.strip().startswith(("IP Virtual Server", "Prot ", "-> RemoteAddress")):
                self._line(number, line)
        for draft, pool in self._services:
            self._source.add(draft, pool)
        if self._services:
            what = "says no thresholds, timeouts and synchronisation daemon, and before 1.30 no flags of schedulers"
            self._source.warning(self._services[0][0].line, "", "ipvsadm -L", what, _SAVED)

    def _line(self, number: int, line: str) -> None:
        service, mark, realserver = _SERVICE.match(line), _MARK.match(line), _REALSERVER.match(line)
        if service:
            draft = Draft(number, protocol=service[1].lower())
            self._endpoint(draft, "vip", service[2])
            self._add(draft, service[3])
        elif mark:
            # Marks from 2147483648 on are printed as negative numbers.
            draft = Draft(number, fwmark=str(int(mark[1][:12]) % 2**32), family=IPV6 if mark[2] else IPV4)
            self._add(draft, mark[3])
        elif realserver and self._services:
            self._realserver(number, realserver)
        else:
            self._source.error(number, "", line.strip(), "is not a line of ipvsadm -Ln", _SAVED)

    def _endpoint(self, draft: Draft, name: str, text: str) -> None:
        host, port = endpoint(text)
        if canonical_address(host) is None or not port.isdigit():
            self._source.error(draft.line, name, text, "is not a number, and names are cut off", "Print it with -Ln.")
        draft.set(name, host, draft.line)
        draft.set("port", port, draft.line)

    def _add(self, draft: Draft, text: str) -> None:
        """SCHEDULER [(FLAGS)] [persistent SECONDS [mask MASK] [pe ENGINE]] [ops]"""
        words = text.split()
        draft.set("scheduler", words.pop(0) if words else None, draft.line)
        while words:
            word = words.pop(0)
            fields = {"persistent": "persistence", "mask": "persistence_netmask", "pe": "persistence_engine"}
            if word in fields and words:
                draft.set(fields[word], words.pop(0), draft.line)
            elif word == "ops":
                draft.set("one_packet", True, draft.line)
            elif re.match(r"\([^)]+\)\Z", word):
                draft.set("scheduler_flags", word[1:-1].split(","), draft.line)
            else:
                self._source.error(draft.line, "", word, "is nothing that ipvsadm prints there", _SAVED)
        self._services.append((draft, []))

    def _realserver(self, number: int, match: re.Match[str]) -> None:
        draft = Draft(number, weight=match[4])
        self._endpoint(draft, "rip", match[1])
        if match[2] == "Bypass":
            self._source.error(number, "", match[1], "is no realserver that a table of ours may have", "Remove it.")
            return
        draft.set("forwarding", _METHODS[match[2]], number)
        if match[2] == "Tunnel":
            tunnel = _TUNNEL.match(match[3] or "")
            if tunnel is None:
                cure = "Print it with ipvsadm -Ln --tun-info or -Sn; before ipvsadm 1.31, write ipip behind Tunnel."
                self._source.error(
                    number, "Tunnel", None, "is missing: nothing says which kind of tunnel this is", cure
                )
                return
            port = {"port": tunnel[2]} if tunnel[2] else {}
            draft.set("tunnel", {"type": tunnel[1], **port, "checksum": _CHECKSUMS[tunnel[3]]}, number)
        self._services[-1][1].append(draft)
