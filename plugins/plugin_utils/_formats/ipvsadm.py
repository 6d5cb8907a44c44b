# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ipvsadm -S` and `ipvsadm -Sn` print, and scripts of such lines, read into services.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.
"""

from __future__ import annotations

from .file import Draft, Old, OldFile, endpoint

FORMAT = "ipvsadm"

_ADD_SERVICE, _ADD_REALSERVER = "service", "realserver"
_COMMANDS = {
    "-A": _ADD_SERVICE,
    "--add-service": _ADD_SERVICE,
    "-a": _ADD_REALSERVER,
    "--add-server": _ADD_REALSERVER,
}
# The table that is read begins empty anyway.
_CLEAR = ("-C", "--clear")
_PROTOCOLS = {
    "-t": "tcp",
    "--tcp-service": "tcp",
    "-u": "udp",
    "--udp-service": "udp",
    "--sctp-service": "sctp",
}
_FWMARK = ("-f", "--fwmark-service")
# Options with a value, by the field they set. ipvsadm 1.27 prints `pe` and `ops` without dashes.
_VALUES = {
    "-s": "scheduler",
    "--scheduler": "scheduler",
    "-M": "persistence_netmask",
    "--netmask": "persistence_netmask",
    "--pe": "persistence_engine",
    "pe": "persistence_engine",
    "-w": "weight",
    "--weight": "weight",
    "-x": "upper_threshold",
    "--u-threshold": "upper_threshold",
    "-y": "lower_threshold",
    "--l-threshold": "lower_threshold",
}
_TUNNEL_VALUES = {"--tun-type": "type", "--tun-port": "port"}
_WORDS: dict[str, tuple[str, object]] = {
    "-o": ("one_packet", True),
    "--ops": ("one_packet", True),
    "ops": ("one_packet", True),
    "-m": ("forwarding", "nat"),
    "--masquerading": ("forwarding", "nat"),
    "-g": ("forwarding", "dr"),
    "--gatewaying": ("forwarding", "dr"),
    "-i": ("forwarding", "tun"),
    "--ipip": ("forwarding", "tun"),
    "-6": ("family", "ipv6"),
}
_CHECKSUMS = {"--tun-nocsum": "none", "--tun-csum": "csum", "--tun-remcsum": "remcsum"}
_PERSISTENT = ("-p", "--persistent")
_PERSISTENT_DEFAULT = 300  # ipvsadm's own, when the option stands alone
_FLAGS = ("-b", "--sched-flags")
_REALSERVER = ("-r", "--real-server")
_KEY = ("protocol", "vip", "port", "fwmark", "family")
_SETTINGS = {
    "--set": "Use the module linuxvirtualserver.lvs.ipvs_timeout.",
    "--start-daemon": "Use the module linuxvirtualserver.lvs.ipvs_sync.",
}


def looks_like(text: str) -> bool:
    """Is there a line that adds a service?"""
    return any(_words(line)[:1] in (["-A"], ["--add-service"]) for line in text.split("\n"))


def read(source: OldFile) -> Old:
    """The services of the file."""
    services: dict[tuple[object, ...], tuple[Draft, list[Draft]]] = {}
    for number, line in source.lines():
        words = _words(line)
        if not words or words[0] in _CLEAR:
            continue
        command = _COMMANDS.get(words[0])
        if command is None:
            cure = _SETTINGS.get(words[0], "Write only lines that add services (-A) and realservers (-a).")
            severity = source.warning if words[0] in _SETTINGS else source.error
            severity(number, "", line.strip(), "is not a line that adds to the table", cure)
            continue
        service, realserver = _Line(source, number, words[1:]).read()
        _file(source, services, command, service, realserver)
    for draft, pool in services.values():
        source.add(draft, pool)
    return source.finish()


def _words(line: str) -> list[str]:
    words = line.split("#", 1)[0].split()
    return words[1:] if words and words[0].rpartition("/")[2] == "ipvsadm" else words


def _file(
    source: OldFile,
    services: dict[tuple[object, ...], tuple[Draft, list[Draft]]],
    command: str,
    service: Draft,
    realserver: Draft,
) -> None:
    """Put what a line says to the service that it is about."""
    key = tuple(service.values.get(name) for name in _KEY)
    astray = realserver.values if command == _ADD_SERVICE else service.values.keys() - set(_KEY)
    for field in sorted(astray):
        source.error(service.line, field, None, "belongs to the other kind of line", "Move it to the line of its kind.")
    if command == _ADD_SERVICE:
        # A second -A of the same service is a fault, which the two keys let the reader of services see.
        services[key if key not in services else (*key, service.line)] = (service, [])
    elif key in services:
        services[key][1].append(realserver)
    else:
        source.error(
            service.line,
            "-a",
            realserver.values.get("rip"),
            "belongs to a service that no line adds",
            "Add it with -A.",
        )


class _Line:
    """The options of one line, left to right."""

    def __init__(self, source: OldFile, number: int, words: list[str]) -> None:
        self._source = source
        self._number = number
        self._words = words
        self._service = Draft(number)
        self._realserver = Draft(number)
        self._tunnel: dict[str, object] = {}

    def read(self) -> tuple[Draft, Draft]:
        """What the line says of the service, and of the realserver."""
        while self._words:
            self._option(self._words.pop(0))
        if self._tunnel:
            self._realserver.set("tunnel", self._tunnel, self._number)
        return self._service, self._realserver

    def _option(self, option: str) -> None:
        if option in _PROTOCOLS:
            self._set("protocol", _PROTOCOLS[option])
            self._endpoint("vip", self._value(option))
        elif option in _FWMARK:
            self._set("fwmark", _unsigned(self._value(option)))
        elif option in _REALSERVER:
            self._endpoint("rip", self._value(option))
        elif option in _WORDS:
            self._set(*_WORDS[option])
        elif option in _PERSISTENT:
            timed = bool(self._words) and self._words[0].isdigit()
            self._set("persistence", self._words.pop(0) if timed else _PERSISTENT_DEFAULT)
        elif option in _FLAGS:
            self._flags()
        elif option in _CHECKSUMS:
            self._tunnel["checksum"] = _CHECKSUMS[option]
        elif option in _TUNNEL_VALUES:
            self._tunnel[_TUNNEL_VALUES[option]] = self._value(option)
        elif option in _VALUES:
            self._set(_VALUES[option], self._value(option))
        else:
            self._source.error(
                self._number, "", option, "is not an option of ipvsadm that this reader knows", "Remove or correct it."
            )

    def _value(self, option: str) -> str:
        if self._words:
            return self._words.pop(0)
        self._source.error(self._number, option, None, "stands after this option", "Give its value.")
        return ""

    def _flags(self) -> None:
        """ipvsadm 1.31 prints the option without a value when it does not know the flags."""
        if self._words and not self._words[0].startswith("-"):
            self._set("scheduler_flags", self._words.pop(0).split(","))
            return
        cure = "Look the flags up in the output of linuxvirtualserver.lvs.ipvs_info and write them."
        self._source.error(self._number, "-b", None, "is missing: ipvsadm lost which flags the scheduler has", cure)

    def _endpoint(self, field: str, text: str) -> None:
        host, port = endpoint(text)
        self._set(field, self._source.machine(host))
        if port:
            draft = self._realserver if field == "rip" else self._service
            draft.set("port", port, self._number)

    def _set(self, field: str, value: object) -> None:
        draft = self._realserver if field in _OF_A_REALSERVER else self._service
        draft.set(field, value, self._number)


_OF_A_REALSERVER = frozenset(("rip", "forwarding", "weight", "upper_threshold", "lower_threshold"))


def _unsigned(text: str) -> str:
    """ipvsadm 1.31 prints marks from 2147483648 on as negative numbers."""
    digits = text[1:]
    if text.startswith("-") and digits.isascii() and digits.isdigit() and 0 < int(digits) <= 2**31:
        return str(2**32 - int(digits))
    return text
