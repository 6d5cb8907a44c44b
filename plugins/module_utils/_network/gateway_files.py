# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of ours that hold routes: what they say in the words of each kind of backend, and how they must change.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass

from .._host.links import PROTOCOL, Route
from .._host.unit import escape
from .backend import Backend, Wish, recorded

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

    from .._host.actions import Action
    from .._host.host import Host

_ROUTE = re.compile(r"(\S+) via (\S+) dev (\S+)(?: metric ([0-9]{1,10}))?")


@dataclass(frozen=True)
class Found:
    """A file of ours on the host, and the routes in it."""

    backend: Backend
    path: str
    routes: tuple[Route, ...]
    text: str


def find_files(host: Host, backends: Iterable[Backend], versions: Iterable[int]) -> list[Found]:
    """Every file of ours for these address families."""
    paths = [(backend, path) for backend in backends for version in versions for path in backend.paths(_part(version))]
    return [_read(host, backend, path) for backend, path in paths]


def _part(version: int) -> str:
    return f"gateway-ipv{version}"


def _read(host: Host, backend: Backend, path: str) -> Found:
    text = host.read(path) or ""
    routes = tuple(route for line in recorded(text, "Route") for route in _parse(line))
    return Found(backend, path, routes, text)


def _parse(line: str) -> list[Route]:
    """The route in a line of ours; none in one that is ours no more, whose file is then written anew."""
    match = _ROUTE.fullmatch(line)
    if match is None:
        return []
    dst, gateway, dev, metric = match.groups()
    try:
        return [Route(str(ipaddress.ip_network(dst)), gateway, dev, int(metric or 0), PROTOCOL)]
    except ValueError:
        return []


def wish(routes: Sequence[Route]) -> Wish:
    """What the file for these routes has to bring about; they are all of one interface."""
    dev = str(routes[0].dev)
    device = f"sys-subsystem-net-devices-{escape(dev)}.device"
    return Wish(
        part=_part(routes[0].network.version),
        module="default_gateway",
        title=f"LVS default gateway on {dev}",
        interface=dev,
        record=tuple(f"Route: {' '.join(route.words)}".replace(f" proto {PROTOCOL}", "") for route in routes),
        commands=tuple(("route", "replace", *route.words) for route in routes),
        sections=tuple(_section(route) for route in routes),
        order=(
            f"BindsTo={device}",
            f"After={device} network-online.target",
            "Wants=network-online.target",
        ),
    )


def _section(route: Route) -> str:
    metric = f"\nMetric={route.metric}" if route.metric else ""
    return f"[Route]\nDestination={route.dst}\nGateway={route.gateway}\nProtocol={PROTOCOL}{metric}"


def places(wanted: Iterable[Route], backends: dict[str, Backend]) -> dict[str, tuple[Backend, list[Route]]]:
    """Which file holds which of the routes, those to controllers first; ``backends`` has the one of each interface."""
    groups: dict[str, tuple[Backend, list[Route]]] = {}
    for route in sorted(wanted, key=lambda route: (-route.network.prefixlen, route.dst)):
        backend = backends[str(route.dev)]
        path = backend.path(_part(route.network.version), str(route.dev))
        groups.setdefault(path, (backend, []))[1].append(route)
    return groups


def file_actions(groups: dict[str, tuple[Backend, list[Route]]], files: Sequence[Found]) -> list[Action]:
    """What brings our files to these places."""
    known = {file.path: file for file in files}
    actions: list[Action] = []
    for path, (backend, routes) in sorted(groups.items()):
        text = backend.render(wish(routes))
        if path not in known or known[path].text != text or not backend.is_active(path):
            actions += backend.store(path, text)
    for file in files:
        kept = groups[file.path][1] if file.path in groups else []
        actions += [] if kept else file.backend.drop(file.path)
        actions += file.backend.forget() if set(file.routes) - set(kept) else []
    return actions
