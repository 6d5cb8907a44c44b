# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ipvsadm -S` and `ipvsadm -Sn` print, and scripts of such lines, read into services.

Private: this file may change in any release; do not import it from outside the collection.
Pure: names are looked up by functions that the caller hands in.

Options are taken apart as popt does for ipvsadm: `-At`, `-w10`, `-w=10`, `--weight=10`.
"""

from __future__ import annotations

import re

from . import ipvsadm_list
from .file import Draft, Old, OldFile, endpoint, without_mark

FORMAT = "ipvsadm"

_ADD_SERVICE, _ADD_REALSERVER, _CLEAR, _SHOW = "-A", "-a", "-C", "-L"
_COMMANDS = {
    **dict.fromkeys(("-A", "--add-service"), _ADD_SERVICE),
    **dict.fromkeys(("-a", "--add-server"), _ADD_REALSERVER),
    **dict.fromkeys(("-C", "--clear"), _CLEAR),
    # They leave the table as it is.
    **dict.fromkeys(("-L", "-l", "--list", "-S", "--save", "-Z", "--zero"), _SHOW),
}
_COMMENT = re.compile(r"(?:^|\s)#.*", re.DOTALL)
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
    "--ipv6": ("family", "ipv6"),
}
_CHECKSUMS = {"--tun-nocsum": "none", "--tun-csum": "csum", "--tun-remcsum": "remcsum"}
_PERSISTENT = ("-p", "--persistent")
_PERSISTENT_DEFAULT = 360  # ipvsadm's own, when the option stands alone
_FLAGS = ("-b", "--sched-flags")
_REALSERVER = ("-r", "--real-server")
_KEY = ("protocol", "vip", "port", "fwmark", "family")
# Letters with a value, for which the rest of the word or the next word is taken.
_VALUED = frozenset("tufspMrwxyb")
_SETTINGS = {
    "--set": "Use the module linuxvirtualserver.lvs.ipvs_timeout.",
    "--start-daemon": "Use the module linuxvirtualserver.lvs.ipvs_sync.",
    "--stop-daemon": "Use the module linuxvirtualserver.lvs.ipvs_sync.",
}


def looks_like(text: str) -> bool:
    """Is there a line that adds a service, or the listing of a table?"""
    lines = without_mark(text).split("\n")
    return ipvsadm_list.looks_like(text) or any(_command(_words(line))[0] == _ADD_SERVICE for line in lines)


def read(source: OldFile) -> Old:
    """The services of the file."""
    if ipvsadm_list.looks_like(source.text):
        return ipvsadm_list.read(source)
    services: dict[tuple[object, ...], tuple[Draft, list[Draft]]] = {}
    for number, line in source.lines():
        words = _words(line)
        command, rest = _command(words)
        if command == _CLEAR:
            services.clear()
        elif command in (_ADD_SERVICE, _ADD_REALSERVER):
            _file(source, services, command, *_Line(source, number, rest).read())
        elif words:
            setting = words[0].partition("=")[0]
            cure = _SETTINGS.get(setting, "Write only lines that add services (-A) and realservers (-a).")
            severity = source.warning if setting in _SETTINGS or command == _SHOW else source.error
            # A script may have a password in its other commands.
            shown = line.strip() if words[0].startswith("-") else None
            severity(number, "", shown, "is not a line that adds to the table", cure)
    for draft, pool in services.values():
        source.add(draft, pool)
    return source.finish()


def _words(line: str) -> list[str]:
    words = _COMMENT.sub("", line).split()
    return words[1:] if words and words[0].rpartition("/")[2] == "ipvsadm" else words


def _command(words: list[str]) -> tuple[str, list[str]]:
    """What the line does, and its other options; letters may stand behind that of the command."""
    first = words[0] if words else ""
    if first in _COMMANDS:
        return _COMMANDS[first], words[1:]
    if first[:2] in _COMMANDS and not first.startswith("--"):
        return _COMMANDS[first[:2]], [f"-{first[2:]}", *words[1:]]
    return "", words


def _file(
    source: OldFile,
    services: dict[tuple[object, ...], tuple[Draft, list[Draft]]],
    command: str,
    service: Draft,
    realserver: Draft,
) -> None:
    """Put what a line says to the service that it is about."""
    key = tuple(service.values.get(name) for name in _KEY)
    _settle(source, service)
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


def _settle(source: OldFile, service: Draft) -> None:
    """-M is nothing without -p, and 24 is 0.0.0.24 in IPv4."""
    values = service.values
    if "persistence_netmask" in values and "persistence" not in values:
        what = "means nothing to ipvsadm without -p"
        source.warning(service.line, "-M", values.pop("persistence_netmask"), what, "Remove it.")
    mask = str(values.get("persistence_netmask", ""))
    if mask.isdigit() and values.get("family") != "ipv6" and ":" not in str(values.get("vip")):
        what = "is another netmask to ipvsadm than it seems to be"
        source.error(service.line, "-M", mask, what, "Write one such as 255.255.255.0.")


class _Line:
    """The options of one line, left to right."""

    def __init__(self, source: OldFile, number: int, words: list[str]) -> None:
        self._source = source
        self._number = number
        self._words = words
        self._service = Draft(number)
        self._realserver = Draft(number)
        self._tunnel: dict[str, object] = {}
        self._seen: set[str] = set()

    def read(self) -> tuple[Draft, Draft]:
        """What the line says of the service, and of the realserver."""
        while self._words:
            self._option(self._next())
        if self._tunnel:
            self._realserver.set("tunnel", self._tunnel, self._number)
        return self._service, self._realserver

    def _next(self) -> str:
        """The next option, what stands in the same word being left for its value or for the next."""
        word = self._words.pop(0)
        if word.startswith("--") and "=" in word:
            option, _equals, value = word.partition("=")
            self._words.insert(0, value)
            return option
        if len(word) > 2 and word.startswith("-") and word[1] != "-":
            rest = word[2:].removeprefix("=") if word[1] in _VALUED else f"-{word[2:]}"
            self._words.insert(0, rest)
            return word[:2]
        return word

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
            alone = not self._words or self._words[0].startswith("-") or self._words[0] in _WITHOUT_DASHES
            self._persistence(_PERSISTENT_DEFAULT if alone else self._words.pop(0))
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

    def _persistence(self, seconds: object) -> None:
        if seconds == "0":
            self._source.error(self._number, "-p", seconds, "is no time that ipvsadm takes", "Remove the option.")
        self._set("persistence", seconds)

    def _value(self, option: str) -> str:
        if self._words:
            return self._words.pop(0)
        self._source.error(self._number, option, None, "has no value", "Give its value.")
        return ""

    def _flags(self) -> None:
        """ipvsadm 1.31 prints the option without a value when it does not know the flags."""
        if self._words and not self._words[0].startswith("-"):
            self._set("scheduler_flags", self._words.pop(0).split(","))
            return
        cure = "Look the flags up in the output of linuxvirtualserver.lvs.ipvs_info and write them."
        self._source.error(self._number, "-b", None, "is missing: ipvsadm lost which flags the scheduler has", cure)

    def _endpoint(self, field: str, text: str) -> None:
        if text.startswith("[") and not re.match(r"\[[^\]]*\]:", text):
            self._source.error(self._number, field, text, "has brackets and no port", "Write the port behind them.")
        host, port = endpoint(text)
        self._set(field, self._source.machine(host))
        draft = self._realserver if field == "rip" else self._service
        if port:
            draft.set("port", port, self._number)
        elif field == "rip" and not {"vip", "fwmark"} & self._service.values.keys():
            what = "stands before its service, so that ipvsadm does not know the port"
            self._source.error(self._number, "-r", text, what, "Write the service first, or the port.")

    def _set(self, field: str, value: object) -> None:
        """ipvsadm takes each option once, and of a service or a method one."""
        draft = self._realserver if field in _OF_A_REALSERVER else self._service
        kind = "vip" if field in ("protocol", "fwmark") else field
        if kind in self._seen and field != "vip":
            self._source.error(self._number, field, value, "is given a second time in this line", "Keep one.")
        self._seen.add(kind)
        if field == "family" and "fwmark" not in self._service.values:
            what = "stands before -f, where ipvsadm does not take it"
            self._source.error(self._number, "-6", None, what, "Write it behind.")
        if field == "family" or ":" in str(value):
            # What says that a service is IPv6 sets its mask as well.
            self._drop_mask()
        draft.set(field, value, self._number)

    def _drop_mask(self) -> None:
        mask = self._service.values.pop("persistence_netmask", None)
        if mask is not None:
            what = "stands before what says that the service is IPv6, where ipvsadm forgets it"
            self._source.warning(self._number, "-M", mask, what, "Write it behind.")


_WITHOUT_DASHES = ("pe", "ops")


_OF_A_REALSERVER = frozenset(("rip", "forwarding", "weight", "upper_threshold", "lower_threshold"))


def _unsigned(text: str) -> str:
    """ipvsadm 1.31 prints marks from 2147483648 on as negative numbers."""
    digits = text[1:]
    if text.startswith("-") and digits.isascii() and digits.isdigit() and 0 < int(digits) <= 2**31:
        return str(2**32 - int(digits))
    return text
