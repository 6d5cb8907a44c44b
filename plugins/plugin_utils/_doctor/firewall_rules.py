# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The output of iptables-save and of `nft -j list ruleset` as chains of rules.

Private: this file may change in any release; do not import it from outside the collection.
Pure: text in, chains out.
"""

from __future__ import annotations

import json
import shlex
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from . import firewall
from .firewall import Chain, Condition, Rule

_HOOKS = ("prerouting", "input", "forward", "output", "postrouting")
_TABLES = ("raw", "mangle", "filter")  # nat decides about the first packet of a connection alone, and never drops
_TARGETS = {
    "ACCEPT": firewall.ACCEPT,
    "DROP": firewall.DROP,
    "REJECT": firewall.REJECT,
    "RETURN": firewall.RETURN,
    "NOTRACK": firewall.NOTRACK,
    **dict.fromkeys(("LOG", "NFLOG", "MARK", "CONNMARK", "TCPMSS", "CT", "TRACE", "DSCP"), firewall.NEXT),
}
_SILENT_OPTIONS = ("-m", "--match", "--comment")
_JUMPS = ("-j", "-g", "--jump", "--goto")
# Options of targets, which say nothing about the packet.
_OF_TARGETS = ("--reject-with", "--log-prefix", "--log-level", "--set-xmark", "--set-mss")


def iptables_chains(command: str, lines: Iterable[str]) -> dict[str, Chain]:
    """What `iptables-save -c` printed; `command` tells the family."""
    family = "ipv6" if command.startswith("ip6") else "ipv4"
    chains: dict[str, Chain] = {}
    table = ""
    for line in lines:
        if line.startswith("*"):
            table = line[1:].strip()
        elif table in _TABLES and line.startswith(":"):
            name, policy = line[1:].split()[:2]
            hook = name.lower() if name.lower() in _HOOKS else ""
            chains[f"{command} {table} {name}"] = Chain(name, family, hook, policy.lower().replace("-", "accept"))
        elif table in _TABLES and line.startswith(("[", "-A")):
            _add_rule(chains, command, table, line)
    return chains


def _add_rule(chains: dict[str, Chain], command: str, table: str, line: str) -> None:
    text = line.partition("] ")[2] if line.startswith("[") else line
    words = shlex.split(text)
    tool = command.partition("-save")[0]
    conditions, target = _read(words[2:])
    undo = f"{tool} -t {table} -D {text.partition(' ')[2]}"
    jump = "" if target in _TARGETS or not target else f"{command} {table} {target}"
    rule = Rule(tuple(conditions), _TARGETS.get(target, firewall.NEXT if not target else "jump"), line, undo, jump)
    chains[f"{command} {table} {words[1]}"].rules.append(rule)


def _read(words: Sequence[str]) -> tuple[list[Condition], str]:
    """The conditions and the target in the words of a rule."""
    conditions: list[Condition] = []
    target = ""
    for option, value, turned in _options(words):
        if option in _JUMPS:
            target = value
        elif option == "--notrack":
            target = "NOTRACK"
        elif option not in _SILENT_OPTIONS and option not in _OF_TARGETS:
            condition = _condition(option, value)
            conditions.append(firewall.negated(condition) if turned else condition)
    return conditions, target


def _options(words: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Each option with its value and whether a `!` turns it round. Some have two values, some have none."""
    place = 0
    while place < len(words):
        turned = words[place] == "!"
        option = place + turned
        end = option + 2 if words[option] == "--comment" else option + 1
        while end < len(words) and not words[end].startswith(("-", "!")):
            end += 1
        yield words[option], " ".join(words[option + 1 : end]), turned
        place = end


def _condition(option: str, value: str) -> Condition:
    if option in ("-s", "-d"):
        return firewall.on_network("source" if option == "-s" else "destination", [value])
    if option == "-p":
        return firewall.among("protocol", [value, *(["icmp"] if value == "ipv6-icmp" else [])])
    if option in ("-i", "-o"):
        return firewall.on_interface(value)
    if option in ("--dport", "--dports"):
        return firewall.port_within(_ranges(value.split(",")))
    if option in ("--ctstate", "--state"):
        return firewall.among("state", value.lower().split(","))
    if option == "--icmp-type":
        return firewall.among("icmp_type", [value.partition("/")[0]])
    return firewall.unknown


def _ranges(texts: Iterable[str]) -> Iterator[tuple[int, int]]:
    for text in texts:
        low, _colon, high = text.partition(":")
        yield int(low), int(high or low)


