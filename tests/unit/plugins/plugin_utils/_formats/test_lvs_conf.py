# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HOWTO's own files, read: every directive, every fault at once, and back again."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import WELL_KNOWN, no_lookup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import SCHEDULERS
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import lvs_conf
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.file import OldFile, no_address
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.lvs_conf import (
    Conf,
    Device,
    Member,
    Service,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.names import hosts_in
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures/lvs_conf"
HOSTS = hosts_in((FIXTURES / "hosts").read_text(encoding="utf-8"))

HEAD = """\
LVSCONF_FORMAT=1.1
LVS_TYPE=VS_DR
VIP=eth0:110 192.168.1.110 255.255.255.255 192.168.1.110
DIP=eth0:9 192.168.1.9 192.168.1.0 255.255.255.0 192.168.1.255
"""


def read(
    text: str, addresses: t.Callable[[str], str | None] = no_address
) -> tuple[Conf | None, list[dict[str, t.Any]]]:
    source = OldFile(text, "lvs.conf", no_lookup, addresses)
    conf = lvs_conf.read(source)
    return conf, source.findings.sorted()


def good(text: str) -> Conf:
    conf, findings = read(text)
    assert conf is not None, report(findings)
    return conf


def inventory(text: str) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", lvs_conf.inventory(good(text))["all"])


def fixture(name: str) -> dict[str, t.Any]:
    conf, findings = read((FIXTURES / name).read_text(encoding="utf-8"), HOSTS.get)
    assert conf is not None, report(findings)
    assert findings == []
    return t.cast("dict[str, t.Any]", lvs_conf.inventory(conf)["all"])


REALSERVERS = {
    "realserver1": {"ansible_host": "192.168.1.11", "lvs_rip": "192.168.1.11/24"},
    "realserver2": {"ansible_host": "192.168.1.12", "lvs_rip": "192.168.1.12/24"},
}


def test_the_nat_file_of_section_4_1() -> None:
    assert fixture("lvs_nat.conf") == {
        "vars": {
            "lvs_services": [
                {
                    "name": "telnet",
                    "vip": "192.168.2.110",
                    "port": "telnet",
                    "forwarding": "nat",
                    "scheduler": "rr",
                    "realservers": ["realserver1", "realserver2"],
                }
            ],
            "lvs_director_gateway": "192.168.2.254",
            "director_purge": "all",
            "director_vip_interface": "eth0",
        },
        "children": {
            "directors": {"hosts": {"director": {"ansible_host": "192.168.1.9", "lvs_dip": "192.168.1.9/24"}}},
            "realservers": {"hosts": REALSERVERS},
        },
    }


def test_the_dr_file_of_section_5_1() -> None:
    whole = fixture("lvs_dr.conf")
    assert whole["vars"] == {
        "lvs_services": [
            {
                "name": "telnet",
                "vip": "192.168.1.110",
                "port": "telnet",
                "forwarding": "dr",
                "scheduler": "rr",
                "realservers": ["realserver1", "realserver2"],
            }
        ],
        "lvs_server_gateway": "192.168.1.254",
        "director_purge": "all",
    }
    assert whole["children"]["realservers"]["hosts"] == REALSERVERS


def test_the_squid_file_of_section_6_2_has_names_and_a_port_that_few_know() -> None:
    whole = fixture("lvs_squid.conf")
    assert whole["vars"]["lvs_services"][0]["port"] == 3128
    assert whole["vars"]["lvs_services"][0]["vip"] == "192.168.1.110"
    assert whole["vars"]["lvs_server_gateway"] == "192.168.1.254"
    assert list(whole["children"]["realservers"]["hosts"]) == ["rip1", "rip2"]
    assert whole["children"]["realservers"]["hosts"]["rip2"] == REALSERVERS["realserver2"]


def test_several_services_share_their_realservers() -> None:
    whole = inventory(
        HEAD
        + "SERVICE=t http wlc 192.168.1.12,3 192.168.1.11\n"
        + "SERVICE=u dns rr 192.168.1.11:53,0 # the name server\n"
    )
    hosts = whole["children"]["realservers"]["hosts"]
    assert {host: one["ansible_host"] for host, one in hosts.items()} == {
        "realserver1": "192.168.1.12",
        "realserver2": "192.168.1.11",
    }
    http, dns = whole["vars"]["lvs_services"]
    assert http["realservers"] == [{"host": "realserver1", "weight": 3}, "realserver2"]
    assert (dns["protocol"], dns["port"], dns["realservers"]) == ("udp", "dns", [{"host": "realserver2", "weight": 0}])


def test_a_name_and_its_address_are_one_machine() -> None:
    text = HEAD + "SERVICE=t http rr web1\nSERVICE=t https rr 192.168.1.11\n"
    conf, _findings = read(text, {"web1": "192.168.1.11"}.get)
    assert conf is not None
    whole = lvs_conf.inventory(conf)["all"]
    assert list(whole["children"]["realservers"]["hosts"]) == ["web1"]
    assert [service["realservers"] for service in whole["vars"]["lvs_services"]] == [["web1"], ["web1"]]


def test_machines_that_nobody_knows_are_left_to_other_inventories() -> None:
    text = HEAD.replace("192.168.1.9 ", "director1 ") + "SERVICE=t http rr web1 web2\n"
    children = inventory(text)["children"]
    assert children["directors"]["hosts"] == {"director": {}}
    assert children["realservers"]["hosts"] == {"web1": {}, "web2": {}}


def test_nat_changes_ports() -> None:
    text = HEAD.replace("VS_DR", "VS_NAT") + "SERVICE=t http rr 192.168.1.11:8080\n"
    assert inventory(text)["vars"]["lvs_services"][0]["realservers"] == [{"host": "realserver1", "port": 8080}]


def test_initial_state_off_lets_nobody_in() -> None:
    conf, findings = read(HEAD + "INITIAL_STATE=off\nSERVICE=t http rr 192.168.1.11,5\n")
    assert conf is not None
    assert [finding["path"] for finding in findings] == ["lvs.conf:5 INITIAL_STATE"]
    assert lvs_conf.inventory(conf)["all"]["vars"]["lvs_services"][0]["realservers"][0]["weight"] == 0


@pytest.mark.parametrize(
    ("vip", "interface"),
    [
        ("eth0:110 192.168.1.110 255.255.255.255 192.168.1.110", None),  # found by its network
        ("eth1 192.168.1.110 255.255.255.255 192.168.1.110", "eth1"),  # the file wants another device
        ("eth0:1 10.0.0.110 255.255.255.255 10.0.0.110", "eth0"),  # no network that would tell
    ],
)
def test_the_device_of_the_vip_counts_where_it_cannot_be_found(vip: str, interface: str | None) -> None:
    lines = [f"VIP={vip}" if line.startswith("VIP=") else line for line in HEAD.splitlines()]
    text = "\n".join([*lines, "SERVICE=t http rr 192.168.1.11"])
    assert inventory(text)["vars"].get("director_vip_interface") == interface


@pytest.mark.parametrize(
    ("kind", "device", "written"),
    [
        ("VS_DR", "lo:110", None),  # the plan's own choice, whatever the loopback is called there
        ("VS_DR", "dummy0:110", "dummy0"),
        ("VS_DR", "eth0:110", "eth0"),  # which the plan refuses: it answers ARP
        ("VS_TUN", "tunl0:110", "tunl0"),
        ("VS_TUN", "lo:110", "lo"),
        ("VS_NAT", "lo:110", None),
    ],
)
def test_the_vips_of_realservers_go_where_the_file_wants_them(kind: str, device: str, written: str | None) -> None:
    text = HEAD.replace("VS_DR", kind) + f"SERVER_VIP_DEVICE={device}\nSERVICE=t http rr 192.168.1.11\n"
    assert inventory(text)["vars"].get("lvs_server_vip_device") == written


FAULTS: dict[str, tuple[str, str, str]] = {
    "LVS_TYPE=VS_DRR": ("LVS_TYPE", "is not a type of LVS (got 'VS_DRR').", "Did you mean VS_DR?"),
    "SCHEDULER=rr": ("", "is not a directive of this format (got 'SCHEDULER').", "Remove it, or use one of"),
    "SERVER_VIP_DEVIC=lo": ("", "is not a directive", "Did you mean SERVER_VIP_DEVICE?"),
    "what is this": ("", "is not of the form NAME=VALUE (got 'what is this').", "begin it with #"),
    "CLEAR_IPVS_TABLES=maybe": (
        "CLEAR_IPVS_TABLES",
        "is neither yes nor no",
        "Write CLEAR_IPVS_TABLES=yes",
    ),
    "DIRECTOR_GW=192.168.2.300": ("DIRECTOR_GW", "is not an IPv4 address (got '192.168.2.300').", "Write the address"),
    "SERVER_NET_DEVICE=eth0;reboot": ("SERVER_NET_DEVICE", "is not a network device", "eth0:110"),
    "SERVICE=t telnet rr 192.168.1.11telnet": (
        "SERVICE",
        "is not an IPv4 address",
        "Write the",
    ),
    "SERVICE=x telnet rr 192.168.1.11": ("SERVICE", "is not a protocol (got 'x').", "Write t for TCP or u for UDP."),
    "SERVICE=t telnt rr 192.168.1.11": ("SERVICE", "is no tcp service", "Did you mean telnet?"),
    "SERVICE=t 70000 rr 192.168.1.11": ("SERVICE", "is out of the range of ports (got '70000').", "1 to 65535"),
    "SERVICE=t telnet wlcc 192.168.1.11": ("SERVICE", "is not a scheduler (got 'wlcc').", "Did you mean wlc?"),
    "SERVICE=t telnet rr": ("SERVICE", "is not a service with", "Write SERVICE=t telnet rr"),
    "SERVICE=t telnet rr 192.168.1.11,x": (
        "SERVICE",
        "has a weight that is none",
        "0 to 65535",
    ),
    "SERVICE=t telnet rr 192.168.1.11:24": ("SERVICE", "is not the port", "LVS_TYPE=VS_NAT"),
    "SERVICE=t ssh rr 192.168.1.11 192.168.1.11": (
        "SERVICE",
        "names a realserver again",
        "Keep one",
    ),
}


@pytest.mark.parametrize("line", FAULTS)
def test_a_fault_names_its_line_its_value_and_the_cure(line: str) -> None:
    path, message, cure = FAULTS[line]
    head = HEAD.replace("LVS_TYPE=VS_DR\n", "") if line.startswith("LVS_TYPE") else HEAD
    conf, findings = read(f"{head}\n# a comment\n{line}\nSERVICE=t http rr 192.168.1.11\n")
    assert conf is None
    (finding,) = [one for one in findings if one["severity"] == "error"]
    number = head.count("\n") + 3
    assert finding["path"] == f"lvs.conf:{number} {path}".rstrip()
    assert message in finding["message"]
    assert cure in finding["cure"]


def test_all_faults_are_said_at_once() -> None:
    conf, findings = read("\n".join(["LVSCONF_FORMAT=1.1", *FAULTS]))
    assert conf is None
    text = report(findings)
    for path, message, _cure in FAULTS.values():
        assert path in text
        assert message in text
    for needed in ("VIP", "DIP"):
        assert f"lvs.conf:1 {needed}" in text


@pytest.mark.parametrize(
    ("line", "value", "cure"),
    [
        ("VIP=eth0 192.168.1.110 255.255.255.255 192.168.1.255", "192.168.1.255", "Write 192.168.1.110"),
        ("DIP=eth0 192.168.1.9 192.168.2.0 255.255.255.0 192.168.1.255", "192.168.2.0", "Write 192.168.1.0"),
        ("DIP=eth0 192.168.1.9 192.168.1.0 255.255.0.255 192.168.1.255", "255.255.0.255", "such as 255.255.255.0"),
        ("DIP=eth0 192.168.1.9 255.255.255.0 192.168.1.255", None, "device[:alias] IP network netmask broadcast"),
    ],
)
def test_addresses_must_agree_with_their_netmask(line: str, value: str | None, cure: str) -> None:
    name = line.partition("=")[0]
    text = "\n".join(line if old.startswith(f"{name}=") else old for old in HEAD.splitlines())
    conf, findings = read(f"{text}\nSERVICE=t http rr 192.168.1.11\n")
    assert conf is None
    assert cure in findings[0]["cure"]
    assert value in (None, findings[0]["value"])


@pytest.mark.parametrize("version", ["1.0", "2", ""])
def test_other_formats_are_refused(version: str) -> None:
    text = (HEAD + "SERVICE=t http rr 192.168.1.11\n").replace("=1.1", f"={version}")
    assert lvs_conf.looks_like(text)
    conf, findings = read(text)
    assert conf is None
    assert findings[0]["path"] == "lvs.conf:1 LVSCONF_FORMAT"


def test_a_directive_is_set_once() -> None:
    _conf, findings = read(
        HEAD + "VIP=eth0 192.168.1.111 255.255.255.255 192.168.1.111\nSERVICE=t http rr 192.168.1.11"
    )
    assert [finding["message"] for finding in findings if finding["severity"] == "error"] == [
        "is set in line 3 already (got 'eth0 192.168.1.111 255.255.255.255 192.168.1.111')."
    ]


DEVICES = st.builds("{}{}".format, st.sampled_from(["eth0", "lo", "bond0.12"]), st.sampled_from(["", ":110", ":0"]))
RIPS = st.integers(1, 254).map("10.1.2.{}".format)


@st.composite
def confs(draw: st.DrawFn) -> Conf:
    forwarding = draw(st.sampled_from(["nat", "dr", "tun"]))

    def device() -> Device:
        address = draw(st.ip_addresses(v=4).map(str))
        return Device(draw(DEVICES), address, address, draw(st.integers(1, 32)))

    def service(protocol: str, name: str) -> Service:
        port = WELL_KNOWN.get(name) or int(name)
        rips = draw(st.lists(RIPS, min_size=1, max_size=3, unique=True))
        own = st.integers(1, 65535) if forwarding == "nat" else st.just(port)
        members = tuple(Member(rip, rip, draw(own), draw(st.integers(0, 65535))) for rip in rips)
        return Service(protocol, "" if name.isdigit() else name, port, draw(st.sampled_from(SCHEDULERS)), members)

    keys = st.tuples(st.sampled_from(["tcp", "udp"]), st.sampled_from([*sorted(WELL_KNOWN), "8080", "1"]))
    ports = draw(
        st.lists(keys, min_size=1, max_size=4, unique_by=lambda key: (key[0], WELL_KNOWN.get(key[1]) or int(key[1])))
    )
    gateway = st.just("") | RIPS
    return Conf(
        forwarding=forwarding,
        vip=device(),
        dip=device(),
        services=tuple(service(*key) for key in ports),
        initial_state=draw(st.booleans()),
        clear=draw(st.booleans()),
        director_gateway=draw(gateway),
        server_gateway=draw(gateway),
        server_vip_device=draw(st.just("") | DEVICES),
        server_net_device=draw(st.just("") | DEVICES),
    )


@given(confs())
def test_what_is_written_is_read_back(conf: Conf) -> None:
    assert good(lvs_conf.render(conf)) == conf


WORDS = st.sampled_from(
    [
        "SERVICE=t http rr ",
        "VIP=",
        "DIP=eth0 ",
        "LVS_TYPE=VS_TUN",
        "#",
        ":",
        ",",
        "192.168.1.11",
        "{{ 1 + 1 }}",
        "\x1b[2J",
        "\x00",
        "9" * 400,
    ]
)


@given(st.lists(WORDS | st.text(max_size=8), max_size=30).map("".join), st.text(max_size=60))
def test_garbage_is_refused_in_words(junk: str, more: str) -> None:
    for text in (junk, f"{HEAD}{junk}\n{more}"):
        conf, findings = read(text)
        assert (conf is None) == any(finding["severity"] == "error" for finding in findings)
        assert "\x1b" not in report(findings)
        if conf is not None:
            assert "{{" not in repr(lvs_conf.inventory(conf))
