# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What travels between us and the kernel's IPVS, number by number: to be read beside include/uapi/linux/ip_vs.h.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host.

The numbers are frozen ABI. A form is that of Python's struct: ``>`` is network order, ``=`` the host's. IPv4 netmasks
travel in network order, too, while an IPv6 one is a prefix length in the host's: its form is that of its four bytes.
"""

from __future__ import annotations

import socket
import struct
import typing as t
from collections.abc import Mapping

from .._errors import LvsError

# The attributes of one level, as they came: number -> value. Numbers that we do not know are there to be skipped.
Attributes = dict[int, bytes]

_HEAD = struct.Struct("=HH")  # struct nlattr: length, type
_TYPE = 0x3FFF  # the two bits above say "nested" and "network order"


def garbled(what: str) -> LvsError:
    return LvsError("the kernel's answer", what, "is not what ip_vs.h promises. Please report it with `uname -r`.")


class Attribute:
    """One line of an enum: its number, its name in the header, and the form of its value; nested ones have none."""

    __slots__ = ("_form", "name", "number")

    def __init__(self, number: int, name: str, form: str = "=") -> None:
        self.number = number
        self.name = name
        self._form = struct.Struct(form)

    @property
    def form(self) -> str:
        return self._form.format

    def holding(self, value: bytes) -> bytes:
        """The attribute with these bytes as its value, padded as the next one needs it."""
        return _HEAD.pack(_HEAD.size + len(value), self.number) + value + bytes(-len(value) % 4)

    def pack(self, *numbers: int) -> bytes:
        return self.holding(self._form.pack(*numbers))

    def pack_text(self, text: str) -> bytes:
        return self.holding(text.encode("ascii") + b"\0")

    def within(self, attributes: Mapping[int, bytes]) -> bytes:
        """The bytes of its value; none when the kernel did not send it."""
        return attributes.get(self.number, b"")

    def read(self, attributes: Mapping[int, bytes]) -> int:
        """The number in it; 0 for one that the kernel is too old to send."""
        data = attributes.get(self.number)
        if data is None:
            return 0
        if len(data) < self._form.size:
            raise garbled(f"{self.name} of {len(data)} bytes")
        return t.cast(int, self._form.unpack_from(data)[0])

    def read_text(self, attributes: Mapping[int, bytes]) -> str | None:
        data = attributes.get(self.number)
        return data.split(b"\0", 1)[0].decode("ascii", "backslashreplace") if data else None

    def read_nested(self, attributes: Mapping[int, bytes]) -> Attributes:
        return decode_attributes(self.within(attributes))


def decode_attributes(data: bytes) -> Attributes:
    """The attributes in a stretch of netlink."""
    found: Attributes = {}
    offset, end = 0, len(data)
    while end - offset >= _HEAD.size:
        length, number = _HEAD.unpack_from(data, offset)
        if length < _HEAD.size or offset + length > end:
            raise garbled(f"an attribute of {length} bytes where {end - offset} are left")
        found[number & _TYPE] = data[offset + _HEAD.size : offset + length]
        offset += length + (-length % 4)
    return found


class Layout:
    """Attributes inside another one that always come together and in one size.

    They are packed in one go, for a table has tens of thousands of destinations.
    """

    def __init__(self, outer: Attribute, *inner: Attribute) -> None:
        forms = [one.form for one in inner]
        sizes = [struct.calcsize(form) for form in forms]
        self._struct = struct.Struct("=HH" + "".join(f"HH{form[1:]}{-size % 4}x" for form, size in zip(forms, sizes)))
        self._words: list[t.Any] = [self._struct.size, outer.number]
        for one, size in zip(inner, sizes):
            self._words += [_HEAD.size + size, one.number, None]
        self._swapped = [index for index, form in enumerate(forms) if form == ">H"]

    def pack(self, *values: t.Any) -> bytes:
        """The whole, with the values of the inner attributes in their order."""
        words = self._words.copy()
        words[4::3] = values
        for index in self._swapped:
            words[4 + 3 * index] = socket.htons(words[4 + 3 * index])
        return self._struct.pack(*words)


# --- genetlink.h: the controller's questions ---

CTRL_CMD_GETFAMILY = 3
CTRL_ATTR_FAMILY_ID = Attribute(1, "CTRL_ATTR_FAMILY_ID", "=H")
CTRL_ATTR_FAMILY_NAME = Attribute(2, "CTRL_ATTR_FAMILY_NAME")

# --- ip_vs.h: IPVS_CMD_* ---

NEW_SERVICE, SET_SERVICE, DEL_SERVICE, GET_SERVICE = 1, 2, 3, 4
NEW_DEST, SET_DEST, DEL_DEST, GET_DEST = 5, 6, 7, 8
NEW_DAEMON, DEL_DAEMON, GET_DAEMON = 9, 10, 11
SET_CONFIG, GET_CONFIG, GET_INFO = 12, 13, 15

# --- ip_vs.h: enum, number, name, form ---

SERVICE = Attribute(1, "IPVS_CMD_ATTR_SERVICE")
DEST = Attribute(2, "IPVS_CMD_ATTR_DEST")
DAEMON = Attribute(3, "IPVS_CMD_ATTR_DAEMON")
TIMEOUT_TCP = Attribute(4, "IPVS_CMD_ATTR_TIMEOUT_TCP", "=I")
TIMEOUT_TCP_FIN = Attribute(5, "IPVS_CMD_ATTR_TIMEOUT_TCP_FIN", "=I")
TIMEOUT_UDP = Attribute(6, "IPVS_CMD_ATTR_TIMEOUT_UDP", "=I")

SVC_AF = Attribute(1, "IPVS_SVC_ATTR_AF", "=H")
SVC_PROTOCOL = Attribute(2, "IPVS_SVC_ATTR_PROTOCOL", "=H")
SVC_ADDR = Attribute(3, "IPVS_SVC_ATTR_ADDR", "=16s")
SVC_PORT = Attribute(4, "IPVS_SVC_ATTR_PORT", ">H")
SVC_FWMARK = Attribute(5, "IPVS_SVC_ATTR_FWMARK", "=I")
SVC_SCHED_NAME = Attribute(6, "IPVS_SVC_ATTR_SCHED_NAME")
SVC_FLAGS = Attribute(7, "IPVS_SVC_ATTR_FLAGS", "=II")  # struct ip_vs_flags: flags, mask
SVC_TIMEOUT = Attribute(8, "IPVS_SVC_ATTR_TIMEOUT", "=I")
SVC_NETMASK = Attribute(9, "IPVS_SVC_ATTR_NETMASK", "=I")
SVC_STATS = Attribute(10, "IPVS_SVC_ATTR_STATS")
SVC_PE_NAME = Attribute(11, "IPVS_SVC_ATTR_PE_NAME")
SVC_STATS64 = Attribute(12, "IPVS_SVC_ATTR_STATS64")

DEST_ADDR = Attribute(1, "IPVS_DEST_ATTR_ADDR", "=16s")
DEST_PORT = Attribute(2, "IPVS_DEST_ATTR_PORT", ">H")
DEST_FWD_METHOD = Attribute(3, "IPVS_DEST_ATTR_FWD_METHOD", "=I")
DEST_WEIGHT = Attribute(4, "IPVS_DEST_ATTR_WEIGHT", "=I")
DEST_U_THRESH = Attribute(5, "IPVS_DEST_ATTR_U_THRESH", "=I")
DEST_L_THRESH = Attribute(6, "IPVS_DEST_ATTR_L_THRESH", "=I")
DEST_ACTIVE_CONNS = Attribute(7, "IPVS_DEST_ATTR_ACTIVE_CONNS", "=I")
DEST_INACT_CONNS = Attribute(8, "IPVS_DEST_ATTR_INACT_CONNS", "=I")
DEST_PERSIST_CONNS = Attribute(9, "IPVS_DEST_ATTR_PERSIST_CONNS", "=I")
DEST_STATS = Attribute(10, "IPVS_DEST_ATTR_STATS")
DEST_ADDR_FAMILY = Attribute(11, "IPVS_DEST_ATTR_ADDR_FAMILY", "=H")
DEST_STATS64 = Attribute(12, "IPVS_DEST_ATTR_STATS64")
DEST_TUN_TYPE = Attribute(13, "IPVS_DEST_ATTR_TUN_TYPE", "=B")
DEST_TUN_PORT = Attribute(14, "IPVS_DEST_ATTR_TUN_PORT", ">H")
DEST_TUN_FLAGS = Attribute(15, "IPVS_DEST_ATTR_TUN_FLAGS", "=H")

DAEMON_STATE = Attribute(1, "IPVS_DAEMON_ATTR_STATE", "=I")
DAEMON_MCAST_IFN = Attribute(2, "IPVS_DAEMON_ATTR_MCAST_IFN")
DAEMON_SYNC_ID = Attribute(3, "IPVS_DAEMON_ATTR_SYNC_ID", "=I")
DAEMON_SYNC_MAXLEN = Attribute(4, "IPVS_DAEMON_ATTR_SYNC_MAXLEN", "=H")
DAEMON_MCAST_GROUP = Attribute(5, "IPVS_DAEMON_ATTR_MCAST_GROUP", "=4s")
DAEMON_MCAST_GROUP6 = Attribute(6, "IPVS_DAEMON_ATTR_MCAST_GROUP6", "=16s")
DAEMON_MCAST_PORT = Attribute(7, "IPVS_DAEMON_ATTR_MCAST_PORT", "=H")
DAEMON_MCAST_TTL = Attribute(8, "IPVS_DAEMON_ATTR_MCAST_TTL", "=B")

INFO_VERSION = Attribute(1, "IPVS_INFO_ATTR_VERSION", "=I")
INFO_CONN_TAB_SIZE = Attribute(2, "IPVS_INFO_ATTR_CONN_TAB_SIZE", "=I")

# IPVS_STATS_ATTR_*: totals, then rates a second. A kernel before 4.1 sends 32 bits of each but the bytes.
STATS64 = (
    Attribute(1, "IPVS_STATS_ATTR_CONNS", "=Q"),
    Attribute(2, "IPVS_STATS_ATTR_INPKTS", "=Q"),
    Attribute(3, "IPVS_STATS_ATTR_OUTPKTS", "=Q"),
    Attribute(4, "IPVS_STATS_ATTR_INBYTES", "=Q"),
    Attribute(5, "IPVS_STATS_ATTR_OUTBYTES", "=Q"),
    Attribute(6, "IPVS_STATS_ATTR_CPS", "=Q"),
    Attribute(7, "IPVS_STATS_ATTR_INPPS", "=Q"),
    Attribute(8, "IPVS_STATS_ATTR_OUTPPS", "=Q"),
    Attribute(9, "IPVS_STATS_ATTR_INBPS", "=Q"),
    Attribute(10, "IPVS_STATS_ATTR_OUTBPS", "=Q"),
)
STATS = tuple(Attribute(one.number, one.name, "=Q" if one.name.endswith("BYTES") else "=I") for one in STATS64)

# IP_VS_SVC_F_*. Not among them: 0x2 "hashed", which is the kernel's own.
PERSISTENT, ONE_PACKET, SCHEDULER_FLAGS = 0x1, 0x4, (0x8, 0x10, 0x20)
FLAGS_MASK = PERSISTENT | ONE_PACKET | sum(SCHEDULER_FLAGS)