def nft_chains(text: str) -> dict[str, Chain]:
    """What `nft -j list ruleset` printed. Rules that iptables-nft made are in the output of iptables-nft-save."""
    entries = json.loads(text)["nftables"] if text.strip() else []
    chains: dict[str, Chain] = {}
    for entry in entries:
        if "chain" in entry:
            chain = entry["chain"]
            chains[_chain_key(chain, chain["name"])] = Chain(
                f"{chain['family']} {chain['table']} {chain['name']}",
                {"ip": "ipv4", "ip6": "ipv6"}.get(chain["family"], chain["family"]),
                chain.get("hook", "") if chain.get("type") == "filter" else "",
                chain.get("policy", firewall.ACCEPT),
            )
        elif "rule" in entry:
            rule = entry["rule"]
            chains[_chain_key(rule, rule["chain"])].rules += _nft_rules(rule)
    return chains


def _chain_key(entry: Mapping[str, t.Any], name: str) -> str:
    return f"nft {entry['family']} {entry['table']} {name}"


def _nft_rules(rule: Mapping[str, t.Any]) -> Iterator[Rule]:
    """One rule, or one for each branch of a verdict map."""
    place = f"{rule['family']} {rule['table']} {rule['chain']} handle {rule['handle']}"
    text, undo = f"nft {place}: {json.dumps(rule['expr'])}", f"nft delete rule {place}"
    conditions: list[Condition] = []
    for part in rule["expr"]:
        (kind, body), *_none = part.items()
        if kind == "match":
            conditions.append(_nft_condition(body["left"], body["right"], body["op"]))
        elif kind == "vmap":
            for value, verdict in body["data"].get("set", []) if isinstance(body["data"], dict) else []:
                ((verb, where),) = verdict.items()
                target, jump = _nft_target(rule, verb, where)
                yield Rule((*conditions, _nft_condition(body["key"], value, "==")), target, text, undo, jump)
        elif kind in ("accept", "drop", "reject", "return", "jump", "goto", firewall.NOTRACK):
            target, jump = _nft_target(rule, kind, body)
            yield Rule(tuple(conditions), target, text, undo, jump)
        elif kind not in ("counter", "log", "mangle"):
            conditions.append(firewall.unknown)


def _nft_target(rule: Mapping[str, t.Any], kind: str, body: t.Any) -> tuple[str, str]:
    return ("jump", _chain_key(rule, body["target"])) if kind in ("jump", "goto") else (kind, "")


def _nft_condition(left: Mapping[str, t.Any], right: t.Any, operator: str) -> Condition:
    condition = _nft_field(left, right["set"] if isinstance(right, dict) and "set" in right else right)
    return firewall.negated(condition) if operator == "!=" else condition


def _nft_field(left: Mapping[str, t.Any], right: t.Any) -> Condition:
    values = right if isinstance(right, list) else [right]
    (kind, body), *_none = left.items()
    name = body.get("field") or body.get("key") if isinstance(body, dict) else None
    if kind == "payload" and name == "dport":
        return _nft_port(str(body["protocol"]), values)
    if kind == "payload" and name in ("daddr", "saddr") and all(map(_is_network, values)):
        field_name = "destination" if name == "daddr" else "source"
        return firewall.on_network(field_name, map(_network, values))
    if kind == "payload" and (name, body.get("protocol")) == ("type", "icmp"):
        return firewall.among("icmp_type", ["3" if value == "destination-unreachable" else value for value in values])
    if kind == "ct" and name == "state":
        return firewall.among("state", values)
    if kind == "meta" and name == "l4proto":
        return firewall.among("protocol", values)
    if kind == "meta" and name == "iifname" and len(values) == 1:
        return firewall.on_interface(str(values[0]))
    return firewall.unknown


def _nft_port(protocol: str, values: Sequence[t.Any]) -> Condition:
    """A port says which protocol it is of, unless it is that of any (`th`)."""
    ranges = [tuple(value["range"]) if isinstance(value, dict) else (value, value) for value in values]
    if not all(isinstance(number, int) for pair in ranges for number in pair):
        return firewall.unknown
    port = firewall.port_within((int(low), int(high)) for low, high in ranges)
    of_protocol = firewall.among("protocol", [protocol])
    return port if protocol == "th" else (lambda packet: bool(of_protocol(packet)) and port(packet))


def _is_network(value: object) -> bool:
    """An address or a prefix, not the name of a set."""
    return (isinstance(value, str) and value[:1] != "@") or (isinstance(value, dict) and "prefix" in value)


def _network(value: t.Any) -> str:
    return value if isinstance(value, str) else f"{value['prefix']['addr']}/{value['prefix']['len']}"
