# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a host keeps silent about VIPs, and by which method: for who hides them, and for who puts one there.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from . import arptables
from .arp import ALL, ARPTABLES, RECORD, SETTINGS, Hiding, needs, parse_notes
from .decide import Record, Wanted, parse_record, record_file, unmet
from .sysctl import values

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from .._host.host import Host
    from .._host.links import Interface

PART = "arp_hide"


def hiding_method(host: Host) -> str:
    """The method by which VIPs are hidden on this host."""
    return _notes(host).method


def hidden_vips(host: Host) -> tuple[str, ...]:
    """The VIPs that arp_hide hides on this host."""
    return _notes(host).vips


def why_shown(host: Host, vips: Sequence[str], interfaces: Sequence[Interface]) -> list[str]:
    """What is missing for this host to keep silent about these VIPs on an interface that speaks no ARP."""
    method = _notes(host).method
    if method == ARPTABLES:
        have = arptables.parse_rules(host.run(arptables.listing(arptables_of(host))))
        missing = [rule for rule in arptables.wanted_rules(vips, interfaces) if rule not in have]
        return [f"there is no rule {' '.join((rule.chain, *rule.words))}" for rule in missing]
    require_settings(host)
    changes = unmet(Wanted(sysctls=needs(method, interfaces)), values(host, SETTINGS))
    return [f"{change.name} is {change.before}" for change in changes]


def arptables_of(host: Host) -> str:
    """The arptables whose rules this kernel takes.

    That of iptables-nft needs a family of nf_tables that a kernel may lack, and lists no rules all the same.
    """
    if "nf_tables" not in host.attempt((arptables.COMMAND, "-V")).stdout or _takes_rules_of_nf_tables(host):
        return arptables.COMMAND
    if host.which(arptables.LEGACY) and host.succeeds(("modprobe", "--dry-run", "--quiet", "arptable_filter")):
        return arptables.LEGACY
    cure = (
        "has no rules on this host: its arptables writes those of nf_tables, which this kernel does not have for ARP."
        f" Use method sysctl, or install {arptables.LEGACY} and a kernel with arptable_filter."
    )
    raise LvsError("method", ARPTABLES, cure)


def _takes_rules_of_nf_tables(host: Host) -> bool:
    """Asked in a network of its own, which ends with the question. Where none can be made, the first rule will tell."""
    alone = ("unshare", "-n")
    if host.which("unshare") is None or not host.succeeds((*alone, "true")):
        return True
    return host.succeeds((*alone, arptables.COMMAND, "-N", "lvs-check"))


def require_settings(host: Host) -> None:
    """Refuse a host whose kernel has no such settings."""
    path = f"/proc/sys/net/ipv4/conf/{ALL}/arp_ignore"
    if host.read(path) is None:
        raise LvsError(path, None, "is not there: this is no Linux with IPv4, or /proc is not mounted.")


def _notes(host: Host) -> Hiding:
    """What arp_hide has written down of the VIPs."""
    path = record_file(PART)
    return parse_notes((parse_record(host.read(path), path, RECORD).value or Record()).notes)
