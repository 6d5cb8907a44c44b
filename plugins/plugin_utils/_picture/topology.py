# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a picture: clients, VIPs, directors, realservers and the way the replies take.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same plan gives the same picture.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator, Mapping

from ...module_utils._model.address import endpoint
from ...module_utils._model.words import show_name
from .._rules.fold import FEW, names
from .graph import (
    dot_picture,
    mermaid_picture,
    router_of,
    sharing,
)

Plan = Mapping[str, t.Any]
# Services that differ in nothing but the way they are reached share one branch of the picture.
_Pool = tuple[tuple[t.Any, ...], ...]
_MOST_ROWS = 20  # of one pool; of more, a few stand for all


def ascii_picture(plan: Plan) -> str:
    """One tree a director, in plain ASCII, wide as a terminal."""
    directors = {host: role["director"] for host, role in plan["hosts"].items() if "director" in role}
    if not directors:
        return "No director, no picture: the plan was refused or names none.\n"
    trees = ["\n".join(_tree(plan, host, director)) for host, director in directors.items()]
    networks = "\n".join(_columns([_network_row(network) for network in plan["networks"]]))
    return "\n\n".join([*trees, *([networks] if networks else [])]) + "\n"


PICTURES: dict[str, Callable[[Plan], str]] = {"ascii": ascii_picture, "mermaid": mermaid_picture, "dot": dot_picture}


def _network_row(network: Mapping[str, t.Any]) -> list[str]:
    vips = [f"VIP {vip}" for vip in network["vips"]]
    members = [names(listed) for listed in ([*map(show_name, network["hosts"])], vips) if listed]
    return ["network", network["network"], ", ".join(members)]


def _tree(plan: Plan, host: str, director: Mapping[str, t.Any]) -> Iterator[str]:
    clients = [_with_address(name, [address] if address else []) for name, address in plan["clients"].items()]
    yield f"client    {', '.join(clients) or 'anybody outside the LVS'}"
    yield "  |"
    none = "by fwmark" if director["services"] else "of no service"
    yield f"  |       CIP -> VIP {names(director['vips']) or none}"
    yield "  v"
    yield "  ".join(filter(None, ["director", _with_address(host, director["dips"]), sharing(director, host)]))
    for pool, services in _pools(director["services"]).items():
        yield "  |"
        yield from (f"  |  {line}" for line in _rows([_service_row(plan, one) for one in services], "services"))
        yield "  |"
        yield from (f"  +--{line}" for line in _rows([_realserver_row(plan, host, one) for one in pool], "realservers"))


def _with_address(name: str, addresses: list[str]) -> str:
    return f"{name} ({', '.join(addresses)})" if addresses and addresses != [name] else show_name(name)


def _pools(services: list[Mapping[str, t.Any]]) -> dict[_Pool, list[Mapping[str, t.Any]]]:
    """The services by their realservers; a realserver's port counts only where it is not the service's.

    Replies to IPv4 and to IPv6 leave through routers of their own, so the family tells pools apart as well.
    """
    pools: dict[_Pool, list[Mapping[str, t.Any]]] = {}
    for service in services:
        pool = tuple(
            (
                one["rip"],
                0 if one["port"] == service["port"] else one["port"],
                one["forwarding"],
                one["weight"],
                service["family"],
            )
            for one in service["realservers"]
        )
        pools.setdefault(pool, []).append(service)
    return pools


def _service_row(plan: Plan, service: Mapping[str, t.Any]) -> list[str]:
    if service["vip"] is None:
        label = f"fwmark {service['fwmark']} {service['family']}"
    else:
        label = f"{service['protocol']} {endpoint(service['vip'], service['port'])}"
    return [plan["names"].get(label) or "-", label, service["scheduler"]]


def _realserver_row(plan: Plan, director: str, member: tuple[t.Any, ...]) -> list[str]:
    rip, port, forwarding, weight, family = member
    name, gateway = _who(plan, rip, family)
    address = endpoint(rip, port) if port else rip
    way = director if forwarding == "nat" else (gateway or "its own router")
    replies = "--> client" if name == director else f"--> {way} --> client"
    return [f"{forwarding}-->", name, address, f"weight {weight}", replies]


def _who(plan: Plan, rip: str, family: str) -> tuple[str, str | None]:
    """The realserver with this address, and the router through which it answers by dr and tun."""
    for host, role in plan["hosts"].items():
        if rip in role.get("realserver", {}).get("rips", ()):
            return host, router_of(role["realserver"], family)
    return rip, None


def _rows(rows: list[list[str]], noun: str) -> list[str]:
    """Columns, of many rows the first, and how many more there are."""
    listed = rows if len(rows) <= _MOST_ROWS else rows[:FEW]
    more = [f"and {len(rows) - len(listed):,} more {noun}"] if len(rows) > len(listed) else []
    return [*_columns(listed), *more]


def _columns(rows: list[list[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
