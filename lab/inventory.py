# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Ansible inventory and the SSH configuration of a farm. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.farm import ROLES, Farm, Host

# Debian's interpreter by name: no discovery round trip, no warning.
PYTHON = "/usr/bin/python3"
SSH_PORT = 22


def inventory(farm: Farm, folder: Path) -> dict[str, Any]:
    """How Ansible reaches the hosts; what they are in the LVS stands in an inventory of its own."""
    hosts = {name: reached(host, folder) for host in farm.hosts for name in host.called}
    groups: dict[str, Any] = {}
    for host in farm.hosts:
        groups.setdefault(ROLES[host.role], {"hosts": {}})["hosts"].update({name: {} for name in host.called})
    return {"all": {"vars": connection(folder), "hosts": hosts, "children": groups}}


def connection(folder: Path) -> dict[str, Any]:
    """What holds for all hosts."""
    return {
        "ansible_user": "root",
        "ansible_ssh_common_args": f"-F {folder}/ssh_config",
        "ansible_control_path_dir": f"{folder}/cp",
        "ansible_python_interpreter": PYTHON,
    }


def reached(host: Host, folder: Path) -> dict[str, Any]:
    """What holds for one host. One that another inventory names, too, has all of it, and what would keep Ansible out.

    So nothing counts that the other says of groups, nor in its files of the host itself: those go before any inventory,
    but of names that mean the same the ssh connection takes the last, which begins with ansible_ssh.
    """
    if not host.inventory_names:
        return {"ansible_host": host.address}
    return {
        **connection(folder),
        "ansible_host": host.address,
        "ansible_ssh_host": host.address,
        "ansible_connection": "ssh",
        "ansible_ssh_user": "root",
        **dict.fromkeys(("ansible_port", "ansible_ssh_port"), SSH_PORT),
        **dict.fromkeys(("ansible_private_key_file", "ansible_ssh_private_key_file"), ""),
        # ssh would want sshpass for one.
        **dict.fromkeys(("ansible_password", "ansible_ssh_pass", "ansible_ssh_password"), ""),
        "ansible_ssh_args": "-o ControlMaster=auto -o ControlPersist=60s",
        "ansible_ssh_extra_args": "",
        "ansible_ssh_executable": "ssh",
        "ansible_become_method": "sudo",
        "ansible_become_user": "root",
        "ansible_shell_type": "sh",
        "ansible_shell_executable": "/bin/sh",
    }


# What an inventory's files of one host may say all the same: the connection takes another name for it.
OUTDONE = frozenset({"ansible_host", "ansible_user", "ansible_port", "ansible_private_key_file", "ansible_password"})


def overruled(farm: Farm, folder: Path, hostvars: Mapping[str, Mapping[str, object]]) -> dict[str, list[str]]:
    """By host, the variables that Ansible, with both inventories, takes from the other one."""
    wanted = {name: reached(host, folder) for host in farm.hosts for name in host.inventory_names}
    found = {
        name: [key for key, value in variables.items() if key not in OUTDONE and hostvars[name].get(key) != value]
        for name, variables in wanted.items()
    }
    return {name: keys for name, keys in found.items() if keys}


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
