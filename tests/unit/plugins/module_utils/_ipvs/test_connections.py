# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.connections import Connections, count
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table

# What kernel 7.2 printed for TCP with persistence and for UDP; the IPv6 and firewall mark lines by its format strings.
HEADER = "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData"
LINES = """\
TCP C0A801FE A23A C0A80109 0050 C0A8010C 0050 SYN_RECV         58
TCP C0A801FE D448 C0A80109 0050 C0A8010C 0050 ESTABLISHED     899
TCP C0A801FE D449 C0A80109 0050 C0A8010C 0050 ESTABLISHED     899
TCP C0A801FE D43E C0A80109 0050 C0A8010B 0050 TIME_WAIT        53
UDP C0A801FE DA38 C0A80109 0035 C0A8010B 0035 UDP             299
TCP C0A801FE 0000 C0A80109 0050 C0A8010C 0050 NONE             47
TCP C0A801FD 0000 C0A80109 0050 C0A8010C 0050 ASSURED          47
TCP 2001:0db8:0000:0000:0000:0000:0000:00fe A23A 2001:0db8:0000:0000:0000:0000:0000:0009 0019 \
2001:0db8:0000:0000:0000:0000:0000:000c 0019 FIN_WAIT         58
TCP C0A801FE 1111 C0A80163 01BB C0A8010B 01BB ESTABLISHED     899
TCP C0A801FE 1112 C0A80199 0051 C0A8010D 0051 ESTABLISHED     899
IP  C0A801FE 0000 00000005 0000 C0A8010D 0000 NONE            250
""".splitlines()


def table() -> Table:
    pool = [{"rip": "192.168.1.11", "forwarding": "nat"}, {"rip": "192.168.1.12", "forwarding": "nat"}]
    return parse_table(
        [
            {"vip": "192.168.1.9", "port": 80, "persistence": 50, "realservers": pool},
            {"vip": "192.168.1.9", "port": 53, "protocol": "udp", "realservers": pool[:1]},
            {"vip": "192.168.1.99", "port": 0, "persistence": 50, "realservers": pool[:1]},
            {"vip": "2001:db8::9", "port": 25, "realservers": [{"rip": "2001:db8::c"}]},
            {"fwmark": 5, "realservers": [{"rip": "192.168.1.13"}]},
        ]
    )


def test_connections_are_counted_by_realserver_and_state() -> None:
    found = {f"{service.label} {one.label}": state for (service, one), state in count(LINES, table()).items()}
    assert found == {
        "tcp 192.168.1.9:80 192.168.1.12:80": Connections({"SYN_RECV": 1, "ESTABLISHED": 2}, 2),
        "tcp 192.168.1.9:80 192.168.1.11:80": Connections({"TIME_WAIT": 1}, 0),
        "udp 192.168.1.9:53 192.168.1.11:53": Connections({"UDP": 1}, 0),
        "tcp 192.168.1.99:0 192.168.1.11:0": Connections({"ESTABLISHED": 1}, 0),
        "tcp [2001:db8::9]:25 [2001:db8::c]:25": Connections({"FIN_WAIT": 1}, 0),
        "fwmark 5 ipv4 192.168.1.13:0": Connections({"ESTABLISHED": 1}, 1),
    }


def test_the_template_of_a_mark_has_no_port() -> None:
    services = parse_table([{"fwmark": 5, "realservers": [{"rip": "192.168.1.13", "port": 22, "forwarding": "nat"}]}])
    lines = [LINES[-1], "TCP C0A801FE 1112 C0A80199 0016 C0A8010D 0016 ESTABLISHED 899"]
    assert list(count(lines, services).values()) == [Connections({"ESTABLISHED": 1}, 1)]


def test_lines_of_other_services_and_spoiled_ones_are_passed_over() -> None:
    others = [
        "",
        HEADER,
        "TCP C0A801FE",
        LINES[0].replace("C0A80109", "C0A80108"),
        LINES[0].replace(" 0050 S", " 0051 S"),
    ]
    assert all(state == Connections({}, 0) for state in count(others, table()).values())


@given(st.lists(st.text(), max_size=3))
def test_any_text_is_survived(lines: list[str]) -> None:
    count(lines, table())
