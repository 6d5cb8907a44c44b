# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old files of other tools, as the tests read them."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import no_lookup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    ServiceKey,
    Table,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.file import Old, OldFile

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
NAMES = {"vip.example.com": "192.168.1.110", "rip1": "192.168.1.11"}
WEB = ServiceKey("ipv4", "tcp", "192.168.1.110", 80, None)
MARK5 = ServiceKey("ipv4", None, None, 0, 5)

Reader = t.Callable[[OldFile], Old]


def read(reader: Reader, text: str) -> Old:
    return reader(OldFile(text, "old", no_lookup, NAMES.get))


def clean(reader: Reader, text: str) -> Table:
    """What is read of a text about which there is nothing to say."""
    old = read(reader, text)
    assert [finding["message"] for finding in old.findings.sorted()] == []
    return tuple(old.services)


def said(old: Old) -> list[tuple[str, str]]:
    """Where and what, of each finding."""
    return [(finding["path"], finding["message"]) for finding in old.findings.sorted()]


def dr(rip: str, weight: int = 1, port: int = 80) -> Realserver:
    return Realserver(rip, port, "dr", weight)


LISTED = """\
IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn
UDP  192.168.1.110:5060 sh (sh-fallback,sh-port) persistent 360 mask 255.255.255.0 pe sip ops
  -> 192.168.1.11:5060            Route   n/a           2      0          0
  -> 192.168.1.12:5060            Tunnel  gue:19523:r+c 1      3          0
FWM  -16 IPv6 rr
  -> [fd00::1]:0                  Masq    n/a           1      0          0
"""

# The listing of section 6.1 of the HOWTO, with the lines that the conversion from PDF to text broke put right.
PIRANHA = """\
serial_no = 38
primary = 1.2.3.4
service = lvs
backup = 0.0.0.0
network = direct
virtual http {
     active = 1
     address = 1.2.3.5 eth1
     port = 80
     send = "GET / HTTP/1.0\\r\\n\\r\\n"
     expect = "HTTP"
     scheduler = wlc
     protocol = tcp
     server www4real {
         address = 1.2.3.10
         active = 1
         weight = 1
     }
     server off {
         address = 1.2.3.11
         active = 0
         weight = 1
     }
}
"""
