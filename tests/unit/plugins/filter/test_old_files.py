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
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import lvs_conf
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


def test_lvs_conf_is_a_format_like_the_others() -> None:
    text = (ROOT / "tests/unit/fixtures/lvs_conf/lvs_dr.conf").read_text(encoding="utf-8")
    assert call("from_config", text)["format"] == "lvs_conf"
    assert call("from_lvs_conf", text)["inventory"]["all"]["vars"]["lvs_services"][0]["name"] == "telnet"


def test_an_error_leaves_no_inventory() -> None:
    result = call("from_ipvsadm", RULES.replace("rr", "rrr"), "rules")
    assert result["inventory"] == {}
    assert result["findings"][0]["path"] == "rules:1 scheduler"


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("from_ipvsadm", [None], r"from_ipvsadm: the text: is of type NoneType\. Fix: Pass the text of a file\."),
        ("from_config", ["what is this", "x"], r"from_config: x: has the content of none of lvs_conf, keepalived"),
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
            r"to_script: host: is no host of this plan \(got 'b'\)\. Fix: Use one of these: a\.",
        ),
        ("to_lvs_conf", [[]], r"to_lvs_conf: the plan: is none\."),
        ("to_lvs_conf", [{"hosts": {}}, "eth0", "x"], r"to_lvs_conf: netmask: is not a netmask \(got 'x'\)\."),
    ],
)
def test_faults_of_the_caller(name: str, arguments: list[object], message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=PREFIX + message):
        call(name, *arguments)


@given(tables())
def test_rules_keep_thresholds(table: t.Any) -> None:
    text = call("to_ipvsadm", [one.to_dict() for one in table])
    again = call("from_ipvsadm", text)
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
