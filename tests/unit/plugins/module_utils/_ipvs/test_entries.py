# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connections of some clients in the kernel's list."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import connections, entries

# Printed by kernels 6.1 and 7.2; the IPv6 line in the kernel's %pI6.
LINES = """\
Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C0A801FE D448 C0A8016E 0050 C0A8010B 0050 ESTABLISHED     899
TCP C0A801FE D44A C0A8016E 0050 C0A8010C 0050 SYN_RECV         57
UDP C0A801FE E001 C0A8016E 0035 C0A8010C 0035 UDP             299
TCP C0A801FE 0000 C0A8016E 0050 C0A8010B 0050 NONE            350
TCP C0A801FD D448 C0A8016E 0050 C0A8010B 0050 ESTABLISHED     899
TCP 20010db8000000000000000000000001 D448 short
TCP 2001:0db8:0000:0000:0000:0000:0000:00fe D450 2001:0db8:0000:0000:0000:0000:0000:0110 0050 C0A8010B 0050 FIN_WAIT 9
"""


@pytest.fixture(autouse=True)
def kernel_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ip_vs_conn"
    path.write_text(LINES)
    monkeypatch.setattr(connections, "PROC_FILE", str(path))


def test_connections_of_one_client_without_templates() -> None:
    found = entries.read(["192.168.1.254"])
    assert [(one.protocol, one.client_port, one.realserver, one.port, one.state) for one in found] == [
        ("tcp", 54344, "192.168.1.11", 80, "ESTABLISHED"),
        ("tcp", 54346, "192.168.1.12", 80, "SYN_RECV"),
        ("udp", 57345, "192.168.1.12", 53, "UDP"),
    ]


def test_a_client_of_the_other_family() -> None:
    (found,) = entries.read(["2001:db8::fe", "192.0.2.1"])
    assert (found.client, found.address, found.realserver) == ("2001:db8::fe", "2001:db8::110", "192.168.1.11")


def test_nobody() -> None:
    assert entries.read([]) == []
