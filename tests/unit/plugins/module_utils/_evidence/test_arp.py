# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The question who has an address, and its answers."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.arp import (
    decode_answer,
    encode_question,
)

VIP, MAC, CIP = "192.168.1.110", "02:00:00:00:00:09", "192.168.1.254"

# Taken off the wire of farm dr: the director's answer to who-has 192.168.1.110.
REPLY = bytes.fromhex("02000000030402000000000908060001080006040002020000000009c0a8016e020000000304c0a801fe")


@pytest.mark.parametrize(
    ("frame", "mac"),
    [
        (REPLY, MAC),
        (REPLY + bytes(18), MAC),
        (REPLY[:20], None),
        (REPLY[:20] + b"\0\1" + REPLY[22:], None),
        (REPLY[:12] + b"\x08\0" + REPLY[14:], None),
        (REPLY.replace(b"\xc0\xa8\x01\x6e", b"\xc0\xa8\x01\x6f"), None),
    ],
)
def test_who_answers(frame: bytes, mac: str | None) -> None:
    assert dict([decode_answer(frame) or ("", "")]).get(VIP) == mac


def test_a_question_is_answered_with_a_reply_to_it() -> None:
    question = encode_question(bytes.fromhex("020000000304"), "192.168.1.254", VIP)
    assert question == (
        b"\xff" * 6 + REPLY[:6] + REPLY[12:20] + b"\0\1" + REPLY[32:42] + bytes(6) + socket.inet_aton(VIP)
    )


def test_a_question_by_arp_and_its_answer() -> None:
    frame = encode_question(bytes.fromhex("020000000400"), CIP, VIP)
    assert frame[:14] == bytes.fromhex("ffffffffffff0200000004000806")
    assert decode_answer(frame) is None, "a question is no answer"
    reply = bytearray(frame)
    reply[21] = 2
    assert decode_answer(bytes(reply)) == (CIP, "02:00:00:00:04:00")
    assert decode_answer(frame[:20]) is None
