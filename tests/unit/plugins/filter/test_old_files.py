# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filters that read and write the formats of other programs."""

from __future__ import annotations

import functools
import shlex
import shutil
import subprocess
import types
import typing as t
from pathlib import Path

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given

from ansible_collections.linuxvirtualserver.lvs.plugins.filter import importers, renderers
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import ServiceKey
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import ipvsadm, lvs_conf
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.file import OldFile
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.ipvs_tables import tables
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    hostvars,
    plan,
    service,
)

# As a template calls them, with its context first.
CONTEXT = types.SimpleNamespace(unsafe=False)
FILTERS = {
    name: functools.partial(body, CONTEXT)
    for name, body in {**importers.FilterModule().filters(), **renderers.FilterModule().filters()}.items()
}
ROOT = Path(__file__).resolve().parents[4]
PREFIX = r"^linuxvirtualserver\.lvs\."
RULES = "-A -t 192.168.1.110:80 -s rr\n-a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1\n"


def call(name: str, *arguments: object, **options: object) -> t.Any:
    return FILTERS[name](*arguments, **options)


@pytest.mark.parametrize("name", sorted(FILTERS))
def test_every_filter_has_its_documentation(name: str) -> None:
    assert f"  name: {name}\n" in (ROOT / f"plugins/filter/{name}.yml").read_text(encoding="utf-8")


def test_the_result_of_an_import() -> None:
    for result in (
        call("from_ipvsadm", RULES),
        call("from_config", RULES, "rules"),
        call("from_config", RULES, kind="ipvsadm"),
    ):
        assert result["format"] == "ipvsadm"
        assert [finding["path"] for finding in result["findings"]] == ["lvs_dip"]
        (imported,) = result["inventory"]["all"]["vars"]["lvs_services"]
        assert imported == {
            "vip": "192.168.1.110",
            "port": 80,
            "forwarding": "dr",
            "scheduler": "rr",
            "realservers": ["realserver1"],
        }


def test_dip_goes_before_the_file() -> None:
    result = call("from_ipvsadm", RULES, dip="192.168.1.9/24")
    director = result["inventory"]["all"]["children"]["directors"]["hosts"]["director"]
    assert director == {"ansible_host": "192.168.1.9", "lvs_dip": "192.168.1.9/24"}
    assert result["findings"] == []


DUAL = RULES + "-A -t [2001:db8::110]:80\n-a -t [2001:db8::110]:80 -r [2001:db8::11]:80 -m\n"


def test_each_family_of_realservers_by_nat_needs_a_dip() -> None:
    alone = call("from_ipvsadm", DUAL, dip="192.168.1.9/24")
    assert alone["inventory"] == {}
    (asked,) = [finding for finding in alone["findings"] if finding["severity"] == "error"]
    assert "the director's ipv6 address (DIP)" in asked["message"]
    assert "import_dip=2001:db8::9/64" in asked["cure"]
    for dip in ("192.168.1.9/24, 2001:db8::9/64", ["192.168.1.9/24", "2001:db8::9/64"]):
        both = call("from_ipvsadm", DUAL, dip=dip)
        assert both["findings"] == []
        director = both["inventory"]["all"]["children"]["directors"]["hosts"]["director"]
        assert director == {"ansible_host": "192.168.1.9", "lvs_dip": ["192.168.1.9/24", "2001:db8::9/64"]}


def test_a_wrong_format_is_no_empty_inventory() -> None:
    result = call("from_ldirectord", RULES, "rules")
    assert result["inventory"] == {}
    result = call("from_keepalived", "global_defs {\n}\n", "k")
    assert (result["findings"][0]["path"], result["inventory"]) == ("k:1 keepalived", {})
    result = call("from_lvs_cf", "serial_no = 1\n", "l")
    assert (result["findings"][0]["message"], result["inventory"]) == (
        "is missing: the file has no virtual service of lvs_cf.",
        {},
    )


