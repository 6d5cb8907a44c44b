#!/usr/bin/env python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example's farm with 500 services, web1 to web500: one VIP each, routed to the director's network."""

from __future__ import annotations

import ipaddress
import json
import sys

SERVICES = 500
FIRST = ipaddress.IPv4Address("10.9.0.1")


def service(number: int) -> dict[str, object]:
    """The service webNUMBER, counted from 1."""
    return {
        "name": f"web{number}",
        "vip": str(FIRST + number - 1),
        "port": 80,
        "scheduler": "rr",
        "forwarding": "dr",
        "realservers": "realservers",
    }


def inventory() -> dict[str, object]:
    """As Ansible wants it of a script."""
    hostvars = {
        "director": {"lvs_dip": "192.168.1.9"},
        "realserver1": {"lvs_rip": "192.168.1.11"},
        "realserver2": {"lvs_rip": "192.168.1.12"},
    }
    common = {
        "lvs_networks": ["192.168.1.0/24"],
        "director_vip_interface": "vec0",
        "lvs_server_gateway": "192.168.1.254",
        "lvs_services": [service(number) for number in range(1, SERVICES + 1)],
    }
    return {
        "_meta": {"hostvars": hostvars},
        "all": {"vars": common},
        "directors": {"hosts": ["director"]},
        "realservers": {"hosts": ["realserver1", "realserver2"]},
        "clients": {"hosts": ["client"]},
    }


if __name__ == "__main__":
    json.dump(inventory(), sys.stdout)
