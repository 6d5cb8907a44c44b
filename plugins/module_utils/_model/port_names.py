# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports by their names, as a host's /etc/services has them: the controller's for the plan, a director's for a module.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import socket
import typing as t
from collections.abc import Callable

# Turns the name of a port into its number, None when there is no such name: ("http", "tcp") -> 80.
PortLookup = Callable[[str, str], t.Optional[int]]

# The names that an LVS usually serves, so that a plan is the same on every controller, and a mistyped one is guessed.
WELL_KNOWN = {
    "dns": 53,
    "domain": 53,
    "ftp": 21,
    "http": 80,
    "https": 443,
    "imap": 143,
    "imap2": 143,
    "imaps": 993,
    "kerberos": 88,
    "ldap": 389,
    "ldaps": 636,
    "lpd": 515,
    "mysql": 3306,
    "netpipe": 5002,
    "nfs": 2049,
    "ntp": 123,
    "pop3": 110,
    "pop3s": 995,
    "postgresql": 5432,
    "printer": 515,
    "radius": 1812,
    "sip": 5060,
    "sips": 5061,
    "smtp": 25,
    "smtps": 465,
    "snmp": 161,
    "ssh": 22,
    "submission": 587,
    "submissions": 465,
    "syslog": 514,
    "telnet": 23,
    "tftp": 69,
    "www": 80,
}


def port_number(name: str, protocol: str) -> int | None:
    """The number of a named port, None when the host does not know the name."""
    try:
        return socket.getservbyname(name, protocol)
    except OSError:
        return None


def no_lookup(_name: str, _protocol: str) -> int | None:
    """The lookup of somebody who knows no names."""
    return None
