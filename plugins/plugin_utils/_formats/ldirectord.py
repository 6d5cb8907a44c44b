# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ldirectord.cf: its virtual services read into services; health checks and the rest are listed.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.

What is read means what it means to ldirectord 4.12, whose patterns are often looser than its manual: a value is what a
pattern finds in it, and the last of two lines counts. A virtual service ends at the first line that is not indented
by four blanks or a tab; an empty line is none that is.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from ...module_utils._model.address import IPV4, IPV6, canonical_address, family_of
from ...module_utils._model.words import did_you_mean
from .file import MOST_ADDRESSES, Draft, Old, OldFile, endpoint, first_word

FORMAT = "ldirectord"

_LOOK = re.compile(r"^virtual6?\s*=", re.MULTILINE)
_VIRTUAL = re.compile(r"virtual(6?)\s*=\s*(.*)", re.DOTALL)
_INDENTED = re.compile(r" {4,}(.+)", re.DOTALL)
_ASSIGNMENT = re.compile(r"([A-Za-z0-9-]+)\s*=\s*(.*)", re.DOTALL)
_PORT = "[0-9A-Za-z_-]+"
_WHERE = re.compile(rf"([0-9A-Za-z._+-]+|\[[0-9A-Fa-f:]+\]):({_PORT})(.*)", re.DOTALL)
_MARK = re.compile(r"([0-9]+)(\s*(?:#.*)?)\Z", re.DOTALL)
_HOST = r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\]"
_REAL = re.compile(rf"({_HOST})(?:->({_HOST}))?(?::({_PORT}))?\s+(.*)", re.DOTALL)
_METHODS = {"masq": "nat", "gate": "dr", "ipip": "tun"}
_REQUEST = re.compile(r'\s+"(.*)"[, ]\s*"(.*)"(.*)', re.DOTALL)
_SCHEDULER_DEFAULT = "wrr"
_CHECKS = "Health checks stay the work of ldirectord; services and realservers are in the inventory."
_SECRETS = frozenset(("login", "passwd", "secret"))
# Named and not shown: there may be a password in a command, and in what a server is asked.
_COMMANDS = frozenset(("callback", "checkcommand", "execute", "fallbackcommand", "load", "receive", "request"))
# ldirectord does not start with another value of these.
_YES_OR_NO = frozenset(("autoreload", "cleanstop", "fork", "quiescent", "readdquiescent"))
_BOTH = (
    *("checkcount", "checkinterval", "checktimeout", "cleanstop", "emailalert", "emailalertfreq", "emailalertstatus"),
    *("failurecount", "fallback", "fallback6", "fallbackcommand", "negotiatetimeout", "quiescent", "smtp"),
)
_GLOBAL = frozenset(
    (
        *_BOTH,
        *("autoreload", "callback", "emailalertfrom", "execute", "fork", "logfile", "maintenancedir"),
        *("readdquiescent", "supervised"),
    )
)
_INSIDE = frozenset(
    (
        *_BOTH,
        *("checkcommand", "checkport", "checktype", "comment", "database", "httpmethod", "load", "login"),
        *("monitorfile", "passwd", "receive", "request", "secret", "service", "servicename", "virtualhost"),
    )
)


@dataclass
class _Virtual:
    """A virtual service while it is read."""

    draft: Draft
    family: str
    protocol: str  # fwm for a mark
    lines: dict[str, tuple[int, str]] = field(default_factory=dict)
    real: list[tuple[int, str]] = field(default_factory=list)


def looks_like(text: str) -> bool:
    """Is there a line that begins a virtual service?"""
    return bool(_LOOK.search(text))


def read(source: OldFile) -> Old:
    """The services of the file."""
    reader = _Reader(source)
    for number, line in source.lines():
        reader.line(number, line)
    reader.end()
    return source.finish()


