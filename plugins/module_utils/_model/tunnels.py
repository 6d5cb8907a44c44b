# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a realserver needs to unpack what forwarding tun sends it, and how much room the wrapping takes.

Private: this file may change in any release; do not import it from outside the collection.
Pure: nothing here touches a host or knows Ansible.
"""

from __future__ import annotations

import typing as t

from .address import IPV4, IPV6
from .table import Tunnel

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

ETHERNET_MTU = 1500

_IP_HEADER = {IPV4: 20, IPV6: 40}
_TCP_HEADER = 20
_UDP_HEADER = 8
# GUE's and GRE's own headers with each checksum; remcsum takes the private flags and the option itself.
_OWN_HEADER = {
    ("ipip", "none"): 0,
    ("gre", "none"): 4,
    ("gre", "csum"): 8,
    ("gue", "none"): _UDP_HEADER + 4,
    ("gue", "csum"): _UDP_HEADER + 4,
    ("gue", "remcsum"): _UDP_HEADER + 4 + 8,
}
# The kernel's own device of each kind, which unpacks what is addressed to this host, by inner and outer family.
_PLAIN_DEVICES = {
    (IPV4, IPV4): ("tunl0", "ipip"),
    (IPV6, IPV4): ("sit0", "sit"),
    (IPV4, IPV6): ("ip6tnl0", "ip6_tunnel"),
    (IPV6, IPV6): ("ip6tnl0", "ip6_tunnel"),
}
_GRE_DEVICES = {IPV4: ("gre0", "ip_gre"), IPV6: ("ip6gre0", "ip6_gre")}
_FOU_MODULES = {IPV4: "fou", IPV6: "fou6"}


class Unpacking(t.NamedTuple):
    """One kind of tunnel that ends at a realserver. `inner` is the family of the VIP, `outer` that of the RIP."""

    type: str
    port: int
    checksum: str
    inner: str
    outer: str

    @classmethod
    def of(cls, tunnel: Tunnel, inner: str, outer: str) -> Unpacking:
        """What this realserver of this service unpacks."""
        return cls(tunnel.type, tunnel.port, tunnel.checksum, inner, outer)

    @classmethod
    def of_words(cls, words: Sequence[str]) -> Unpacking:
        """What a record says of it, as the texts of its fields."""
        kind, port, checksum, inner, outer = words
        return cls(kind, int(port), checksum, inner, outer)

    @property
    def interface(self) -> str:
        """The device out of which the unpacked packets come."""
        return (_GRE_DEVICES[self.outer] if self.type == "gre" else _PLAIN_DEVICES[self.inner, self.outer])[0]

    @property
    def kernel_modules(self) -> list[str]:
        """What the realserver's kernel needs."""
        if self.type == "gre":
            return [_GRE_DEVICES[self.outer][1]]
        plain = _PLAIN_DEVICES[self.inner, self.outer][1]
        return sorted([plain, _FOU_MODULES[self.outer]]) if self.type == "gue" else [plain]

    @property
    def overhead(self) -> int:
        """How many bytes the wrapping adds to a packet."""
        return _IP_HEADER[self.outer] + _OWN_HEADER[self.type, self.checksum]

    @property
    def mtu(self) -> int:
        """The largest packet of a client that needs no fragments on Ethernet."""
        return ETHERNET_MTU - self.overhead

    @property
    def mss(self) -> int:
        """The TCP segment that fits such a packet."""
        return self.mtu - _IP_HEADER[self.inner] - _TCP_HEADER
