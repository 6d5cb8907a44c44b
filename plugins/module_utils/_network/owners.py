# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What sets up each network interface of a Linux host: the one place that answers it.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import typing as t
from functools import cached_property
from pathlib import PurePosixPath

from .._host import init
from .._model.lines import lines_in

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host

NETWORK_SCRIPTS = "/etc/sysconfig/network-scripts"
# Of Debian's ifupdown; of ifupdown-ng and BusyBox.
IFSTATES = ("/run/network/ifstate", "/run/ifstate")
_STARTED = "/run/openrc/started"
DISPATCHER = "NetworkManager-dispatcher.service"

_STATUS = re.compile(r"^\S+ \d+: (?P<link>\S+)|^ *Network File: (?P<file>/.*\S)", re.MULTILINE)
_NMCLI = re.compile(r"^((?:[^:\\]|\\.)+):(.*)$", re.MULTILINE)
# What NetworkManager did not set up itself it calls "connected (externally)".
_SET_UP = re.compile(r"(?:connected|connecting|deactivating)(?! \(externally\)).*")
# The hardware types ARPHRD_TUNNEL, _TUNNEL6, _SIT, _IPGRE and _IP6GRE of the kernel.
_TUNNELS = {"768", "769", "776", "778", "823"}
_DEVICE = re.compile(r"^\s*DEVICE=[\"']?([^\"'\s]+)", re.MULTILINE)


class Owners:
    """Asks the host's network managers, each once and not before someone wants to know."""

    def __init__(self, host: Host) -> None:
        self._host = host

    @cached_property
    def networkd(self) -> dict[str, str]:
        """The .network file of each interface that systemd-networkd sets up."""
        if not init.is_systemd(self._host) or self._host.which("networkctl") is None:
            return {}
        return parse_networkctl(self._host.run(("networkctl", "--no-pager", "--full", "status", "--all")))

    @cached_property
    def networkmanager(self) -> frozenset[str]:
        """The interfaces with a connection of NetworkManager's own."""
        if not self._networkmanager_runs:
            return frozenset()
        states = parse_nmcli(self._host.run(("nmcli", "-t", "-f", "DEVICE,STATE", "device")))
        return frozenset(name for name, state in states.items() if _SET_UP.fullmatch(state))

    def is_stray_tunnel(self, interface: str) -> bool:
        """Whether it is a tunnel that NetworkManager has no connection for.

        NetworkManager takes the addresses of such a tunnel away whenever it starts, measured with 1.42. What it calls
        the state of one that was just made changes by the second, so it is not asked.
        """
        if not self._networkmanager_runs or interface in self.networkmanager:
            return False
        return (self._host.read(f"/sys/class/net/{interface}/type") or "").strip() in _TUNNELS

    @cached_property
    def runs_scripts(self) -> bool:
        """Whether NetworkManager is at work, and runs the scripts of others when it has set up an interface."""
        return self._networkmanager_runs and self._host.succeeds(("systemctl", "is-enabled", "--quiet", DISPATCHER))

    @cached_property
    def _networkmanager_runs(self) -> bool:
        return self._host.which("nmcli") is not None and self._runs("NetworkManager.service")

    @cached_property
    def ifupdown(self) -> frozenset[str]:
        """The interfaces that ifup brought up."""
        lines = [line for path in IFSTATES for line in lines_in(self._host.read(path) or "")]
        return frozenset(line.partition("=")[0] for line in lines)

    @cached_property
    def ifup_is_busybox(self) -> bool:
        """Whether ifup knows no long options."""
        found = self._host.which("ifup")
        return found is not None and self._host.at(found).resolve().name == "busybox"

    def services(self, interface: str) -> tuple[str, ...]:
        """The services of OpenRC that set it up, and take away what others put there when they are restarted."""
        names = [f"net.{interface}", "network", *(["networking"] if interface == "lo" else [])]
        return tuple(name for name in names if self._host.at(f"{_STARTED}/{name}").is_symlink())

    @cached_property
    def network_scripts(self) -> frozenset[str]:
        """The interfaces that have an ifcfg file, where network.service is what reads it."""
        paths = self._host.glob(NETWORK_SCRIPTS, "ifcfg-*")
        if not paths or not self._runs("network.service"):
            return frozenset()
        return frozenset(parse_ifcfg(path, self._host.read(path) or "") for path in paths)

    def _runs(self, unit: str) -> bool:
        """Only systemd can be asked so."""
        return init.is_systemd(self._host) and self._host.succeeds(("systemctl", "is-active", "--quiet", unit))


def parse_networkctl(text: str) -> dict[str, str]:
    """Which .network file each interface has, from `networkctl status --all`."""
    owners: dict[str, str] = {}
    link = ""
    for match in _STATUS.finditer(text):
        link = match["link"] or link
        if match["file"]:
            owners[link] = match["file"]
    return owners


def parse_nmcli(text: str) -> dict[str, str]:
    """The state of each interface, from `nmcli -t -f DEVICE,STATE device`."""
    return {re.sub(r"\\(.)", r"\1", name): state for name, state in _NMCLI.findall(text)}


def parse_ifcfg(path: str, text: str) -> str:
    """The interface an ifcfg file is for: what it says, or what it is called."""
    found = _DEVICE.search(text)
    return found[1] if found else PurePosixPath(path).name.partition("-")[2]
