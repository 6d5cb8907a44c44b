# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports by their names.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the names that an LVS usually serves are here, so that a plan is the same on every controller; a controller's own
list of services is asked only for a name that is not here, and only by the caller's `lookup`.
"""

from __future__ import annotations

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


def no_lookup(_name: str, _protocol: str) -> int | None:
    """The lookup of somebody who knows no further names."""
    return None
