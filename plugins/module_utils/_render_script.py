# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan makes of one host as a commented shell script, like the HOWTO's rc.lvs: for reading, never run by us.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same plan gives the same script.
"""

from __future__ import annotations

import re
import shlex
import typing as t
from collections.abc import Iterator, Mapping

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._plan_findings import show_name

Role = Mapping[str, t.Any]

_HEAD = """\
#!/bin/sh
# rc.lvs of {host}
#
# What linuxvirtualserver.lvs makes of this host, as the commands that say the same. It is for reading: the collection
# itself runs none of them, keeps it all across a reboot, and changes only what differs.
# Realservers come first and the director last, so that nobody is sent to a host that is not ready.
set -eu
"""
# With these, a realserver neither answers nor announces ARP for the VIPs (HOWTO 3.9); the rule is max(all, device).
_ARP_HIDE = {"net.ipv4.conf.all.arp_announce": "2", "net.ipv4.conf.all.arp_ignore": "1"}


def render(plan: Mapping[str, t.Any], host: str) -> str:
    """The script of one host of the plan."""
    roles = plan["hosts"][host]
    lines: list[str] = []
    if "realserver" in roles:
        lines += _realserver(roles["realserver"])
    if "director" in roles:
        lines += _director(roles["director"])
    return _HEAD.format(host=show_name(host)) + "\n".join(lines) + "\n"


def _realserver(role: Role) -> Iterator[str]:
    yield from _heading(f"Realserver, forwarding {', '.join(role['forwarding'])}")
    if role["arp_hide"]:
        yield "# Only the director may answer ARP for the VIPs; hidden before they are there (HOWTO 3.7)."
        yield from _sysctls(_ARP_HIDE)
    for vip in role["vips"]:
        yield "# Packets come with the VIP as their destination, so this host must own it, as a /32 (HOWTO 3.10)."
        yield _command("ip", "address", "replace", _with_prefix(vip), "dev", "lo")
    if "tun" in role["forwarding"]:
        yield "# Packets come wrapped in packets to the RIP; unwrapped, they seem to come from the wrong side."
        yield _command("modprobe", "ipip")
        yield _command("ip", "link", "set", "tunl0", "up")
        yield from _sysctls({"net.ipv4.conf.tunl0.rp_filter": "0"})
    if role["gateway"]:
        why = (
            "the director, which must see the replies"
            if role["forwarding"] == ["nat"]
            else "a router, not the director"
        )
        yield f"# Replies leave through {why} (HOWTO 3.11). Look, and set the gateway where your system keeps it."
        yield f"# {_command('ip', 'route', 'replace', 'default', 'via', role['gateway'])}"
    for check in role["checks"]:
        yield f"# The service must answer on {_word(check['vip'])} {check['protocol']} port {check['port']}."


def _director(role: Role) -> Iterator[str]:
    yield from _heading("Director")
    yield "# IPVS and its schedulers."
    yield _command("modprobe", "-a", *role["kernel_modules"])
    if role["sysctls"]:
        yield "# By nat the director is the router of the realservers, and tells them of no shorter way (HOWTO 4.2)."
        yield from _sysctls(role["sysctls"])
    yield "# The table. The collection adds and edits; it never clears, which would break every connection."
    for line in listing(parse_table(role["services"])):
        yield _command("ipvsadm", *line.split())
    if role["vips"]:
        yield "# The VIPs last, so that whoever connects finds the table complete."
        yield ': "${VIP_DEVICE:?set it to the interface that gets the VIPs}"'
    for vip in role["vips"]:
        yield f'{_command("ip", "address", "replace", _with_prefix(vip), "dev")} "$VIP_DEVICE"'


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield f"# --- {text} ---"


def _sysctls(settings: Mapping[str, str]) -> Iterator[str]:
    for name, value in settings.items():
        yield _command("sysctl", "-w", f"{name}={value}")


def _with_prefix(vip: str) -> str:
    return f"{vip}/{128 if ':' in vip else 32}"


def _command(*words: str) -> str:
    return " ".join(map(_word, words))


def _word(word: object) -> str:
    return shlex.quote(re.sub(r"\s", " ", str(word)))
