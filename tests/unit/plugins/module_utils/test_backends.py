# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The backends' own spelling: what networkctl prints and what systemd calls an interface."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._owners import parse_networkctl
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._unit import escape

if t.TYPE_CHECKING:
    pass

# Captured from systemd 252, in the C locale and in UTF-8; 254 and newer list drop-ins below the file.
STATUS = """\
* 1: lo
                     Link File: n/a
                  Network File: n/a
                         State: carrier (unmanaged)
                  Online state: unknown
                          Type: loopback
              Hardware Address: 00:00:00:00:00:00
                           MTU: 65536
                       Address: 127.0.0.1
                                ::1

* 3: e0
                     Link File: n/a
                  Network File: /run/systemd/network/10-netplan-e0.network
                                └─/etc/systemd/network/10-netplan-e0.network.d/90-lvs-vip.conf
                         State: routable (configured)
             Activation Policy: up
           Required For Online: yes
             DHCP6 Client DUID: DUID-EN/Vendor:0000ab110033bdebf95e192c

* 4: eth0.100
                  Network File: /etc/systemd/network/with a blank.network

Nov 23 03:33:25 host systemd-networkd[1708]: e0: Configuring with /run/systemd/network/10-vec0.network.
"""


@pytest.mark.parametrize("text", [STATUS, STATUS.replace("* ", "● "), STATUS.replace("\n", " " * 25 + "\n")])
def test_owners(text: str) -> None:
    assert parse_networkctl(text) == {
        "e0": "/run/systemd/network/10-netplan-e0.network",
        "eth0.100": "/etc/systemd/network/with a blank.network",
    }


@given(st.text())
def test_anything_may_be_printed(text: str) -> None:
    parse_networkctl(text)


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("eth0", "eth0"), ("eth0.100", "eth0.100"), ("br-lan", r"br\x2dlan"), ("a@b", r"a\x40b"), ("wg_0", "wg_0")],
)
def test_escape_is_that_of_systemd(name: str, escaped: str) -> None:
    assert escape(name) == escaped