class _Reader:
    """Lines into services."""

    def __init__(self, source: OldFile) -> None:
        self._source = source
        self._virtual: _Virtual | None = None
        self._virtuals: list[_Virtual] = []
        self._fallbacks: dict[str, tuple[int, str]] = {}  # of all services of a family
        self._is_inside = False

    def line(self, number: int, line: str) -> None:
        if line.lstrip().startswith("#"):
            return
        indented = _INDENTED.match(line.split("#", 1)[0].replace("\t", "    ")) if self._is_inside else None
        if indented:
            self._inside(number, indented[1])
            return
        self._virtual, self._is_inside = None, False
        if line.strip():
            self._outside(number, line)

    def end(self) -> None:
        """All that there is has been read."""
        for virtual in self._virtuals:
            if virtual.protocol != "fwm" and virtual.family in self._fallbacks:
                virtual.lines.setdefault("fallback", self._fallbacks[virtual.family])
            _Services(self._source, virtual).add()

    def _outside(self, number: int, line: str) -> None:
        virtual = _VIRTUAL.match(line)
        assignment = _ASSIGNMENT.match(line)
        if virtual:
            self._is_inside = True
            self._virtual = self._begin(number, IPV6 if virtual[1] else IPV4, virtual[2])
            self._virtuals += [] if self._virtual is None else [self._virtual]
        elif assignment and assignment[1] in _GLOBAL:
            self._listed(number, assignment[1], assignment[2])
            if assignment[1] in ("fallback", "fallback6"):
                family = IPV4 if assignment[1] == "fallback" else IPV6
                self._fallbacks[family] = (number, assignment[2].strip())
        elif line.strip() == "supervised":
            self._source.not_taken(number, "supervised", None, _CHECKS)
        else:
            name = first_word(line.partition("=")[0])
            what = "is no directive of ldirectord outside of a virtual service"
            cure = "Indent it by four blanks or a tab, directly below its virtual service, or remove it."
            if name not in _INSIDE and not name.startswith("real"):
                cure = f"Correct or remove it.{did_you_mean(name, [*_GLOBAL, 'virtual', 'virtual6'])}"
            self._source.error(number, "", name, what, cure)

    def _begin(self, number: int, family: str, text: str) -> _Virtual | None:
        mark, where = _MARK.match(text), _WHERE.match(text)
        if mark:
            self._dropped(number, "virtual", mark[2])
            return _Virtual(Draft(number, fwmark=mark[1], family=family), family, "fwm")
        if where is None or where[1].startswith("[") != (family == IPV6 and "[" in text):
            what = "is neither an address with its port nor a firewall mark"
            cure = "Write virtual=192.168.1.110:80, virtual6=[2001:db8::110]:80 or virtual=5."
            self._source.error(number, "virtual", text, what, cure)
            return None
        self._dropped(number, "virtual", where[3])
        draft = Draft(number, vip=_machine(self._source, number, where[1], family), port=where[2])
        return _Virtual(draft, family, "udp" if where[2] in ("53", "domain") else "tcp")

    def _dropped(self, number: int, name: str, rest: str) -> None:
        """What stands behind a value and means nothing to ldirectord."""
        if rest.strip() and not rest.strip().startswith("#"):
            self._source.warning(number, name, rest.strip(), "means nothing to ldirectord here", "Remove it.")

    def _inside(self, number: int, text: str) -> None:
        assignment = _ASSIGNMENT.match(text)
        name = assignment[1] if assignment else ""
        value = assignment[2] if assignment else ""
        virtual = self._virtual
        by_family = name in ("fallback", "fallback6", "real", "real6")
        if by_family and virtual and name.endswith("6") != (virtual.family == IPV6):
            self._of_the_other_family(number, virtual, name, value)
        elif name in ("real", "real6"):
            if virtual:
                virtual.real.append((number, value))
        elif name in _SETTINGS:
            found = _SETTINGS[name](value)
            if found is None:
                self._source.error(number, name, value, "has not the form that ldirectord wants", _FORMS[name])
            elif virtual:
                virtual.lines[name] = (number, found)
        elif name in _SECRETS:
            self._source.secret(number, name)
        elif name in _INSIDE:
            self._listed(number, name, value)
            if virtual and name in ("fallback", "fallback6"):
                virtual.lines["fallback"] = (number, value.strip())
        else:
            near = did_you_mean(name, [*_INSIDE, *_SETTINGS, "real", "real6"])
            what = "is no directive of a virtual service"
            self._source.error(number, "", name or _shown(first_word(text)), what, f"Correct or remove it.{near}")

    def _listed(self, number: int, name: str, value: str) -> None:
        if name in _YES_OR_NO and value not in ("yes", "no"):
            self._source.error(number, name, value, "has not the form that ldirectord wants", _FORMS["ops"])
        else:
            self._source.not_taken(number, name, None if name in _COMMANDS else value.strip(), _CHECKS)

    def _of_the_other_family(self, number: int, virtual: _Virtual, name: str, value: str) -> None:
        right = name.removesuffix("6") + ("6" if virtual.family == IPV6 else "")
        what = f"is not how this is written in an {virtual.family} service"
        self._source.error(number, name, _shown(value), what, f"Write {right}=.")


