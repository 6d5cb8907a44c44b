# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What packet filters do with a packet: rules as iptables-save and nft print them, and the packets they catch."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.firewall import Chain, Packet, dropping
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.firewall_rules import (
    iptables_chains,
    nft_chains,
)

WEB = Packet("192.168.1.110", port=80, interface="eth0", source="10.0.0.9")
INVALID = Packet("192.168.1.110", port=80, state="invalid")
HOOKS = ("prerouting", "input")


def iptables(*rules: str, policy: str = "ACCEPT", chains: str = "") -> dict[str, Chain]:
    own = [f":{name} - [0:0]" for name in chains.split()]
    lines = ["# Generated", "*filter", f":INPUT {policy} [0:0]", *own, *rules, "COMMIT"]
    return iptables_chains("iptables-legacy-save", lines)


def drops(chains: dict[str, Chain], packet: Packet = WEB) -> str | None:
    verdict = dropping(chains, HOOKS, packet)
    return None if verdict is None else verdict.target


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("-A INPUT -j DROP", "drop"),
        ("-A INPUT -p tcp -m tcp --dport 80 -j DROP", "drop"),
        ("[12:720] -A INPUT -p tcp -m tcp --dport 80 -j REJECT --reject-with tcp-reset", "reject"),
        ("-A INPUT -p tcp -m multiport --dports 22,79:81 -j DROP", "drop"),
        ('-A INPUT -d 192.168.1.110/32 -m comment --comment "no web -j ACCEPT" -j DROP', "drop"),
        ("-A INPUT ! -i lo -j DROP", "drop"),
        ("-A INPUT -i eth+ -j DROP", "drop"),
        ("-A INPUT -m conntrack --ctstate NEW,INVALID -j DROP", "drop"),
        ("-A INPUT -p udp -j DROP", None),
        ("-A INPUT -p tcp -m tcp --dport 81 -j DROP", None),
        ("-A INPUT ! -d 192.168.1.110/32 -j DROP", None),
        ("-A INPUT -i lo -j DROP", None),
        ("-A INPUT -s 10.1.0.0/16 -j DROP", None),
        ("-A INPUT -m state --state INVALID -j DROP", None),
        ("-A INPUT -m recent --update --seconds 60 --name ssh -j DROP", None),
        ("-A INPUT -j LOG --log-prefix drop", None),
        ("-A INPUT -p tcp", None),
    ],
)
def test_one_rule_of_iptables(rule: str, expected: str | None) -> None:
    assert drops(iptables(rule)) == expected


def test_the_policy_decides_when_no_rule_does() -> None:
    chains = iptables("-A INPUT -p tcp --dport 22 -j ACCEPT", policy="DROP")
    verdict = dropping(chains, HOOKS, WEB)
    assert verdict is not None
    assert verdict.rule.text == "policy DROP of INPUT"
    assert drops(iptables("-A INPUT -p tcp --dport 80 -j ACCEPT", policy="DROP")) is None


def test_what_a_firewall_of_connections_does_to_direct_routing() -> None:
    """HOWTO 2.4: a director sees half of each connection, so only the first packet passes."""
    rules = (
        "-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT",
        "-A INPUT -m state --state NEW -p tcp -m tcp --dport 80 -j ACCEPT",
    )
    chains = iptables(*rules, policy="DROP")
    assert drops(chains) is None
    assert drops(chains, INVALID) == "drop"
    assert drops(iptables("-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT", *rules, policy="DROP"), INVALID) is None


def test_a_rule_that_cannot_be_judged_is_not_taken_for_the_one_that_drops() -> None:
    """It may have accepted the packet before the policy drops it."""
    assert drops(iptables("-A INPUT -m set --match-set good src -j ACCEPT", policy="DROP")) is None
    assert drops(iptables("-A INPUT -j NFQUEUE --queue-num 1", policy="DROP")) is None


def test_chains_are_walked_and_returned_from() -> None:
    web = "-A INPUT -p tcp -m tcp --dport 80 -j WEB"
    assert drops(iptables(web, "-A WEB -s 10.0.0.0/8 -j DROP", chains="WEB")) == "drop"
    assert drops(iptables(web, "-A WEB -s 10.0.0.0/8 -j RETURN", "-A WEB -j DROP", chains="WEB")) is None
    assert drops(iptables(web, "-A WEB -j WEB", chains="WEB", policy="DROP")) is None, "a loop is no verdict"


def test_the_other_family_and_other_tables_do_not_count() -> None:
    lines = ["*filter", ":INPUT DROP [0:0]", "COMMIT"]
    assert drops(iptables_chains("ip6tables-save", lines)) is None
    assert drops(iptables_chains("ip6tables-save", lines), Packet("2001:db8::110", port=80)) == "drop"
    assert drops(iptables_chains("iptables-save", ["*nat", ":PREROUTING DROP [0:0]", "COMMIT"])) is None
    assert drops(iptables_chains("iptables-save", ["*raw", ":PREROUTING DROP [0:0]", "COMMIT"])) == "drop"


def test_the_command_that_takes_a_rule_away() -> None:
    verdict = dropping(iptables("[3:180] -A INPUT -p tcp -m tcp --dport 80 -j DROP"), HOOKS, WEB)
    assert verdict is not None
    assert verdict.rule.undo == "iptables-legacy -t filter -D INPUT -p tcp -m tcp --dport 80 -j DROP"


# --- nft ---


