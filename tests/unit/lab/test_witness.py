# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the witness takes for a claim, in frames as tcpdump -x prints them, and what it asks itself."""

from __future__ import annotations

import ipaddress

from lab.witness import arp_question, claim_in_arp, claim_in_ipv6, solicitation

MAC = bytes.fromhex("020000000200")
CONTROLLER = bytes.fromhex("8a0444c2cf5a")
ANSWER = bytes.fromhex(
    "8a0444c2cf5a 020000000200 0806 0001 0800 06 04 0002 020000000200 c0a8016e 8a0444c2cf5a c0a80101"
)
QUESTION = bytes.fromhex(
    "ffffffffffff 020000000200 0806 0001 0800 06 04 0001 020000000200 c0a8016e 000000000000 c0a801fe"
)
ADVERTISEMENT = bytes.fromhex(
    "8a0444c2cf5a 020000000200 86dd 60000000 0020 3a ff"
    "fd000000000000000000000000000012 fe80000000000000880444fffec2cf5a"
    "88 00 0000 60000000 fd000000000000000000000000000110 0201 020000000200"
)
VIP6 = ipaddress.IPv6Address("fd00::110")


def checksum(packet: bytes) -> int:
    """The checksum of an ICMPv6 packet over its pseudo-header: 0xffff when the one inside is right."""
    summed = packet[8:40] + len(packet[40:]).to_bytes(4, "big") + (58).to_bytes(4, "big") + packet[40:]
    total = sum(int.from_bytes(summed[at : at + 2], "big") for at in range(0, len(summed), 2))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def test_an_answer_and_a_question_in_its_name_claim_an_address() -> None:
    assert claim_in_arp(ANSWER) == ("192.168.1.110", "02:00:00:00:02:00")
    assert claim_in_arp(QUESTION) == ("192.168.1.110", "02:00:00:00:02:00")


def test_a_frame_cut_short_claims_nothing() -> None:
    assert claim_in_arp(ANSWER[:30]) is None
    assert claim_in_ipv6(ADVERTISEMENT[:70]) is None


def test_an_advertisement_claims_its_target() -> None:
    assert claim_in_ipv6(ADVERTISEMENT) == ("fd00::110", "02:00:00:00:02:00")


def test_other_icmp_claims_nothing() -> None:
    echo = ADVERTISEMENT[:54] + b"\x80" + ADVERTISEMENT[55:]
    assert claim_in_ipv6(echo) is None


def test_the_own_questions_claim_nothing_that_is_watched() -> None:
    asked = arp_question(CONTROLLER, "", ipaddress.IPv4Address("192.168.1.110"))
    assert claim_in_arp(asked) == (str(ipaddress.IPv4Address(0)), "8a:04:44:c2:cf:5a")
    assert claim_in_ipv6(solicitation(CONTROLLER, VIP6)) == ("fe80::8804:44ff:fec2:cf5a", "8a:04:44:c2:cf:5a")


def test_a_solicitation_is_sent_to_the_group_of_its_target_with_a_right_checksum() -> None:
    frame = solicitation(CONTROLLER, VIP6)
    assert frame[:6] == bytes.fromhex("3333ff000110")
    assert ipaddress.IPv6Address(frame[38:54]) == ipaddress.IPv6Address("ff02::1:ff00:110")
    assert checksum(frame[14:]) == 0xFFFF