def _first(pattern: str) -> Callable[[str], str | None]:
    """The first part of a value that is of this form: so ldirectord looks for it."""
    compiled = re.compile(pattern)

    def find(value: str) -> str | None:
        found = compiled.search(value)
        return found[0] if found else None

    return find


_SETTINGS: dict[str, Callable[[str], str | None]] = {
    "netmask": _first(r"\A[0-9.]+\Z"),
    "ops": _first(r"\A(?:yes|no)\Z"),
    "persistent": _first("[0-9]+"),
    "protocol": _first("[A-Za-z0-9_]+"),
    "schedflags": _first(r"\S+"),
    "scheduler": _first("[a-z]+"),
}
_FORMS = {
    "netmask": "Write one such as 255.255.255.0, or the length of a prefix with virtual6, and nothing behind it.",
    "ops": "Write yes or no, and nothing behind it.",
    "persistent": "Write a number of seconds.",
    "protocol": "Write tcp, udp or fwm.",
    "schedflags": "Write one such as sh-port.",
    "scheduler": "Write one such as wrr.",
}


class _Services:
    """A virtual service with its realservers, once all its lines are known."""

    def __init__(self, source: OldFile, virtual: _Virtual) -> None:
        self._source = source
        self._virtual = virtual

    def add(self) -> None:
        virtual, draft = self._virtual, self._virtual.draft
        self._protocol()
        draft.set("scheduler", *self._setting("scheduler", _SCHEDULER_DEFAULT))
        if "schedflags" in virtual.lines:
            flags, line = self._setting("schedflags")
            draft.set("scheduler_flags", flags.split(","), line)
        self._persistence()
        if self._setting("ops")[0] == "yes":
            self._one_packet()
        pool = [one for number, text in virtual.real for one in self._realservers(number, text)]
        if not virtual.real and "fallback" in virtual.lines:
            value, line = self._setting("fallback")
            what = "is the only realserver of a service that has no other"
            self._source.error(line, "fallback", value, what, "Write it as real=.")
        self._source.add(draft, pool)

    def _setting(self, name: str, default: str = "") -> tuple[str, int]:
        line, value = self._virtual.lines.get(name, (self._virtual.draft.line, default))
        return value, line

    def _protocol(self) -> None:
        """A port 53 is UDP unless the file says otherwise."""
        virtual = self._virtual
        value, line = self._setting("protocol", virtual.protocol)
        if virtual.protocol == "fwm" or value == "fwm":
            if value != virtual.protocol:
                by_mark = virtual.protocol == "fwm"
                what = "is not the protocol of a service by fwmark" if by_mark else "is the protocol of a fwmark only"
                cure = "Write virtual=MARK with fwm, virtual=IP:PORT with tcp or udp."
                self._source.error(line, "protocol", value, what, cure)
        elif value in ("tcp", "udp"):
            virtual.protocol = value
            virtual.draft.set("protocol", value, line)
        else:
            self._source.error(line, "protocol", value, "is not a protocol of ldirectord", "Write tcp or udp.")

    def _persistence(self) -> None:
        draft, virtual = self._virtual.draft, self._virtual
        if "persistent" in virtual.lines:
            seconds, line = self._setting("persistent")
            if not int(seconds[:20]):
                self._source.error(line, "persistent", seconds, "is no time that ipvsadm takes", "Remove it.")
            draft.set("persistence", seconds, line)
        if "netmask" not in virtual.lines:
            return
        mask, line = self._setting("netmask")
        if (virtual.family == IPV4) != (mask.count(".") == 3):
            self._source.error(line, "netmask", mask, "has not the form that ldirectord wants", _FORMS["netmask"])
        elif "persistent" in virtual.lines:
            draft.set("persistence_netmask", mask, line)
        else:
            what = "means nothing to ldirectord without persistent"
            self._source.warning(line, "netmask", mask, what, "Set persistent, or remove it.")

    def _one_packet(self) -> None:
        _value, line = self._setting("ops")
        if self._virtual.protocol == "udp":
            self._virtual.draft.set("one_packet", True, line)
        else:
            what = "means nothing to ldirectord but with protocol=udp"
            self._source.warning(line, "ops", "yes", what, "Remove it, or set protocol=udp.")

    def _realservers(self, number: int, text: str) -> list[Draft]:
        """IP[->IP][:PORT] gate|masq|ipip [WEIGHT] ["REQUEST", "RECEIVE"] [l:LOWER] [u:UPPER]"""
        match = _REAL.match(text)
        method = re.search(r"\w+", match[4]) if match else None
        if match is None or method is None or method[0] not in _METHODS:
            what = "has no method behind the address, by which packets get to the realserver"
            cure = "Write IP[:PORT] gate, masq or ipip, with a blank between."
            self._source.error(number, "real", _shown(text), what, cure)
            return []
        options = self._options(number, match[4][method.end() :])
        drafts = []
        for rip in self._rips(number, match[1], match[2]):
            draft = Draft(number, rip=rip, forwarding=_METHODS[method[0]], **options)
            port = self._port(number, match[3])
            if port:
                draft.set("port", port, number)
            drafts.append(draft)
        return drafts

    def _port(self, number: int, text: str | None) -> str | int:
        """A number, or a name of any protocol."""
        if text is None or text.isdigit():
            return (text or "").lstrip("0")
        found = self._source.port(text, "tcp") or self._source.port(text, "udp")
        if found is None:
            self._source.error(number, "real", text, "is not the name of a port that is known here", "Use the number.")
        return found or ""

    def _options(self, number: int, text: str) -> dict[str, object]:
        """Each in its turn is looked for in what is left behind the one before; what is jumped over means nothing."""
        options: dict[str, object] = {}
        for name, pattern in (
            ("weight", r"\s+([0-9]+)(.*)"),
            ("", _REQUEST.pattern),
            ("lower_threshold", r"\s+l:([0-9]+)(.*)"),
            ("upper_threshold", r"\s+u:([0-9]+)(.*)"),
        ):
            found = re.search(pattern, text, re.DOTALL)
            if found is None:
                continue
            if text[: found.start()].strip():
                what = "stands where ldirectord jumps over it: the order is weight, request and receive, l:, u:"
                self._source.error(number, "real", _shown(text[: found.start()]), what, "Put it in its place.")
            if name:
                options[name] = found[1]
            else:
                self._source.not_taken(number, "request and receive", None, _CHECKS)
            text = found[found.lastindex or 0]
        if text.strip():
            self._source.error(number, "real", _shown(text), "is nothing that ldirectord knows there", "Remove it.")
        return options

    def _rips(self, number: int, first: str, last: str | None) -> list[str]:
        """192.168.6.2->192.168.6.8 is seven realservers; of IPv6 ldirectord has no ranges."""
        family = self._virtual.family
        start = _machine(self._source, number, first, family)
        if last is None:
            return [start]
        end = _machine(self._source, number, last, family)
        if canonical_address(start) and canonical_address(end) and family == IPV4 == family_of(start) == family_of(end):
            low, high = (int(ipaddress.IPv4Address(one)) for one in (start, end))
            # ldirectord compares the two numbers as texts.
            if low <= high < low + MOST_ADDRESSES and len(str(low)) == len(str(high)):
                return [str(ipaddress.IPv4Address(one)) for one in range(low, high + 1)]
        what = f"is not a range of at most {MOST_ADDRESSES} IPv4 addresses"
        self._source.error(number, "real", f"{first}->{last}", what, "Write each address.")
        return []


def _shown(text: str) -> str | None:
    """What a server is asked stands in quotation marks, and may have a password in it."""
    return None if '"' in text else text.strip()


def _machine(source: OldFile, number: int, text: str, family: str) -> str:
    """The address of a machine, which must be of this family."""
    found = source.machine(endpoint(text)[0])
    if canonical_address(found) and family_of(found) != family:
        source.error(number, "", text, f"is not an {family} address", "Write one, or virtual6 with real6 for IPv6.")
    return found
