# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin `linuxvirtualserver.lvs.lvs_conf`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: lvs_conf
author: linuxvirtualserver.lvs contributors (@linuxvirtualserver)
short_description: Takes a file of the HOWTO's configure script as an inventory
version_added: 1.0.0
description:
  - Reads the files of the configure script of the LVS mini-HOWTO (C(LVSCONF_FORMAT=1.1)), so that
    C(ansible-playbook linuxvirtualserver.lvs.site -i lvs_dr.conf) sets up the LVS that the file describes.
  - A file is recognised by its content. Its name does not matter.
  - The director becomes the host C(director) in the group C(directors). Realservers keep the names that the file gives
    them. Those that have only an address become C(realserver1), C(realserver2) and so on, in the order of the file.
    They are in the group C(realservers).
  - The services become C(lvs_services), the DIP with its netmask C(lvs_dip), the RIPs C(lvs_rip), C(DIRECTOR_GW)
    C(lvs_director_gateway) and C(SERVER_GW) C(lvs_server_gateway). C(docs/old-files.md) of the
    collection says what becomes of each directive.
  - A faulty file is refused with all its faults at once, each with its line and the cure.
options:
  hosts_file:
    description:
      - A file in the form of C(/etc/hosts) that gives the addresses of the names in the file, such as a copy of
        C(/etc/hosts) of the director. Names that are not in it are asked of the controller.
    type: path
    env:
      - name: LVS_CONF_HOSTS_FILE
    ini:
      - section: lvs_conf
        key: hosts_file
notes:
  - The plugin must be enabled, before the plugins that would take the file for something else. In C(ansible.cfg)
    write C(enable_plugins = linuxvirtualserver.lvs.lvs_conf, host_list, script, auto, yaml, ini, toml) in the section
    C([inventory]), or set E(ANSIBLE_INVENTORY_ENABLED).
  - Set C(any_unparsed_is_failed = true) in the same section, or else Ansible goes on without the hosts of a file that
    was refused.
seealso:
  - plugin: linuxvirtualserver.lvs.from_config
    plugin_type: filter
"""

EXAMPLES = r"""
# lvs_dr.conf, from section 5.1 of the LVS mini-HOWTO. Use it with: ansible-playbook site.yml -i lvs_dr.conf
# LVSCONF_FORMAT=1.1
# LVS_TYPE=VS_DR
# INITIAL_STATE=on
# CLEAR_IPVS_TABLES=yes
# VIP=eth0:110 192.168.1.110 255.255.255.255 192.168.1.110
# DIP=eth0:9 192.168.1.9 192.168.1.0 255.255.255.0 192.168.1.255
# SERVICE=t telnet rr 192.168.1.11 192.168.1.12
# SERVER_VIP_DEVICE=lo:110
# SERVER_NET_DEVICE=eth0
# SERVER_GW=192.168.1.254
"""

import typing as t
from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.display import Display

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import port_number
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import lvs_conf
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.file import OldFile
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.names import address_of, hosts_in
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import inert_value
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import describe
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.rule import ERROR

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.inventory.data import InventoryData
    from ansible.parsing.dataloader import DataLoader

# Whether a file is ours is asked of every inventory there is, so no more of it is read than that needs.
_HEAD_LENGTH = 64 * 1024


def _text(path: str, length: int = -1) -> str:
    """The text of a file; bytes that are no UTF-8 are kept visible rather than refused."""
    with Path(path).open("rb") as file:
        return file.read(length).decode("utf-8", "replace")


class InventoryModule(BaseInventoryPlugin):
    """What Ansible looks for."""

    NAME = "linuxvirtualserver.lvs.lvs_conf"

    def verify_file(self, path: str) -> bool:
        """Is it a file that says LVSCONF_FORMAT=?"""
        return Path(path).is_file() and lvs_conf.looks_like(_text(path, _HEAD_LENGTH))

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Put the hosts, groups and variables of the file into the inventory."""
        super().parse(inventory, loader, path, cache)
        BaseInventoryPlugin.set_options(self)
        source = OldFile(_text(path), path, port_number, self._lookup())
        conf = lvs_conf.read(source)
        findings = source.findings.sorted()
        if conf is None:
            errors = [describe(finding) for finding in findings if finding["severity"] == ERROR]
            raise AnsibleParserError("this LVS configuration is refused.\n\n" + "\n\n".join(errors))
        for finding in findings:
            Display().warning(describe(finding), formatted=True)
        _fill(inventory, lvs_conf.inventory(conf)["all"])

    def _lookup(self) -> t.Callable[[str], str | None]:
        """Names are looked up in the user's file first."""
        path: str | None = BaseInventoryPlugin.get_option(self, "hosts_file")
        if path is None:
            return address_of
        try:
            known = hosts_in(_text(path))
        except OSError as error:
            raise AnsibleParserError(str(LvsError("hosts_file", path, f"cannot be read: {error.strerror}"))) from error
        return lambda name: known.get(name) or address_of(name)


def _fill(inventory: InventoryData, whole: dict[str, t.Any]) -> None:
    """The variables of all, then each group with its hosts and theirs."""
    for name, value in whole["vars"].items():
        inventory.set_variable("all", name, inert_value(value))
    for group, members in whole["children"].items():
        inventory.add_group(group)
        for host, variables in members["hosts"].items():
            inventory.add_host(host, group)
            for name, value in variables.items():
                inventory.set_variable(host, name, inert_value(value))
