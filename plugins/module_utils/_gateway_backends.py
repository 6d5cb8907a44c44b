# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Routes of default_gateway at boot, by what sets up the interface: one file of ours to an interface and family.

Private: this file may change in any release; do not import it from outside the collection.

A backend only spells: which file holds the routes of an interface, what is in it and what makes it count. Its file is
the record of what is ours. To add one, write the class and name it in _CLASSES, before the unit, which takes any.
"""

from __future__ import annotations

import ipaddress
import re
import typing as t
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._actions import Action, Remove, Run, Write
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._gateway import PROTOCOL, Route
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._unit import (
    DIRECTORY,
    WANTED_BY,
    UnitFiles,
    escape,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._vip_networkd import parse_owners

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._runner import Host

AUTO = "auto"

_HEADER = """\
# Written by linuxvirtualserver.lvs.default_gateway; the next run puts back what is changed here.
# To undo it, run the same task with state: absent."""
_ROUTE = re.compile(r"^# Route: (\S+) via (\S+) dev (\S+)(?: metric (\d+))?$", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """A file of ours on the host, and the routes in it."""

    backend: Backend
    path: str
    routes: tuple[Route, ...]
    text: str


class Backend(t.Protocol):
    """One way in which a host sets up its network."""

    name: str

    def owns(self, dev: str) -> bool:
        """Whether this is what sets up the interface on this host."""

    def path(self, dev: str, version: int) -> str:
        """The file of ours that holds the interface's routes; LvsError when it can hold none."""

    def paths(self) -> list[str]:
        """The files of ours that are there."""

    def render(self, routes: Sequence[Route]) -> str:
        """The file for these routes, all of one interface; those to controllers come first."""

    def is_active(self, path: str) -> bool:
        """Whether the file, being there, counts at boot as far as one can tell."""

    def store(self, path: str, text: str) -> list[Action]:
        """Put the file there and see to it that it counts at boot. The routes are live already."""

    def drop(self, path: str) -> list[Action]:
        """Remove the file. The routes are gone already."""

    def forget(self) -> list[Action]:
        """Make what runs now forget routes that its file no longer has, so that it does not put them back."""


class NetworkdBackend:
    """A drop-in for the .network file that systemd-networkd uses for the interface.

    As with VIPs, a running networkd is not told of routes that are added, since a reload takes the interface's own
    network away for a moment; it must be told of those that are gone, or it puts them back.
    """

    name = "networkd"
    _directory = "/etc/systemd/network"

    def __init__(self, host: Host) -> None:
        self._host = host

    @cached_property
    def _owners(self) -> dict[str, str]:
        if self._host.which("networkctl") is None:
            return {}
        return parse_owners(self._host.run(("networkctl", "--no-pager", "--full", "status", "--all")))

    def owns(self, dev: str) -> bool:
        return dev in self._owners

    def path(self, dev: str, version: int) -> str:
        owners = self._owners
        if dev not in owners:
            raise LvsError(
                "backend",
                self.name,
                f"cannot keep a route on {dev}: systemd-networkd is not running or has no .network file for it. "
                "Use backend auto or unit.",
            )
        shared = sorted(name for name, file in owners.items() if file == owners[dev] and name != dev)
        if shared:
            raise LvsError(
                "interface",
                dev,
                f"shares {owners[dev]} with {', '.join(shared)}, which would get the routes too. Write a .network file "
                f"for {dev} alone, with a name that sorts before it.",
            )
        return f"{self._directory}/{PurePosixPath(owners[dev]).name}.d/90-lvs-gateway-ipv{version}.conf"

    def paths(self) -> list[str]:
        return self._host.glob(self._directory, "*.network.d/90-lvs-gateway-ipv[46].conf")

    def render(self, routes: Sequence[Route]) -> str:
        sections = [_section(route) for route in routes]
        return "\n\n".join([_header(routes), *sections]) + "\n"

    def is_active(self, path: str) -> bool:
        """A drop-in needs no switch: it counts when it is there."""
        return self._host.at(path).is_file()

    def store(self, path: str, text: str) -> list[Action]:
        return [Write(path, text)]

    def drop(self, path: str) -> list[Action]:
        return [Remove(path, and_directory=True)]

    def forget(self) -> list[Action]:
        return [Run(("systemctl", "try-reload-or-restart", "systemd-networkd.service"))]


class UnitBackend(UnitFiles):
    """One lvs-gateway-INTERFACE-ipvN.service, for interfaces whose manager we do not know."""

    name = "unit"

    def owns(self, dev: str) -> bool:
        """Any that nobody before it owns."""
        return bool(dev)

    def path(self, dev: str, version: int) -> str:
        return f"{DIRECTORY}/lvs-gateway-{escape(dev)}-ipv{version}.service"

    def paths(self) -> list[str]:
        return self._host.glob(DIRECTORY, "lvs-gateway-*-ipv[46].service")

    def render(self, routes: Sequence[Route]) -> str:
        ip = self._host.which("ip") or "ip"
        # The first that fails ends it: no gateway of ours without the way to the controller.
        starts = [f"ExecStart={ip} route replace {' '.join(route.words)}" for route in routes]
        return _UNIT.format(
            header=_header(routes),
            dev=routes[0].dev,
            device=escape(str(routes[0].dev)),
            commands="\n".join(starts),
            wanted_by=WANTED_BY,
        )

    def forget(self) -> list[Action]:
        """A unit that ran remembers no route."""
        return []


_CLASSES = (NetworkdBackend, UnitBackend)
NAMES = (AUTO, *(backend.name for backend in _CLASSES))


def all_backends(host: Host) -> list[Backend]:
    """Every backend, in the order in which they are asked."""
    return [backend(host) for backend in _CLASSES]


def choose(name: str, dev: str, backends: Sequence[Backend]) -> Backend:
    """The backend of that name, or the first that owns the interface."""
    return next(backend for backend in backends if (backend.owns(dev) if name == AUTO else backend.name == name))


def find_files(host: Host, backends: Iterable[Backend]) -> list[Found]:
    """Every file of ours."""
    return [
        Found(backend, path, tuple(_parse(host.read(path) or "")), host.read(path) or "")
        for backend in backends
        for path in backend.paths()
    ]


def file_version(path: str) -> int:
    """The family that a file of ours is for."""
    return 6 if "-ipv6." in path else 4


def _parse(text: str) -> list[Route]:
    return [
        Route(str(ipaddress.ip_network(dst)), gateway, dev, int(metric or 0), PROTOCOL)
        for dst, gateway, dev, metric in _ROUTE.findall(text)
    ]


def _header(routes: Sequence[Route]) -> str:
    marks = [f"# Route: {' '.join(route.words).replace(f' proto {PROTOCOL}', '')}" for route in routes]
    return "\n".join([_HEADER, *marks])


def _section(route: Route) -> str:
    metric = f"\nMetric={route.metric}" if route.metric else ""
    return f"[Route]\nDestination={route.dst}\nGateway={route.gateway}\nProtocol={PROTOCOL}{metric}"


def file_actions(wanted: Sequence[Route], backends: dict[str, Backend], files: Sequence[Found]) -> list[Action]:
    """What brings our files of one family to these routes. ``backends`` names the one of each interface."""
    groups: dict[str, tuple[Backend, list[Route]]] = {}
    for route in sorted(wanted, key=lambda route: (-route.network.prefixlen, route.dst)):
        backend = backends[str(route.dev)]
        path = backend.path(str(route.dev), route.network.version)
        groups.setdefault(path, (backend, []))[1].append(route)
    known = {file.path: file for file in files}
    actions: list[Action] = []
    for path, (backend, routes) in sorted(groups.items()):
        text = backend.render(routes)
        if path not in known or known[path].text != text or not backend.is_active(path):
            actions += backend.store(path, text)
    for file in files:
        kept = groups[file.path][1] if file.path in groups else []
        actions += [] if kept else file.backend.drop(file.path)
        actions += file.backend.forget() if set(file.routes) - set(kept) else []
    return actions


_UNIT = """\
{header}
[Unit]
Description=LVS default gateway on {dev}
BindsTo=sys-subsystem-net-devices-{device}.device
After=sys-subsystem-net-devices-{device}.device network-online.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
{commands}

[Install]
WantedBy={wanted_by}
"""
