# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory and the SSH configuration of a farm. Pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab.farm import ROLES, Farm

# Debian's interpreter by name: no discovery round trip, no warning.
PYTHON = "/usr/bin/python3"


def inventory(farm: Farm, folder: Path) -> dict[str, Any]:
    """How Ansible reaches the hosts; what they are in the LVS stands in an inventory of its own."""
    hosts = {host.name: {"ansible_host": host.address} for host in farm.hosts}
    groups: dict[str, Any] = {}
    for host in farm.hosts:
        groups.setdefault(ROLES[host.role], {"hosts": {}})["hosts"][host.name] = {}
    connection = {
        "ansible_user": "root",
        "ansible_ssh_common_args": f"-F {folder}/ssh_config",
        "ansible_control_path_dir": f"{folder}/cp",
        "ansible_python_interpreter": PYTHON,
    }
    return {"all": {"vars": connection, "hosts": hosts, "children": groups}}


def script_inventory(farm: Farm, folder: Path) -> dict[str, Any]:
    """The same in the form that Ansible wants from an inventory script."""
    everything = inventory(farm, folder)["all"]
    groups = {name: {"hosts": list(group["hosts"])} for name, group in everything["children"].items()}
    return {"_meta": {"hostvars": everything["hosts"]}, "all": {"vars": everything["vars"]}, **groups}


def ssh_config(farm: Farm, folder: Path, key: Path) -> str:
    """One file for ssh, Ansible and testinfra."""
    common = [
        "Host *",
        "  User root",
        f"  IdentityFile {key}",
        "  IdentitiesOnly yes",
        f"  UserKnownHostsFile {folder}/known_hosts",
        "  StrictHostKeyChecking yes",
        f"  ProxyCommand {folder}/proxy %h %p",
        # One connection for all that is asked of a host: a login costs a guest five times what a command does.
        "  ControlMaster auto",
        f"  ControlPath {folder}/cp/%n",
        "  ControlPersist 60",
        "  ConnectTimeout 10",
        # A guest that is cut off ends its sessions within half a minute instead of never.
        "  ServerAliveInterval 5",
        "  ServerAliveCountMax 6",
        "  LogLevel ERROR",
    ]
    hosts = [f"Host {host.name}\n  HostName {host.address}" for host in farm.hosts]
    return "\n".join(hosts + common) + "\n"
