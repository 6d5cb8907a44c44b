# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Since when a host holds an address, out of messages as the kernel sends them."""

from __future__ import annotations

import errno
import socket
import struct
import time

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence import held

VIP = "192.168.1.110"
DONE = struct.pack("=IHHIIi", 20, 3, 2, 1, 0, 0)


def address(text: str, made: int, *, cache: bool = True) -> bytes:
    """A message of RTM_NEWADDR: IFA_ADDRESS, IFA_LOCAL where IPv4, and IFA_CACHEINFO."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    packed = socket.inet_pton(family, text)
    attributes = struct.pack("=HH", 4 + len(packed), 1) + packed
    attributes += struct.pack("=HH", 8, 2) + packed if family == socket.AF_INET else b""
    attributes += struct.pack("=HHIIII", 20, 6, 2**32 - 1, 2**32 - 1, made, made) if cache else b""
    data = struct.pack("=BBBBI", family, 32, 0x80, 0, 1) + attributes
    return struct.pack("=IHHII", 16 + len(data), 20, 2, 1, 0) + data


class Kernel:
    """What carries the question, and the answers that were put into it."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)

    def send(self, data: bytes, /) -> int:
        assert data == struct.pack("=IHHIIBBBBI", 24, 22, 0x301, 1, 0, 0, 0, 0, 0, 0)
        return len(data)

    def recv(self, _size: int, /) -> bytes:
        return self.answers.pop(0)

    def close(self) -> None:
        assert self.answers == []


def test_addresses_of_both_families(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [address(VIP, 1000) + address("10.0.0.1", 5), address("2001:db8::110", 2000), DONE]
    monkeypatch.setattr(held, "_open", lambda: Kernel(*answers))
    monkeypatch.setattr(time, "time", lambda: 1_000_100.0)
    monkeypatch.setattr(time, "monotonic", lambda: 100.0)
    assert held.held((VIP, "2001:db8::110")) == [
        {"vip": VIP, "interface": "lo", "since": 1_000_010},
        {"vip": "2001:db8::110", "interface": "lo", "since": 1_000_020},
    ]


def test_the_kernels_count_begins_anew_after_497_days() -> None:
    assert held._age(2**32 - 100, 2**32 + 100) == 2.0


def test_an_address_without_its_time_is_left_out() -> None:
    assert list(held.read(Kernel(address(VIP, 0, cache=False), DONE))) == []


def test_a_kernel_that_refuses_or_garbles_is_told() -> None:
    refused = struct.pack("=IHHIIi", 20, 2, 0, 1, 0, -errno.EPERM)
    with pytest.raises(PermissionError):
        list(held.read(Kernel(refused)))
    with pytest.raises(LvsError, match="2 bytes"):
        list(held.read(Kernel(struct.pack("=IHHII", 18, 20, 2, 1, 0) + b"ab")))


def test_the_real_kernel_says_it_of_the_loopback() -> None:
    found = held.held(("127.0.0.1",))
    assert [(one["vip"], one["interface"]) for one in found] == [("127.0.0.1", "lo")]
    assert 0 < found[0]["since"] <= time.time()
