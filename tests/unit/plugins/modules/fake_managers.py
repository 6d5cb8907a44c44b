# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts whose network is not systemd-networkd's alone: NetworkManager, netplan, ifupdown, RHEL's network-scripts.

Their tools have a memory, say what the real ones say (NetworkManager 1.42, ifupdown 0.8), and drop the
addresses and routes of others when the real ones do. Scripts of ours run in a real shell, with a stand-in for ip.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import (
    DUMMY_FLAGS,
    Machine,
    Refused,
)

_STAND_IN = (
    'stand_in_for_ip() { if [ "$1" = -batch ]; then cat; else echo "$*"; fi; }; systemctl() { echo "systemctl $*"; }\n'
)
# run-parts(8): other names are passed over.
_RUN_PARTS = re.compile(r"[A-Za-z0-9_-]+")


class Managed(Machine):
    """What these hosts have in common: an eth0 that is theirs."""

    def base(self) -> None:
        """Give eth0 back what its own configuration says, and nothing else."""
        self.interfaces["eth0"]["addresses"] = json.loads(self._base)["eth0"]["addresses"]
        self.ours = [route for route in self.ours if route[2] != "eth0"]

    def run_script(self, path: str, *arguments: str, **environment: str) -> None:
        """Let the script of ours do to this machine what it would do to a real one."""
        if not self.at(path).stat().st_mode & 0o100:
            raise Refused(126, f"{path}: Permission denied")
        text = self.at(path).read_text().replace("/usr/sbin/ip ", "stand_in_for_ip ").replace("/usr/sbin/grep", "grep")
        text = text.replace(" /proc/", f" {self.root}/proc/")
        done = subprocess.run(
            ["sh", "-c", _STAND_IN + text, path, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", **environment},
        )
        for line in done.stdout.splitlines():
            if line.split()[0] == "addr" or line.split()[0] == "route":
                self._ip(line.split())
            if line.startswith("systemctl try-restart ") and line.split()[-1] in self.active:
                self._start(line.split()[-1])
        if done.returncode:
            raise Refused(done.returncode, done.stderr)

    def scripts(self, folder: str) -> list[str]:
        return sorted(f"{folder}/{path.name}" for path in self.at(folder).glob("*"))

    def restart(self) -> None:
        """Restart the service that owns the network."""
        raise NotImplementedError

    def set_up_anew(self) -> None:
        """Take eth0 down and up again."""
        raise NotImplementedError

    def reboot(self) -> list[str]:
        failed = super().reboot()
        self.boot()
        return failed

    def boot(self) -> None:
        """What the manager does when the units of ours that come before it have run."""


class NetworkManagerHost(Managed):
    """`devices` is what nmcli shows: the state of each."""

    folder = "/etc/NetworkManager/dispatcher.d"

    def __post_init__(self) -> None:
        self.tools = (*self.tools, "nmcli")
        super().__post_init__()
        self.devices = {"lo": "connected (externally)", "eth0": "connected"}
        self.dispatcher = True

    def _dispatch(self, argv: list[str]) -> str:
        if argv == ["nmcli", "-t", "-f", "DEVICE,STATE", "device"]:
            return "".join(f"{name}:{self.state(name)}\n" for name in self.devices)
        if argv[:3] == ["ip", "link", "set"]:
            assert argv[4] == "up"
            self.interfaces[argv[3]]["flags"] = sorted({*self.interfaces[argv[3]]["flags"], "UP"})
            return ""
        if argv[0].startswith(self.folder):
            self.run_script(*argv)
            return ""
        return super()._dispatch(argv)

    def state(self, name: str) -> str:
        """What it says of a device, once it has read its files."""
        return "unmanaged" if name in self._left_alone else self.devices[name]

    @property
    def _left_alone(self) -> set[str]:
        files = self.at("/etc/NetworkManager/conf.d").glob("*.conf")
        return {name for file in files for name in re.findall(r"devices\+=interface-name:(\S+)", file.read_text())}

    def _systemctl(self, argv: list[str]) -> str:
        verb, unit = argv[0], argv[-1]
        if unit == "NetworkManager-dispatcher.service":
            if not self.dispatcher:
                raise Refused(1, "")
            return ""
        if unit == "NetworkManager.service":
            if verb == "try-reload-or-restart":
                for name in self._left_alone & set(self.interfaces):  # it takes down what it lets go of
                    self.interfaces[name]["flags"] = [flag for flag in self.interfaces[name]["flags"] if flag != "UP"]
            return ""
        return super()._systemctl(argv)

    def dispatch(self, interface: str, *events: str) -> None:
        for event in events:
            for path in self.scripts(self.folder):
                self.run_script(path, interface, event)

    def restart(self) -> None:
        """It leaves what is not its own alone where it has a connection, and clears a tunnel where it has none."""
        if "tunl0" in self.interfaces and "tunl0" not in self._left_alone:
            self.interfaces["tunl0"]["addresses"] = []
        for name in [name for name in self.devices if self.state(name) == "connected"]:
            self.dispatch(name, "up")

    boot = restart

    def connect_lo(self) -> None:
        """`nmcli device connect lo`."""
        self.interfaces["lo"]["addresses"] = json.loads(self._base)["lo"]["addresses"]
        self.dispatch("lo", "pre-up", "up")

    def set_up_anew(self) -> None:
        self.dispatch("eth0", "down")
        self.base()
        self.dispatch("eth0", "pre-up", "up", "connectivity-change")


class IfupdownHost(Managed):
    """`knows` says whether ifup has a stanza for eth0."""

    folder = "/etc/network/if-up.d"

    def __post_init__(self) -> None:
        self.tools = (*self.tools, "ifup", "env")
        super().__post_init__()
        self.knows = True
        self.boot()

    def _dispatch(self, argv: list[str]) -> str:
        if argv[:3] == ["ifup", "--no-act", "--force"]:
            if not self.knows:
                raise Refused(1, f"ifup: unknown interface {argv[3]}")
            return ""
        if argv[0] == "env":
            name, _equals, value = argv[1].partition("=")
            self.run_script(argv[2], **{name: value})
            return ""
        return super()._dispatch(argv)

    def _up(self, interface: str) -> None:
        for path in self.scripts(self.folder):
            if _RUN_PARTS.fullmatch(Path(path).name) and self.at(path).stat().st_mode & 0o100:
                self.run_script(path, IFACE=interface)

    def boot(self) -> None:
        self.put("/run/network/ifstate", "".join(f"{name}={name}\n" for name in self.interfaces if name != "tunl0"))
        for name in self.interfaces:
            self._up(name)

    def set_up_anew(self) -> None:
        self.base()
        self._up("eth0")

    restart = set_up_anew


class NetplanHost(Managed):
    """Its renderer is systemd-networkd."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.network_files = {"eth0": "/run/systemd/network/10-netplan-eth0.network"}

    def restart(self) -> None:
        self._networkd_reads()

    def set_up_anew(self) -> None:
        self.base()
        self.networkd_knows, self.networkd_routes = set(), set()
        self._networkd_reads()


class NetworkScriptsHost(Managed):
    """network.service runs ifup for each ifcfg file, and knows nothing of scripts of ours."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.running = True
        self.put("/etc/sysconfig/network-scripts/ifcfg-lan", 'TYPE=Ethernet\nDEVICE="eth0"\nONBOOT=yes\n')

    def _systemctl(self, argv: list[str]) -> str:
        if argv == ["is-active", "--quiet", "network.service"]:
            if not self.running:
                raise Refused(3, "")
            return ""
        return super()._systemctl(argv)

    def restart(self) -> None:
        """systemd restarts with a service what is part of it."""
        self.base()
        for unit in self._enabled():
            if "PartOf=network.service" in self.at(f"/etc/systemd/system/{unit}").read_text():
                self._start(unit)

    set_up_anew = restart


def add_tunnel(machine: Machine) -> None:
    machine.interfaces["tunl0"] = {"flags": [flag for flag in DUMMY_FLAGS if flag != "BROADCAST"], "addresses": []}
    machine.put("/sys/class/net/tunl0/type", "768\n")
    for name in ("arp_ignore", "arp_announce"):
        machine.set_sysctl("tunl0", name, 0)
