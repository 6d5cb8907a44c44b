# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The output of iptables-save and of `nft -j list ruleset` as chains of rules.

Private: this file may change in any release; do not import it from outside the collection.
Pure: text in, chains out. What cannot be such an output at all is a ValueError; a condition that is not understood is
one of which nobody knows whether it holds.
"""

from __future__ import annotations

import json
import shlex
import typing as t
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ...module_utils._model.numbers import as_integer
from ...module_utils._model.shapes import (
    fields,
    json_in,
    keyed,
    listed,
    number,
    raw,
)
from ...module_utils._model.shapes import text as plain_text
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
_OF_TARGETS = ("--reject-with", "--log-prefix", "--log-level", "--set-mss")


def iptables_chains(command: str, lines: Iterable[str]) -> dict[str, Chain]:
    """What `iptables-save -c` printed; `command` tells the family."""
    family = "ipv6" if command.startswith("ip6") else "ipv4"
    chains: dict[str, Chain] = {}
    table = ""
    for line in lines:
        if line.startswith("*"):
            table = line[1:].strip()
        elif table in _TABLES and line.startswith(":"):
            name, policy, *_counters = line[1:].split()
            hook = name.lower() if name.lower() in _HOOKS else ""
            chains[f"{command} {table} {name}"] = Chain(name, family, hook, policy.lower().replace("-", "accept"))
        elif table in _TABLES and line.startswith(("[", "-A")):
            _add_rule(chains, command, table, line)
    return chains


def _add_rule(chains: dict[str, Chain], command: str, table: str, line: str) -> None:
    text = line.partition("] ")[2] if line.startswith("[") else line
    _append, name, *words = shlex.split(text)
    tool = command.partition("-save")[0]
    conditions, target, mark = _read(words)
    undo = shlex.join([tool, "-t", table, "-D", name, *words])
    jump = "" if target in _TARGETS or not target else f"{command} {table} {target}"
    verdict = _TARGETS.get(target, firewall.NEXT if not target else "jump")
    rule = Rule(tuple(conditions), verdict, line, undo, jump, mark)
    _chain(chains, f"{command} {table} {name}").rules.append(rule)


def _chain(chains: Mapping[str, Chain], key: str) -> Chain:
    """A chain that was announced before its rules."""
    chain = chains.get(key)
    if chain is None:
        raise ValueError(key)
    return chain


def _read(words: Sequence[str]) -> tuple[list[Condition], str, int | None]:
    """The conditions and the target in the words of a rule, and the mark that it sets."""
    conditions: list[Condition] = []
    target = ""
    mark = None
    for option, value, turned in _options(words):
        if option in _JUMPS:
            target = value
        elif option == "--notrack":
            target = "NOTRACK"
        elif option == "--set-xmark" or option == "--restore-mark":
            mark = _mark(value.partition("/")[0])
        elif option not in _SILENT_OPTIONS and option not in _OF_TARGETS:
            condition = _condition(option, value)
            conditions.append(firewall.negated(condition) if turned else condition)
    return conditions, target, mark


def _mark(text: str) -> int:
    """A mark as iptables-save prints it."""
    try:
        return int(text, 16)
    except ValueError:
        return firewall.ANY_MARK


def _options(words: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """Each option with its value and whether a `!` turns it round. Some have two values, some have none."""
    place = 0
    while place < len(words):
        turned = words[place] == "!"
        option = place + turned
        if option == len(words):
            raise ValueError(words[place])
        end = option + 2 if words[option] == "--comment" else option + 1
        while end < len(words) and not words[end].startswith(("-", "!")):
            end += 1
        yield words[option], " ".join(words[option + 1 : end]), turned
        place = end


def _condition(option: str, value: str) -> Condition:
    if option in ("-s", "-d"):
        return _on_network("source" if option == "-s" else "destination", [value])
    if option == "-p":
        return firewall.among("protocol", [value, *(["icmp"] if value == "ipv6-icmp" else [])])
    if option in ("-i", "-o"):
        return firewall.on_interface("interface" if option == "-i" else "out_interface", [value])
    if option in ("--dport", "--dports"):
        ranges = [_range(one.partition(":")[0], one.partition(":")[2]) for one in value.split(",")]
        known = [one for one in ranges if one is not None]
        return firewall.port_within(known) if len(known) == len(ranges) else firewall.unknown
    if option in ("--ctstate", "--state"):
        return firewall.among("state", value.lower().split(","))
    if option == "--icmp-type":
        return firewall.among("icmp_type", [value.partition("/")[0]])
    return firewall.unknown


def _range(low: str, high: str) -> tuple[int, int] | None:
    ends = [as_integer(low), as_integer(high or low)]
    return None if ends[0] is None or ends[1] is None else (ends[0], ends[1])


def _on_network(field_name: str, networks: Iterable[str]) -> Condition:
    """The kernel takes masks with holes, too, which nobody here can judge."""
    try:
        return firewall.on_network(field_name, networks)
    except ValueError:
        return firewall.unknown


_NFT_NAME = {"family": plain_text, "table": plain_text}
_NFT_LISTING = fields({"nftables": listed(keyed(raw))})
_NFT_CHAIN = fields({**_NFT_NAME, "name": plain_text}, dict.fromkeys(("hook", "type", "policy"), plain_text))
_NFT_SET = fields({**_NFT_NAME, "name": plain_text}, {"elem": listed(raw)})
_NFT_RULE = fields({**_NFT_NAME, "chain": plain_text, "handle": number(), "expr": listed(keyed(raw))})
_NFT_VMAP = fields({"key": raw, "data": raw})
_NFT_JUMP = fields({"target": plain_text})


def nft_chains(text: str) -> dict[str, Chain]:
    """What `nft -j list ruleset` printed. Rules that iptables-nft made are in the output of iptables-nft-save."""
    entries = _NFT_LISTING(json_in(text, "nft"), "nft")["nftables"] if text.strip() else []
    chains: dict[str, Chain] = {}
    sets = _nft_sets(entries)
    for entry in entries:
        if "chain" in entry:
            chain = _NFT_CHAIN(entry["chain"], "chain")
            chains[_chain_key(chain, chain["name"])] = Chain(
                f"{chain['family']} {chain['table']} {chain['name']}",
                {"ip": "ipv4", "ip6": "ipv6"}.get(chain["family"], chain["family"]),
                chain.get("hook", "") if chain.get("type") == "filter" else "",
                chain.get("policy", firewall.ACCEPT),
            )
        elif "rule" in entry:
            rule = _NFT_RULE(entry["rule"], "rule")
            named = sets.get((rule["family"], rule["table"]), {})
            _chain(chains, _chain_key(rule, rule["chain"])).rules += _nft_rules(rule, named)
    return chains


def _nft_sets(entries: Iterable[Mapping[str, t.Any]]) -> dict[tuple[str, str], dict[str, object]]:
    """What is in the sets and maps of each table, by the name that rules have for them."""
    sets: dict[tuple[str, str], dict[str, object]] = {}
    for entry in entries:
        for kind in ("set", "map"):
            if kind in entry:
                one = _NFT_SET(entry[kind], kind)
                elements = [_nft_element(each) for each in one.get("elem", [])]
                sets.setdefault((one["family"], one["table"]), {})[f"@{one['name']}"] = {"set": elements}
    return sets


def _nft_element(value: object) -> object:
    """An element without its counter, comment or end."""
    inner = value.get("elem") if isinstance(value, dict) else None
    return inner["val"] if isinstance(inner, dict) and "val" in inner else value


class ArpDrop(t.NamedTuple):
    """A rule that keeps ARP messages back. `about` says whether it is by the address that is asked for or by whose."""

    about: str  # "daddr ip", what is asked for; "saddr ip", in whose name
    networks: tuple[str, ...]
    interfaces: tuple[str, ...]  # on which it does so; without any on all


def arp_drops(text: str) -> list[ArpDrop]:
    """The rules of `nft -j list ruleset` in tables of family arp that drop by an address."""
    entries = _NFT_LISTING(json_in(text, "nft"), "nft")["nftables"] if text.strip() else []
    sets = _nft_sets(entries)
    rules = [_NFT_RULE(entry["rule"], "rule") for entry in entries if "rule" in entry]
    return [
        drop
        for rule in rules
        if rule["family"] == "arp" and any("drop" in part for part in rule["expr"])
        for drop in _arp_drops(rule["expr"], sets.get(("arp", rule["table"]), {}))
    ]


def _arp_drops(expressions: Iterable[Mapping[str, t.Any]], sets: Mapping[str, object]) -> Iterator[ArpDrop]:
    found: dict[str, list[object]] = {}
    for left, right, operator in _nft_matches(expressions):
        known = sets.get(right, right) if isinstance(right, str) else right
        values = known["set"] if isinstance(known, dict) and "set" in known else known
        if operator == "==":
            about = next(iter(left.values()), None)
            name = (about.get("field") or about.get("key")) if isinstance(about, dict) else ""
            found[str(name)] = values if isinstance(values, list) else [values]
    interfaces = [str(name) for key in ("iif", "iifname", "oif", "oifname") for name in found.get(key, ())]
    for about in ("daddr ip", "saddr ip"):
        networks = [_network(one) for one in found.get(about, ()) if _is_network(one)]
        if networks:
            yield ArpDrop(about, tuple(networks), tuple(interfaces))


def _chain_key(entry: Mapping[str, t.Any], name: str) -> str:
    return f"nft {entry['family']} {entry['table']} {name}"


def _nft_rules(rule: Mapping[str, t.Any], sets: Mapping[str, object]) -> Iterator[Rule]:
    """One rule, or one for each branch of a verdict map. What a map that is not known decides may go either way."""
    names = [str(rule[part]) for part in ("family", "table", "chain")]
    undo = shlex.join(["nft", "delete", "rule", *names, "handle", str(rule["handle"])])
    place = f"{' '.join(names)} handle {rule['handle']}"
    text = f"nft {place}: {json.dumps(rule['expr'])}"
    conditions: list[Condition] = []
    for part in rule["expr"]:
        (kind, body), *_none = part.items()
        if kind == "mangle":
            yield Rule(tuple(conditions), firewall.NEXT, text, undo, mark=_nft_mark(body))
        if kind == "match":
            conditions.append(_nft_match(body, sets))
        elif kind == "queue" or (kind == "vmap" and _nft_branches(body, sets) is None):
            yield Rule((*conditions, firewall.unknown), firewall.ACCEPT, text, undo)
        elif kind == "vmap":
            for value, verdict in _nft_branches(body, sets) or []:
                ((verb, where),) = verdict.items()
                target, jump = _nft_target(rule, verb, where)
                yield Rule((*conditions, _nft_condition(body["key"], value, "==")), target, text, undo, jump)
        elif kind in ("accept", "drop", "reject", "return", "jump", "goto", firewall.NOTRACK):
            target, jump = _nft_target(rule, kind, body)
            yield Rule(tuple(conditions), target, text, undo, jump)
        elif kind not in ("counter", "log", "mangle"):
            conditions.append(firewall.unknown)


def _nft_mark(body: object) -> int | None:
    """The mark that a statement sets on the packet itself, not on its connection."""
    about = body if isinstance(body, dict) else {}
    if about.get("key") != {"meta": {"key": "mark"}}:
        return None
    value = about.get("value")
    return value if isinstance(value, int) else firewall.ANY_MARK


def _nft_branches(body: object, sets: Mapping[str, object]) -> list[tuple[object, dict[str, object]]] | None:
    """The values of a verdict map, each with what becomes of the packet; None where the map is not known."""
    data = _NFT_VMAP(body, "vmap")["data"]
    data = sets.get(data) if isinstance(data, str) else data
    if not isinstance(data, dict):
        return None
    pairs = listed(listed(raw))(data.get("set", []), "vmap.data.set")
    return [(value, keyed(raw)(verdict, "vmap.data.set")) for value, verdict in pairs]


def _nft_target(rule: Mapping[str, t.Any], kind: str, body: object) -> tuple[str, str]:
    if kind in ("jump", "goto"):
        return "jump", _chain_key(rule, _NFT_JUMP(body, kind)["target"])
    return kind, ""


def _nft_matches(expressions: Iterable[Mapping[str, t.Any]]) -> Iterator[tuple[Mapping[str, object], object, object]]:
    """What a rule compares with what, and how."""
    for body in (part["match"] for part in expressions if "match" in part):
        if isinstance(body, dict) and {"left", "right", "op"} <= body.keys() and isinstance(body["left"], dict):
            yield body["left"], body["right"], body["op"]


def _nft_match(body: object, sets: Mapping[str, object]) -> Condition:
    if not isinstance(body, dict) or not {"left", "right", "op"} <= body.keys():
        return firewall.unknown
    right = body["right"]
    return _nft_condition(body["left"], sets.get(right, right) if isinstance(right, str) else right, body["op"])


def _nft_condition(left: object, right: object, operator: object) -> Condition:
    if not isinstance(left, dict) or not left:
        return firewall.unknown
    condition = _nft_field(left, right["set"] if isinstance(right, dict) and "set" in right else right)
    return firewall.negated(condition) if operator == "!=" else condition


def _nft_field(left: Mapping[str, object], right: object) -> Condition:
    values = right if isinstance(right, list) else [right]
    (kind, body), *_none = left.items()
    about = body if isinstance(body, dict) else {}
    name = about.get("field") or about.get("key")
    if kind == "payload" and name == "dport":
        return _nft_port(str(about.get("protocol")), values)
    if kind == "payload" and name in ("daddr", "saddr") and all(map(_is_network, values)):
        field_name = "destination" if name == "daddr" else "source"
        return _on_network(field_name, map(_network, values))
    if not all(isinstance(value, (str, int)) for value in values):
        return firewall.unknown
    if kind == "payload" and (name, about.get("protocol")) == ("type", "icmp"):
        return firewall.among("icmp_type", ["3" if value == "destination-unreachable" else value for value in values])
    if kind == "ct" and name == "state":
        return firewall.among("state", values)
    if kind == "meta" and name == "nfproto":
        return firewall.among("family", values)
    if kind == "meta" and name == "l4proto":
        return firewall.among("protocol", values)
    if kind == "meta" and name in ("iif", "iifname", "oif", "oifname"):
        return firewall.on_interface("interface" if name.startswith("i") else "out_interface", map(str, values))
    return firewall.unknown


def _nft_port(protocol: str, values: Sequence[object]) -> Condition:
    """A port says which protocol it is of, unless it is that of any (`th`)."""
    ranges = [_nft_range(value) for value in values]
    known = [one for one in ranges if one is not None]
    if len(known) < len(ranges):
        return firewall.unknown
    port = firewall.port_within(known)
    of_protocol = firewall.among("protocol", [protocol])
    return port if protocol == "th" else (lambda packet: bool(of_protocol(packet)) and port(packet))


def _nft_range(value: object) -> tuple[int, int] | None:
    ends = value.get("range") if isinstance(value, dict) else [value, value]
    if not isinstance(ends, list) or len(ends) != 2 or not all(isinstance(end, int) for end in ends):
        return None
    return ends[0], ends[1]


def _is_network(value: object) -> bool:
    """An address or a prefix, not the name of a set."""
    prefix = value.get("prefix") if isinstance(value, dict) else None
    return (isinstance(value, str) and value[:1] != "@") or (isinstance(prefix, dict) and {"addr", "len"} <= {*prefix})


def _network(value: t.Any) -> str:
    return value if isinstance(value, str) else f"{value['prefix']['addr']}/{value['prefix']['len']}"
