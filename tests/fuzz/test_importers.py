# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old files with something odd in them: an inventory comes out that can be planned, or findings that say why not."""

from __future__ import annotations

import json
import time
import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import formats
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.names import hosts_in
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.conftest import Inputs
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.mutations import mutated_text

FIXTURES = Path(__file__).resolve().parents[1] / "unit/fixtures"
_LDIRECTORD = """\
checktimeout=3
checkinterval=5
virtual=192.168.1.110:80
        real=192.168.1.11:80 gate 2
        real=192.168.1.12->192.168.1.14:80 masq
        fallback=127.0.0.1:80
        service=http
        request="index.html"
        scheduler=wrr
        persistent=600
        netmask=255.255.255.0
        protocol=tcp
virtual6=[2001:db8::110]:53
        real6=[2001:db8::11]:53 masq
        protocol=udp
virtual=5
        real=192.168.1.11 ipip
        protocol=fwm
"""
_LVS_CF = """\
serial_no = 1
primary = 192.168.1.9
backup = 192.168.1.10
service = lvs
network = direct
virtual web {
     active = 1
     address = 192.168.1.110 eth0:1
     port = 80
     persistent = 300
     scheduler = wlc
     send = "GET / HTTP/1.0\\r\\n\\r\\n"
     server one {
         address = 192.168.1.11
         active = 1
         weight = 2
     }
}
"""
_IPVSADM = """\
-A -t 192.168.1.110:80 -s wlc -p 300 -M 255.255.255.0
-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1
-a -t 192.168.1.110:80 -r 192.168.1.12:80 -i -w 2 --tun-type gue --tun-port 6080
-A -u [2001:db8::110]:53 -s rr -o
-a -u [2001:db8::110]:53 -r [2001:db8::11]:53 -m -w 1 -x 9 -y 1
"""
WHOLE = {
    "lvs_conf": [path.read_text() for path in sorted((FIXTURES / "lvs_conf").glob("*.conf"))],
    "keepalived": [path.read_text() for path in (FIXTURES / "keepalived").glob("*.conf")],
    "ipvsadm": [_IPVSADM, *(path.read_text() for path in (FIXTURES / "ipvsadm").glob("*.txt"))],
    "ldirectord": [_LDIRECTORD],
    "lvs_cf": [_LVS_CF],
}
_HOSTS = hosts_in((FIXTURES / "lvs_conf/hosts").read_text())


def ports(name: str, _protocol: str) -> int | None:
    return {"http": 80, "telnet": 23}.get(name)


def read(text: str, kind: str) -> dict[str, t.Any]:
    found = formats.read(text, "the file", kind, ports, _HOSTS.get, ["192.168.1.9/24", "2001:db8::9/64"])
    assert json.loads(json.dumps(found)) == found
    assert report(found["findings"], hints=True).encode("utf-8", "surrogatepass")
    return found


def planned(inventory: dict[str, t.Any]) -> None:
    """As Ansible reads it."""
    whole = inventory.get("all", {})
    groups = {name: list(group["hosts"]) for name, group in whole.get("children", {}).items()}
    groups["all"] = [host for members in groups.values() for host in members]
    hostvars: dict[str, dict[str, t.Any]] = {}
    for group in whole.get("children", {}).values():
        for host, variables in group["hosts"].items():
            hostvars.setdefault(host, {**whole.get("vars", {})}).update(variables or {})
    made = make_plan(whole.get("vars", {}).get("lvs_services", []), groups, hostvars, ports)
    assert made["hosts"] or made["findings"]


def test_every_format_has_a_file() -> None:
    assert set(WHOLE) == set(formats.FORMATS)
    for kind, texts in WHOLE.items():
        assert [formats.recognise(text) for text in texts] == [kind] * len(texts)
        assert read(texts[0], kind)["inventory"], kind


@pytest.mark.parametrize("netmask", ["ffff::", "::", "[255.255.255.0]"])
@pytest.mark.parametrize(("kind", "text"), [("ipvsadm", _IPVSADM), ("ldirectord", _LDIRECTORD)], ids=["ipvsadm", "ld"])
def test_netmasks_that_are_none_are_findings(kind: str, text: str, netmask: str) -> None:
    assert "255.255.255.0" in text
    messages = [str(finding["message"]) for finding in read(text.replace("255.255.255.0", netmask), kind)["findings"]]
    wrong = ("is not a netmask for ipv4", "has not the form that ldirectord wants")
    assert any(message == f"{what} (got {netmask!r})." for message in messages for what in wrong)


@pytest.mark.parametrize("kind", WHOLE)
def test_an_odd_file_is_read_or_refused(inputs: Inputs, kind: str) -> None:
    for random in inputs(60):
        text = mutated_text(random.choice(WHOLE[kind]), random)
        found = read(text, kind)
        if found["inventory"]:
            planned(found["inventory"])
        else:
            assert found["findings"]
        formats.recognise(text)


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize(
    "piece", ["{", "(", '"', "\\", "real=", "virtual_server 1.2.3.4 80 {\n", "-A -t ", "=", "\n", "#"]
)
def test_what_never_ends_is_read_in_time(kind: str, piece: str) -> None:
    started = time.process_time()
    read(piece * (200_000 // len(piece)), kind)
    assert time.process_time() - started < 10
