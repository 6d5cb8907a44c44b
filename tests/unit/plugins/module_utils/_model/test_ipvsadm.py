# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import (
    ADD,
    EDIT,
    REMOVE,
    Operation,
    diff,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import commands, listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Realserver, Service

# What ipvsadm 1.31 printed with -S -n for these on kernel 7.2, but for the thresholds, which it loses.
LISTINGS = [
    ({"vip": "192.168.1.111", "port": 80, "scheduler": "wrr"}, "-A -t 192.168.1.111:80 -s wrr"),
    (
        {"vip": "192.168.1.111", "port": 5060, "protocol": "udp", "persistence": 60}
        | {"persistence_engine": "sip", "persistence_netmask": 24},
        "-A -u 192.168.1.111:5060 -s wlc -p 60 -M 255.255.255.0 --pe sip",
    ),
    (
        {"vip": "2001:db8::10", "port": 53, "protocol": "udp", "persistence": 300}
        | {"persistence_netmask": 64, "one_packet": True},
        "-A -u [2001:db8::10]:53 -s wlc -p 300 -M 64 -o",
    ),
    (
        {
            "vip": "192.168.1.111",
            "port": 7,
            "protocol": "sctp",
            "scheduler": "sh",
            "scheduler_flags": ["port", "fallback"],
        },
        "-A --sctp-service 192.168.1.111:7 -s sh -b sh-fallback,sh-port",
    ),
    ({"fwmark": 5, "family": "ipv6", "scheduler": "mh", "scheduler_flags": ["port"]}, "-A -f 5 -6 -s mh -b mh-port"),
    ({"fwmark": 3000000000}, "-A -f 3000000000 -s wlc"),
]
REALSERVERS = [
    ({}, "-r 192.168.1.11:80 -g -w 1"),
    ({"forwarding": "nat", "port": 8080, "weight": 0}, "-r 192.168.1.11:8080 -m -w 0"),
    ({"upper_threshold": 100, "lower_threshold": 50, "weight": 3}, "-r 192.168.1.11:80 -g -w 3 -x 100 -y 50"),
    ({"forwarding": "tun"}, "-r 192.168.1.11:80 -i -w 1 --tun-type ipip"),
    (
        {"forwarding": "tun", "tunnel": {"type": "gre", "checksum": "csum"}},
        "-r 192.168.1.11:80 -i -w 1 --tun-type gre --tun-csum",
    ),
    (
        {"forwarding": "tun", "tunnel": {"type": "gue", "port": 6080}},
        "-r 192.168.1.11:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum",
    ),
    ({"forwarding": "tun", "rip": "2001:db8::1"}, "-r [2001:db8::1]:80 -i -w 1 --tun-type ipip"),
]


@pytest.mark.parametrize(("data", "line"), LISTINGS)
def test_a_service_in_the_words_of_ipvsadm(data: dict[str, object], line: str) -> None:
    assert listing(parse_table([data])) == [line]


@pytest.mark.parametrize(("data", "words"), REALSERVERS)
def test_a_realserver_in_the_words_of_ipvsadm(data: dict[str, object], words: str) -> None:
    table = parse_table([{"vip": "192.168.1.110", "port": 80, "realservers": [{"rip": "192.168.1.11", **data}]}])
    assert listing(table)[1] == f"-a -t 192.168.1.110:80 {words}"


def test_each_operation_is_a_command() -> None:
    (web,) = parse_table([{"vip": "192.168.1.110", "port": 80, "realservers": [{"rip": "192.168.1.11"}]}])
    (one,) = web.realservers
    assert commands(diff([web], [])) == [
        "ipvsadm -A -t 192.168.1.110:80 -s wlc",
        "ipvsadm -a -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1",
    ]
    operations = [Operation(EDIT, web), Operation(EDIT, web, one), Operation(REMOVE, web, one), Operation(REMOVE, web)]
    assert commands(operations) == [
        "ipvsadm -E -t 192.168.1.110:80 -s wlc",
        "ipvsadm -e -t 192.168.1.110:80 -r 192.168.1.11:80 -g -w 1",
        "ipvsadm -d -t 192.168.1.110:80 -r 192.168.1.11:80",
        "ipvsadm -D -t 192.168.1.110:80",
    ]


def test_what_ipvsadm_has_no_words_for_is_still_told_apart() -> None:
    (web,) = parse_table([{"vip": "192.168.1.110", "port": 80}])
    odd = Service(web.key._replace(protocol="47"), realservers=(Realserver("192.168.1.11", 80, "bypass"),))
    assert commands([Operation(ADD, odd)]) == ["# not to be had of ipvsadm: -A --protocol-47 192.168.1.110:80 -s wlc"]
    assert "--forwarding-bypass" in listing([odd])[1]
