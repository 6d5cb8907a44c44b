# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a graph, written for Mermaid and for Graphviz: who stands on which network, and how packets go round.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same plan gives the same text.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from ...module_utils._model.address import endpoint, family_of
from ...module_utils._model.words import show_name
from .._rules.fold import naturally

Plan = Mapping[str, t.Any]

REQUEST, FORWARD, REPLY = "request", "forward", "reply"
_MOST_SERVICES = 4  # more of them on one arrow are counted
_MOST_VIPS = 12  # of more, those with the same realservers are one node
_MOST_REALSERVERS = 12  # of more, those that are served alike are one node


@dataclass(frozen=True)
class Node:
    """Something with a name and addresses. `kind` is client, router, vip, director or realserver."""

    kind: str
    lines: tuple[str, ...]
    network: str | None


@dataclass
class Graph:
    """Nodes by key, in the order in which they are drawn, and arrows between the keys with their words."""

    nodes: dict[str, Node] = field(default_factory=dict)
    arrows: dict[tuple[str, str, str, str], list[str]] = field(default_factory=dict)

    def arrow(self, start: str, end: str, kind: str, *words: str, method: str = "") -> None:
        """Draw an arrow, or add the words to the one that is there; each method of forwarding has its own."""
        said = self.arrows.setdefault((start, end, kind, method), [])
        said.extend(word for word in words if word not in said)

    def networks(self) -> dict[str | None, list[str]]:
        """The keys of the nodes by network; None for those of which the inventory names none."""
        found: dict[str | None, list[str]] = {}
        for key, node in self.nodes.items():
            found.setdefault(node.network, []).append(key)
        return found


def graph_of(plan: Plan, apart: Collection[str] = ()) -> Graph:
    """The picture that both languages say. Hosts that are `apart` have a node of their own, however many there are."""
    graph = Graph()
    directors = {host: slices["director"] for host, slices in plan["hosts"].items() if "director" in slices}
    if directors:
        _add_clients(graph, plan)
        _add_directors(graph, plan, directors)
        for host in sorted(plan["hosts"], key=naturally):
            if "realserver" in plan["hosts"][host]:
                _add_realserver(graph, plan, host, plan["hosts"][host]["realserver"], directors)
    realservers = [key for key, node in graph.nodes.items() if node.kind == "realserver"]
    return graph if len(realservers) <= _MOST_REALSERVERS else _summarised(graph, {f"host {host}" for host in apart})


def _summarised(graph: Graph, apart: Collection[str]) -> Graph:
    """The same with one node for all realservers on one network that have the same arrows."""
    arrows: dict[str, list[object]] = {}
    for (start, end, kind, method), words in graph.arrows.items():
        for key in dict.fromkeys((start, end)):
            arrows.setdefault(key, []).append((start == key or start, end == key or end, kind, method, tuple(words)))
    alike: dict[object, list[str]] = {}
    for key, node in graph.nodes.items():
        if node.kind == "realserver" and key not in apart:
            alike.setdefault((node.network, frozenset(arrows.get(key, ()))), []).append(key)
    for keys in alike.values():
        first, last = graph.nodes[keys[0]], graph.nodes[keys[-1]]
        if len(keys) > 1:
            ranges = (f"{one} … {other}" for one, other in zip(first.lines, last.lines, strict=False))
            graph.nodes[keys[0]] = Node(first.kind, (f"{len(keys):,} realservers", *ranges), first.network)
    gone = {key for keys in alike.values() for key in keys[1:]}
    nodes = {key: node for key, node in graph.nodes.items() if key not in gone}
    return Graph(nodes, {ends: words for ends, words in graph.arrows.items() if not gone.intersection(ends[:2])})


def _network(plan: Plan, member: str, name: str) -> str | None:
    """The smallest network that has this member."""
    holding = [one["network"] for one in plan["networks"] if name in one[member]]
    return max(holding, key=lambda network: int(network.rpartition("/")[2]), default=None)


def _lines(name: str, addresses: list[str]) -> tuple[str, ...]:
    return (show_name(name), *(address for address in addresses if address != name))


def _add_clients(graph: Graph, plan: Plan) -> None:
    for name, address in plan["clients"].items():
        lines = _lines(name, [address] if address else [])
        graph.nodes[f"client {name}"] = Node("client", lines, _network(plan, "hosts", name))
    if not plan["clients"]:
        graph.nodes["client"] = Node("client", ("clients", "anybody outside the LVS"), None)


