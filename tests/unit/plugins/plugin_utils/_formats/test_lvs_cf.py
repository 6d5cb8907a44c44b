# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""piranha's lvs.cf: what is read, what is listed, what is refused."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Service,
    ServiceKey,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import (
    inventory,
    lvs_cf,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._formats.old_files import (
    PIRANHA,
    dr,
    read,
    said,
)


def test_lvs_cf_of_section_6_1() -> None:
    old = read(lvs_cf.read, PIRANHA)
    key = ServiceKey("ipv4", "tcp", "1.2.3.5", 80, None)
    assert old.services == [Service(key, "wlc", realservers=(dr("1.2.3.10"),))]
    # The address of the director on some network; only nat_router says one on that of the realservers.
    assert (old.dips, old.names[key], old.hosts["1.2.3.10"]) == ([], "http", "www4real")
    assert [path for path, _message in said(old)] == [
        "old:1 serial_no",
        "old:2 primary",
        "old:4 backup",
        "old:8 address",
        "old:10 send",
        "old:11 expect",
        "old:19 server",
    ]
    whole = inventory.inventory(old)["all"]
    assert whole["children"]["realservers"]["hosts"] == {
        "www4real": {"ansible_host": "1.2.3.10", "lvs_rip": "1.2.3.10"}
    }
    assert whole["vars"]["lvs_services"][0]["name"] == "http"


def test_lvs_cf_marks_keep_their_vip() -> None:
    text = PIRANHA.replace("     port = 80\n", "     port = 80\n     fwmark = 5\n")
    (service,) = inventory.inventory(read(lvs_cf.read, text))["all"]["vars"]["lvs_services"]
    assert (service["fwmark"], service["vip"], "port" in service) == (5, "1.2.3.5", False)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("network = direct\n", "", "-a -t 1.2.3.5:80 -r 1.2.3.10:80 -m -w 1"),
        ("     port = 80\n", "", "-A -t 1.2.3.5:80 -s wlc"),
        ("port = 80", "port = 010", "-A -t 1.2.3.5:8 -s wlc"),
        ("port = 80", "port = 0x50", "-A -t 1.2.3.5:80 -s wlc"),
        ("port = 80", "port = http", "-A -t 1.2.3.5:80 -s wlc"),
        ("port = 80", "port = 80\n     port = 81", "-A -t 1.2.3.5:81 -s wlc"),
        ("scheduler = wlc", "scheduler = lc\n     scheduler = rr", "-A -t 1.2.3.5:80 -s rr"),
        ("scheduler = wlc", "pmask = 255.255.255.0", "-A -t 1.2.3.5:80 -s wlc"),
        ("scheduler = wlc", "persistent = 60\n     pmask = fd00::1", "-A -t 1.2.3.5:80 -s wlc -p 60"),
        ("scheduler = wlc", "persistent = 60\n     pmask = 255.0.0.0", "-A -t 1.2.3.5:80 -s wlc -p 60 -M 255.0.0.0"),
        ("scheduler = wlc", "persistent = 60\n     pmask = 0.0.0.0", "-A -t 1.2.3.5:80 -s wlc -p 60"),
        ("serial_no", "\ufeffserial_no", "-A -t 1.2.3.5:80 -s wlc"),
    ],
)
def test_what_piranha_makes_of_it(before: str, after: str, line: str) -> None:
    assert before in PIRANHA
    old = read(lvs_cf.read, PIRANHA.replace(before, after, 1))
    assert line in listing(old.services), said(old)


def test_a_realserver_has_the_port_that_is_known_where_it_begins() -> None:
    text = PIRANHA.replace("     port = 80\n", "").replace("network = direct", "network = nat")
    text = text.removesuffix("}\n") + "     port = 8080\n}\n"
    assert "-a -t 1.2.3.5:8080 -r 1.2.3.10:80 -m -w 1" in listing(read(lvs_cf.read, text).services)


def test_a_mark_leads_to_the_port_of_its_virtual_server_by_nat() -> None:
    text = PIRANHA.replace("     port = 80\n", "     port = 443\n     fwmark = 5\n")
    assert "-a -f 5 -r 1.2.3.10:0 -g -w 1" in listing(read(lvs_cf.read, text).services)
    text = text.replace("network = direct", "network = nat")
    assert "-a -f 5 -r 1.2.3.10:443 -m -w 1" in listing(read(lvs_cf.read, text).services)


def test_commands_and_requests_of_piranha_are_named_and_never_shown() -> None:
    head = "active_cmd = 'x geheim'\nrsh_command = geheim\n"
    text = head + PIRANHA.replace('expect = "HTTP"', 'expect = "geheim"\n     send_program = "x geheim"')
    old = read(lvs_cf.read, text)
    assert not old.findings.refused
    for wrong in ('     send="geheim"\n', "     send geheim\n", "     send\n"):
        other = read(lvs_cf.read, PIRANHA.replace("     port = 80\n", wrong))
        assert other.findings.refused
        assert "geheim" not in repr([*old.findings.sorted(), *other.findings.sorted()])


def test_nat_router_is_the_address_on_the_network_of_the_realservers() -> None:
    router = "nat_router = 192.168.1.254 eth1:1\nnat_nmask = 255.255.255.0\n"
    old = read(lvs_cf.read, PIRANHA.replace("network = direct\n", f"network = nat\n{router}"))
    assert old.dips == ["192.168.1.254"]
    assert ("old:7 nat_nmask", "is not taken over (got '255.255.255.0').") in said(old)


@pytest.mark.parametrize(
    ("old_text", "new_text", "where", "what"),
    [
        ("network = direct", "network = tunel", "old:5 network", "is not a forwarding method"),
        ("service = lvs", "service = fos", "old:3 service", "none of the virtual servers"),
        ("     port = 80", "     polt - ov", "old:9", "is not how a line of lvs.cf is written"),
        ("     port = 80", "     port=80", "old:9", "is not how a line of lvs.cf is written"),
        ("     port = 80", "     polt = 80", "old:9", "is no directive of lvs.cf in this place"),
        ("     port = 80", "     port = 80 # x", "old:9 port", "stands behind the value"),
        ("     port = 80", "     port = nonsense", "old:9 port", "is not the name of a TCP port"),
        ("     active = 1", "     active = yes", "old:7 active", "is neither 0 nor 1"),
        ("scheduler = wlc", "scheduler = sed", "old:12 scheduler", "is no scheduler of piranha"),
        ("weight = 1", "weight = one", "old:17 weight", "is not a number"),
        ("virtual http {", "virtal http {", "old:6", "is no block of lvs.cf"),
        ("weight = 1\n     }\n}", "weight = 1\n     }\n}\n}", "old:25", "closes no block"),
    ],
)
def test_lvs_cf_faults(old_text: str, new_text: str, where: str, what: str) -> None:
    old = read(lvs_cf.read, PIRANHA.replace(old_text, new_text))
    assert any(path == where and what in message for path, message in said(old)), said(old)