def test_the_table_of_a_running_director() -> None:
    services = call("from_ipvsadm", DUAL, dip="192.168.1.9,2001:db8::9")["inventory"]["all"]["vars"]["lvs_services"]
    table = [one.to_dict() for one in ipvsadm.read(OldFile(DUAL, "x")).services]
    table[0]["realservers"][0]["forwarding"] = "local"
    addresses = ["192.168.9.9/24", "192.168.1.110/24", "192.168.1.9/24", "2001:db8::9/64"]
    result = call("from_services", table, addresses=addresses)
    assert result["findings"] == []
    assert result["inventory"]["all"]["vars"]["lvs_services"] == services
    labels = [ServiceKey(*(one[name] for name in ServiceKey._fields)).label for one in table]
    assert call("from_services", table, addresses=addresses, only=labels) == result
    kept = call("from_services", table, addresses=addresses, only=labels[:1])["inventory"]["all"]["vars"][
        "lvs_services"
    ]
    assert kept == services[:1]
    director = result["inventory"]["all"]["children"]["directors"]["hosts"]["director"]
    assert director["lvs_dip"] == ["192.168.1.9/24", "2001:db8::9/64"]
    usual = {"tcp": 900, "tcp_fin": 120, "udp": 300}
    daemon = {"role": "master", "interface": "eth1", "sync_id": 7}
    assert call("from_services", table, addresses=addresses, timeouts=usual)["findings"] == []
    rest = call("from_services", table, "d", addresses=addresses, timeouts={**usual, "udp": 9}, daemons=[daemon])
    assert [f"{one['path']} {one['message']}" for one in rest["findings"]] == [
        "d daemons is not taken over (got 'master eth1').",
        "d timeouts are not taken over (got 'tcp 900, tcp_fin 120, udp 9').",
    ]
    table[0]["realservers"][0]["forwarding"] = "bypass"
    refused = call("from_services", [*table, 7], "d", addresses=addresses)
    errors = [finding["path"] for finding in refused["findings"] if finding["severity"] == "error"]
    assert errors == ["d:1 forwarding", "d:3"]
    assert call("from_services", [])["inventory"] == {}


def test_lvs_conf_is_a_format_like_the_others() -> None:
    text = (ROOT / "tests/unit/fixtures/lvs_conf/lvs_dr.conf").read_text(encoding="utf-8")
    assert call("from_config", text)["format"] == "lvs_conf"
    assert call("from_lvs_conf", text)["inventory"]["all"]["vars"]["lvs_services"][0]["name"] == "telnet"


def test_an_error_leaves_no_inventory() -> None:
    result = call("from_ipvsadm", RULES.replace("rr", "rrr"), "rules")
    assert result["inventory"] == {}
    assert result["findings"][0]["path"] == "rules:1 scheduler"


def test_a_text_that_is_no_old_file_is_a_finding() -> None:
    result = call("from_config", "what is this", "x")
    assert (result["format"], result["inventory"]) == (None, {})
    (finding,) = result["findings"]
    assert (finding["severity"], finding["path"]) == ("error", "x:1")
    assert finding["message"].startswith("has the content of none of lvs_conf, keepalived")


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("from_ipvsadm", [None], r"from_ipvsadm: the text: is of type NoneType\. Fix: Pass the text of a file\."),
        (
            "from_config",
            [RULES, "x", "iptables"],
            r"from_config: kind: is not known \(got 'iptables'\)\. Fix: Use one of auto,",
        ),
        ("from_ipvsadm", [RULES, "x", "here"], r"from_ipvsadm: dip: is not an address \(got 'here'\)\."),
        ("to_ipvsadm", ["x"], r"to_ipvsadm: services: is not a list of services \(got 'x'\)\."),
        ("to_keepalived", [[{"vip": "x"}]], r"to_keepalived: services\[0\]\.vip: is not an address \(got 'x'\)\."),
        ("to_script", [{}, "x"], r"to_script: the plan: is none\."),
        (
            "to_script",
            [{"hosts": {"a": {}}}, "b"],
            r"to_script: host: is not a host of this plan \(got 'b'\)\. Fix: Use one of these: a\.",
        ),
        ("to_lvs_conf", [[]], r"to_lvs_conf: the plan: is none\."),
        ("to_lvs_conf", [{"hosts": {}}, "eth0", "x"], r"to_lvs_conf: netmask: is not a netmask \(got 'x'\)\."),
        ("from_ipvsadm", [RULES, "x", "192.168.1.9,x"], r"from_ipvsadm: dip: is not an address \(got 'x'\)\."),
        ("from_services", ["x"], r"from_services: services: is of type str\. Fix: Pass the services"),
        ("to_ldirectord", ["x"], r"to_ldirectord: services: is not a list of services \(got 'x'\)\."),
    ],
)
def test_faults_of_the_caller(name: str, arguments: list[object], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=PREFIX + message):
        call(name, *arguments)