def _clients(graph: Graph) -> list[str]:
    return [key for key, node in graph.nodes.items() if node.kind == "client"]


def _add_directors(graph: Graph, plan: Plan, directors: Mapping[str, t.Any]) -> None:
    for host, director in directors.items():
        both = "realserver" in plan["hosts"][host]
        more = [*(["serves as well (localnode)"] if both else []), *filter(None, [sharing(director, host)])]
        lines = (*_lines(host, director["dips"]), *more)
        # A director that is on its VIPs' network as well stands between the two.
        networks = {_network(plan, "hosts", host), *(_network(plan, "vips", vip) for vip in director["vips"])}
        graph.nodes[f"host {host}"] = Node("director", lines, networks.pop() if len(networks) == 1 else None)
        vips = _vip_nodes(plan, director)
        for service in director["services"]:
            for target in _add_targets(graph, vips, director, service):
                for client in _clients(graph):
                    graph.arrow(client, target, REQUEST, _service_word(service))
                graph.arrow(target, f"host {host}", REQUEST)


def sharing(director: Mapping[str, t.Any], host: str) -> str:
    """Who else may have the VIPs; empty when nobody may."""
    failover = director.get("failover") or {}
    others = [show_name(other) for other in failover.get("directors", ()) if other != host]
    by = f" by {failover['by']}" if failover.get("by") == "vrrp" else ""
    return f"shares the VIPs with {', '.join(others)}{by}" if others else ""


def _add_targets(
    graph: Graph, vips: Mapping[str, tuple[str, Node]], director: Mapping[str, t.Any], service: Mapping[str, t.Any]
) -> Iterator[str]:
    """The nodes to which clients send for this service: its VIP, or those to which packets get its fwmark."""
    asked = (service["fwmark"], service["family"])
    marked = [mark["vip"] for mark in director["marks"] if (mark["fwmark"], family_of(mark["vip"])) == asked]
    for vip in [service["vip"]] if service["vip"] else marked or [None]:
        key, node = vips[vip] if vip else (f"fwmark {service['fwmark']}", Node("vip", ("VIP", "any"), None))
        graph.nodes.setdefault(key, node)
        yield key


def _vip_nodes(plan: Plan, director: Mapping[str, t.Any]) -> dict[str, tuple[str, Node]]:
    """The node of each VIP, by key; of many, those on one network with services of the same pool share one."""
    served: dict[str, set[object]] = {vip: set() for vip in director["vips"]}
    for service in director["services"]:
        if service["vip"]:
            pool = tuple((one["rip"], one["forwarding"]) for one in service["realservers"])
            served.setdefault(service["vip"], set()).add(pool)
    served.update({mark["vip"]: set() for mark in director["marks"] if mark["vip"] and mark["vip"] not in served})
    many = len(served) > _MOST_VIPS
    groups: dict[object, list[str]] = {}
    for vip, pools in served.items():
        groups.setdefault((_network(plan, "vips", vip), frozenset(pools)) if many else vip, []).append(vip)
    return {vip: _vip_node(plan, vips) for vips in groups.values() for vip in vips}


def _vip_node(plan: Plan, vips: list[str]) -> tuple[str, Node]:
    lines = ("VIP", vips[0]) if len(vips) == 1 else (f"{len(vips):,} VIPs", f"{vips[0]} to {vips[-1]}")
    return f"vip {vips[0]}", Node("vip", lines, _network(plan, "vips", vips[0]))


def _service_word(service: Mapping[str, t.Any]) -> str:
    if service["vip"] is None:
        return f"fwmark {service['fwmark']}"
    return f"{service['protocol']} {service['port'] or 'every port'}"


def _add_realserver(
    graph: Graph, plan: Plan, host: str, slice_: Mapping[str, t.Any], directors: Mapping[str, t.Any]
) -> None:
    key = f"host {host}"
    if host not in directors:
        graph.nodes[key] = Node("realserver", _lines(host, slice_["rips"]), _network(plan, "hosts", host))
    for name, director in directors.items():
        for service, member in _forwarded(director, slice_["rips"]):
            graph.arrow(f"host {name}", key, FORWARD, _short(plan, service, member), method=member["forwarding"])
    for method in slice_["forwarding"] if host not in directors else ():
        _add_replies(graph, plan, key, slice_, directors, method)
    if host in directors:
        _to_clients(graph, key)