def nft(
    *expressions: list[dict[str, t.Any]],
    policy: str = "accept",
    family: str = "inet",
    sets: tuple[dict[str, t.Any], ...] = (),
) -> dict[str, Chain]:
    base = {"family": family, "table": "filter", "name": "input", "handle": 1, "type": "filter", "hook": "input"}
    entries: list[dict[str, t.Any]] = [{"metainfo": {"json_schema_version": 1}}]
    entries += [{"table": {"family": family, "name": "filter"}}, {"chain": {**base, "prio": 0, "policy": policy}}]
    entries += [{"chain": {"family": family, "table": "filter", "name": "web", "handle": 2}}, *sets]
    for handle, expression in enumerate(expressions, start=5):
        rule = {"family": family, "table": "filter", "chain": "input", "handle": handle, "expr": expression}
        entries.append({"rule": rule})
    return nft_chains(json.dumps({"nftables": entries}))


def match(left: dict[str, t.Any], right: t.Any, op: str = "==") -> dict[str, t.Any]:
    return {"match": {"op": op, "left": left, "right": right}}


DPORT = {"payload": {"protocol": "tcp", "field": "dport"}}
DADDR = {"payload": {"protocol": "ip", "field": "daddr"}}
STATE = {"ct": {"key": "state"}}
DROP: dict[str, t.Any] = {"drop": None}
COUNTER = {"counter": {"packets": 0, "bytes": 0}}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ([match(DPORT, 80), COUNTER, DROP], "drop"),
        ([match(DPORT, {"set": [22, 80]}), {"reject": {"type": "tcp reset"}}], "reject"),
        ([match(DPORT, {"range": [70, 90]}), DROP], "drop"),
        ([match(DADDR, {"prefix": {"addr": "192.168.1.0", "len": 24}}), DROP], "drop"),
        ([match({"meta": {"key": "iifname"}}, "lo", "!="), DROP], "drop"),
        ([match(STATE, ["new", "invalid"], "in"), DROP], "drop"),
        ([{"vmap": {"key": STATE, "data": {"set": [["established", {"accept": None}], ["new", DROP]]}}}], "drop"),
        ([match({"payload": {"protocol": "th", "field": "dport"}}, 80), DROP], "drop"),
        ([match(DPORT, 81), DROP], None),
        ([match({"payload": {"protocol": "udp", "field": "dport"}}, 80), DROP], None),
        ([match(STATE, "invalid", "in"), DROP], None),
        ([match(DADDR, "@blocked"), DROP], None),
        ([{"limit": {"rate": 5, "per": "second"}}, DROP], None),
        ([{"jump": {"target": "web"}}], None),
        ([{"xt": {"type": "match", "name": "tcp"}}, DROP], None),
    ],
)
def test_one_rule_of_nft(expression: list[dict[str, t.Any]], expected: str | None) -> None:
    assert drops(nft(expression)) == expected


def named(kind: str, name: str, *elements: t.Any, table: str = "filter") -> dict[str, t.Any]:
    return {kind: {"family": "inet", "table": table, "name": name, "handle": 9, "elem": list(elements)}}


WEB_ALONE = {"elem": {"val": "192.168.1.110", "expires": 3600}}
VMAP = {"vmap": {"key": DPORT, "data": "@services"}}


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ((named("set", "vips", "192.168.1.110"),), "drop"),  # keepalived's vrrp_strict
        ((named("set", "vips", WEB_ALONE),), "drop"),
        ((named("set", "vips", {"prefix": {"addr": "192.168.1.0", "len": 24}}),), "drop"),
        ((named("set", "vips", "192.168.1.111"),), None),
        ((named("set", "vips"),), None),
        ((named("set", "vips", {"range": ["192.168.1.1", "192.168.1.200"]}),), None),
        ((named("set", "vips", "192.168.1.110", table="another"),), None),
        ((named("set", "others", "192.168.1.110"),), None),
    ],
)
def test_a_rule_of_nft_by_a_named_set(sets: tuple[dict[str, t.Any], ...], expected: str | None) -> None:
    assert drops(nft([match(DADDR, "@vips"), DROP], sets=sets)) == expected


@pytest.mark.parametrize(
    ("expression", "sets", "expected"),
    [
        ([VMAP], (named("map", "services", [80, {"accept": None}]),), None),
        ([VMAP], (named("map", "services", [22, {"accept": None}]),), "drop"),
        ([VMAP], (), None),  # it may accept
        ([{"queue": {"num": 0}}], (), None),  # another program decides
        ([match({"meta": {"key": "nfproto"}}, "ipv4"), {"accept": None}], (), None),
        ([match({"meta": {"key": "nfproto"}}, "ipv6"), {"accept": None}], (), "drop"),
    ],
)
def test_what_may_accept_saves_from_a_policy_that_drops(
    expression: list[dict[str, t.Any]], sets: tuple[dict[str, t.Any], ...], expected: str | None
) -> None:
    assert drops(nft(expression, policy="drop", sets=sets)) == expected


def test_the_policy_and_the_families_of_nft() -> None:
    assert drops(nft(policy="drop")) == "drop"
    assert drops(nft(policy="drop", family="ip")) == "drop"
    assert drops(nft(policy="drop", family="ip6")) is None
    assert nft_chains("") == {}


def test_the_command_that_takes_an_nft_rule_away() -> None:
    verdict = dropping(nft([match(DPORT, 80), DROP]), HOOKS, WEB)
    assert verdict is not None
    assert verdict.rule.undo == "nft delete rule inet filter input handle 5"