@given(tables())
def test_rules_keep_thresholds(table: t.Any) -> None:
    text = call("to_ipvsadm", [one.to_dict() for one in table])
    again = call("from_ipvsadm", text or RULES, dip="192.168.1.9,2001:db8::9")
    thresholds = [
        one.get("upper_threshold", 0)
        for found in again["inventory"]["all"]["vars"]["lvs_services"]
        for one in found["realservers"]
        if isinstance(one, dict)
    ]
    wanted = [one.upper_threshold for each in table for one in each.realservers if one.upper_threshold]
    assert sorted(filter(None, thresholds)) == sorted(wanted)


def test_keepalived_says_the_method_once_where_all_have_it() -> None:
    services = plan(service(realservers=["realserver1", {"host": "realserver2", "weight": 2}]))
    text = call("to_keepalived", services["hosts"]["director"]["director"]["services"])
    assert text.count("lvs_method DR") == 1
    assert "virtual_server 192.168.1.110 80 {\n    protocol TCP\n    lvs_sched rr\n    lvs_method DR\n" in text
    assert "    real_server 192.168.1.12 80 {\n        weight 2\n    }\n" in text


@pytest.mark.parametrize("forwarding", ["dr", "nat", "tun"])
@pytest.mark.parametrize("host", ["director", "realserver1"])
def test_scripts_pass_shellcheck(forwarding: str, host: str) -> None:
    shellcheck = shutil.which("shellcheck")
    assert shellcheck, "shellcheck comes with requirements-dev.txt"
    text = call("to_script", plan(service(forwarding=forwarding)), host)
    ran = subprocess.run([shellcheck, "-"], input=text, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


def test_the_script_of_a_director() -> None:
    text = call("to_script", plan(service()), "director")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines == [
        "set -eu",
        "modprobe -a ip_vs ip_vs_rr",
        "sysctl -w net.ipv4.vs.expire_nodest_conn=1",
        "ipvsadm -A -t 192.168.1.110:80 -s rr",
        "ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1",
        "ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.12:80 -g -w 1",
        ': "${VIP_DEVICE:?set it to the interface that gets the VIPs}"',
        'ip address replace 192.168.1.110/32 dev "$VIP_DEVICE"',
    ]


def test_the_script_of_a_gue_realserver_opens_its_port() -> None:
    gue = {"type": "gue", "port": 19523}
    pool = [{"host": "realserver1", "tunnel": gue}]
    lines = call("to_script", plan(service(forwarding="tun", realservers=pool)), "realserver1").splitlines()
    assert lines.index("ip fou add port 19523 gue") < lines.index("ip link set tunl0 up")
    assert lines.index("modprobe -a fou ipip") < lines.index("ip fou add port 19523 gue")


def test_ldirectord_checks_by_what_the_service_is() -> None:
    tcp, udp = service(), service(name="dns", port=53, protocol="udp", forwarding="nat")
    text = call("to_ldirectord", plan(tcp, udp)["hosts"]["director"]["director"]["services"])
    assert "virtual=192.168.1.110:80\n        real=192.168.1.11:80 gate 1\n" in text
    assert text.count("        checktype=connect\n") == 1
    assert text.count("        checktype=ping\n") == 1


def test_what_ldirectord_cannot_say_is_said_in_its_file() -> None:
    rules = (
        "-A --sctp-service 192.168.1.110:80\n-A -u 192.168.1.111:80 -p --pe sip\n-A -f 5 -o\n"
        "-a -f 5 -r [2001:db8::1]:0 -i\n-a -f 5 -r 192.168.1.11:0 -i --tun-type gre\n"
    )
    text = call("to_ldirectord", [one.to_dict() for one in ipvsadm.read(OldFile(rules, "x")).services])
    assert [line for line in text.splitlines() if "LEFT OUT" in line] == [
        "# LEFT OUT: sctp 192.168.1.110:80: the whole service, for ldirectord knows no sctp",
        "# LEFT OUT: udp 192.168.1.111:80: the persistence engine sip",
        "# LEFT OUT: fwmark 5 ipv4: one packet scheduling, which ldirectord sets for protocol=udp alone",
        "# LEFT OUT: fwmark 5 ipv4: the realserver 192.168.1.11:0, which is reached by a gre tunnel",
        "# LEFT OUT: fwmark 5 ipv4: the realserver [2001:db8::1]:0, which is not an ipv4 address",
    ]


def test_a_nat_director_redirects_on_no_device() -> None:
    text = call("to_script", plan(service(forwarding="nat")), "director")
    assert 'for file in /proc/sys/net/ipv4/conf/*/send_redirects; do echo 0 >"$file"; done\n' in text
    assert "sysctl -w net.ipv4.ip_forward=1\n" in text


def test_the_script_says_what_the_firewall_does() -> None:
    marked = service(forwarding="nat", port=None, fwmark=5, ports=["https"])
    asked = hostvars(director={"lvs_snat": ["clients", "realservers"]})
    text = call("to_script", plan(marked, hostvars=asked), "director")
    assert "# The firewall marks 5 on packets to 192.168.1.110: tcp 443.\n" in text
    assert "# What 192.168.1.11 begins is masqueraded by this host.\n" in text
    near = "# What 192.168.1.0/24 begins to 192.168.1.110, served by 192.168.1.11, is masqueraded by this host.\n"
    assert near in text


def test_the_script_of_a_realserver_hides_the_vip_before_it_is_there() -> None:
    text = call("to_script", plan(service()), "realserver1")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines == [
        "set -eu",
        "sysctl -w net.ipv4.conf.all.arp_announce=2",
        "sysctl -w net.ipv4.conf.all.arp_ignore=1",
        "ip address replace 192.168.1.110/32 dev lo",
    ]


@given(tables())
def test_the_rules_in_a_script_are_the_whole_table(table: t.Any) -> None:
    planned = plan(service())
    services = [one.to_dict() for one in table]
    planned["hosts"]["director"]["director"]["services"] = services
    lines = call("to_script", planned, "director").splitlines()
    rules = [" ".join(shlex.split(line)[1:]) for line in lines if line.startswith("ipvsadm ")]
    assert rules == call("to_ipvsadm", services).splitlines()


def test_a_hostile_plan_makes_no_second_command() -> None:
    planned = plan(service())
    role = planned["hosts"]["realserver1"]["realserver"]
    role["addresses"] = [{"address": "1.2.3.4; reboot\nreboot", "prefix": 32, "interface": "lo"}]
    role["gateways"] = [{"address": "1.2.3.4\nreboot", "why": "because\nreboot"}]
    text = call("to_script", planned, "realserver1")
    assert "'1.2.3.4; reboot reboot/32'" in text
    assert "\nreboot" not in text


def test_lvs_conf_says_what_it_can_and_lists_the_rest() -> None:
    planned = plan(
        service(persistence=360, realservers=["realserver1", {"host": "realserver2", "upper_threshold": 5}]),
        service(name="other", vip="192.168.1.111"),
    )
    text = call("to_lvs_conf", planned, "eth1")
    source = OldFile(text, "lvs.conf")
    conf = lvs_conf.read(source)
    assert conf is not None
    assert conf.dip == lvs_conf.Device("eth1", "192.168.1.9", "192.168.1.9", 24)
    assert [one.name for one in conf.services[0].members] == ["192.168.1.11", "192.168.1.12"]
    assert len(conf.services) == 1
    comments = [line.split(": ")[0] for line in text.splitlines() if line.startswith("# WARNING")]
    assert comments == [
        "# WARNING services[tcp 192.168.1.110:80].persistence",
        "# WARNING services[tcp 192.168.1.110:80].realservers[192.168.1.12:80].upper_threshold",
        "# WARNING services[tcp 192.168.1.111:80]",
    ]


@pytest.mark.parametrize(("forwarding", "device"), [("dr", "lo:110"), ("tun", "tunl0:110"), ("nat", "")])
def test_lvs_conf_names_the_device_of_the_vip_on_the_realservers(forwarding: str, device: str) -> None:
    text = call("to_lvs_conf", plan(service(forwarding=forwarding)), "eth1")
    conf = lvs_conf.read(OldFile(text, "lvs.conf"))
    assert conf is not None
    assert conf.server_vip_device == device


def test_lvs_conf_lists_devices_that_differ() -> None:
    planned = plan(service(), hostvars=hostvars(realserver1={"lvs_server_vip_device": "dummy0"}))
    assert "# WARNING lvs_server_vip_device" in call("to_lvs_conf", planned, "eth1")


def test_lvs_conf_of_a_plan_that_it_cannot_say() -> None:
    assert "# ERROR hosts" in call("to_lvs_conf", {"hosts": {}})