def _forwarded(director: Mapping[str, t.Any], rips: list[str]) -> Iterator[tuple[t.Any, t.Any]]:
    for service in director["services"]:
        for member in service["realservers"]:
            if member["rip"] in rips:
                yield service, member


def _short(plan: Plan, service: Mapping[str, t.Any], member: Mapping[str, t.Any]) -> str:
    """The service by its name, or else by its port; and the realserver's own port where it differs."""
    if service["vip"] is None:
        label = short = f"fwmark {service['fwmark']}"
        label += f" {service['family']}"
    else:
        label = f"{service['protocol']} {endpoint(service['vip'], service['port'])}"
        short = str(service["port"] or "every port")
    remapped = f" on {member['port']}" if member["port"] != service["port"] else ""
    return f"{plan['names'].get(label) or short}{remapped}"


def _add_replies(
    graph: Graph, plan: Plan, key: str, slice_: Mapping[str, t.Any], directors: Mapping[str, t.Any], method: str
) -> None:
    """With nat back through the director, by dr and tun past it."""
    if method == "nat":
        for host, director in directors.items():
            graph.arrow(key, f"host {host}", REPLY, method)
            _leave(graph, plan, f"host {host}", director["gateway"], method)
    else:
        served = [pair for director in directors.values() for pair in _forwarded(director, slice_["rips"])]
        for family in sorted({service["family"] for service, member in served if member["forwarding"] == method}):
            _leave(graph, plan, key, router_of(slice_, family), method)


def router_of(realserver: Mapping[str, t.Any], family: str) -> str | None:
    """Through whom replies of dr and tun leave; None when the inventory does not say."""
    if "nat" in realserver["forwarding"]:
        ways = [route["gateway"] for route in realserver["routes"]]
    else:
        ways = [gateway["address"] for gateway in realserver["gateways"]]
    return next((way for way in ways if family_of(way) == family), None)


def _leave(graph: Graph, plan: Plan, key: str, gateway: str | None, method: str) -> None:
    """From here to the clients, through the router when there is one between."""
    if gateway is None or gateway in plan["clients"].values():
        _to_clients(graph, key, method)
        return
    router = f"router {gateway}"
    graph.nodes.setdefault(router, Node("router", ("router", gateway), _network(plan, "gateways", gateway)))
    graph.arrow(key, router, REPLY, method)
    _to_clients(graph, router)


def _to_clients(graph: Graph, key: str, *words: str) -> None:
    for client in _clients(graph):
        graph.arrow(key, client, REPLY, *words)


def _label(kind: str, method: str, words: list[str]) -> str:
    """What stands on an arrow: a forwarding method, then what it carries."""
    if kind == FORWARD:
        return f"{method}: {_counted(words)}"
    if kind == REPLY:
        return f"replies ({', '.join(words)})" if words else "replies"
    return _counted(words)


def _counted(words: list[str]) -> str:
    more = len(words) - _MOST_SERVICES
    return ", ".join(words) if more <= 0 else f"{', '.join(words[:_MOST_SERVICES])} and {more} more"


_NO_PICTURE = "No director, no picture: the plan was refused or names none."
_MERMAID_NODES = {
    "client": '(["{}"])',
    "router": '[["{}"]]',  # not Mermaid's hexagon, whose braces Ansible may take for a template
    "vip": '[/"{}"/]',
    "director": '["{}"]',
    "realserver": '[("{}")]',
}
_MERMAID_ARROWS = {REQUEST: "-->", FORWARD: "==>", REPLY: "-.->"}


def mermaid_picture(plan: Plan) -> str:
    """For GitHub and whoever else draws Mermaid: thin arrows to the VIP, thick ones forward, dotted ones reply."""
    graph = graph_of(plan)
    if not graph.nodes:
        return f"%% {_NO_PICTURE}\n"
    return "\n".join(["flowchart LR", *_mermaid(graph)]) + "\n"


def _mermaid(graph: Graph) -> Iterator[str]:
    ids = {key: f"n{number}" for number, key in enumerate(graph.nodes)}
    for number, (network, keys) in enumerate(graph.networks().items()):
        indent = "  " if network is None else "    "
        if network is not None:
            yield f'  subgraph net{number}["network {network}"]'
        for key in keys:
            node = graph.nodes[key]
            text = "<br/>".join(map(_mermaid_text, node.lines))
            yield f"{indent}{ids[key]}{_MERMAID_NODES[node.kind].format(text)}"
        if network is not None:
            yield "  end"
    for (start, end, kind, method), words in graph.arrows.items():
        label = _mermaid_text(_label(kind, method, words))
        yield f"  {ids[start]} {_MERMAID_ARROWS[kind]}" + (f'|"{label}"|' if label else "") + f" {ids[end]}"


def _mermaid_text(text: str) -> str:
    """Mermaid knows entities, and takes a few characters for its own."""
    special = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;", "\\": "#92;"}
    return "".join(special.get(letter, letter) for letter in text)


_DOT_NODES = {
    "client": "shape=ellipse",
    "router": "shape=hexagon",
    "vip": 'shape=box style="rounded,filled" fillcolor="#fff2cc"',
    "director": 'shape=box style=filled fillcolor="#dae8fc"',
    "realserver": 'shape=box style="filled" fillcolor="#d5e8d4"',
}
# Replies go against the stream and must not turn the picture round.
_DOT_ARROWS = {
    REQUEST: 'color="#333333"',
    FORWARD: 'color="#1f5fbf" penwidth=2',
    REPLY: 'color="#b05a00" style=dashed constraint=false',
}
_LEGEND = "thin: what clients send    thick: what the director forwards    broken: replies"
_MARKED = "red frame: at fault    grey: not seen"


def dot_picture(plan: Plan, sick: Collection[str] = (), unseen: Collection[str] = ()) -> str:
    """For Graphviz: `dot -Tsvg`. Hosts that are `sick` have a red frame, those that are `unseen` a grey dashed one."""
    graph = graph_of(plan, {*sick, *unseen})
    if not graph.nodes:
        return f"// {_NO_PICTURE}\n"
    return "\n".join(["digraph lvs {", *(f"  {line}" for line in _dot(graph, sick, unseen)), "}"]) + "\n"


def _dot(graph: Graph, sick: Collection[str], unseen: Collection[str]) -> Iterator[str]:
    legend = f"{_LEGEND}\\n{_MARKED}" if sick or unseen else _LEGEND
    # White also on a dark page, for the arrows are dark.
    yield 'graph [rankdir=LR fontname="Helvetica" nodesep=0.4 ranksep=1.1 bgcolor=white]'
    yield f'graph [label="{legend}" labelloc=b fontsize=11]'
    yield 'node [fontname="Helvetica" fontsize=12]'
    ids = {key: f"n{number}" for number, key in enumerate(graph.nodes)}
    # What is named last is drawn on top.
    for number, (network, keys) in reversed([*enumerate(graph.networks().items())]):
        marks = {key: _dot_mark(key.partition(" ")[2], sick, unseen) for key in keys}
        nodes = [_dot_node(ids[key], graph, key, marks[key]) for key in reversed(keys)]
        if network is None:
            yield from nodes
            continue
        yield f"subgraph cluster_{number} {{"
        yield f'  label="network {network}" labelloc=b labeljust=l style="rounded" color="#888888"'
        yield from (f"  {line}" for line in nodes)
        yield "}"
    for start, end, kind, _method in graph.arrows:
        yield f"{ids[start]} -> {ids[end]} [{_DOT_ARROWS[kind]}]"


def _dot_mark(host: str, sick: Collection[str], unseen: Collection[str]) -> str:
    if host in sick:
        return ' color="#c62828" penwidth=3'
    return ' style="filled,dashed" fillcolor=white color="#888888" penwidth=2' if host in unseen else ""


def _dot_node(name: str, graph: Graph, key: str, mark: str) -> str:
    """With what its arrows carry, for labels between many arrows lie on each other."""
    node = graph.nodes[key]
    said = [
        _label(kind, method, words)
        for (_start, end, kind, method), words in graph.arrows.items()
        if end == key and words and kind != REPLY
    ]
    text = "\\n".join(_dot_text(line) for line in (*node.lines, *dict.fromkeys(said)))
    return f'{name} [label="{text}" {_DOT_NODES[node.kind]}{mark}]'


def _dot_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
