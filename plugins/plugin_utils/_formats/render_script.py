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

from ...module_utils._kernel.arp import ALL, HIDING
from ...module_utils._kernel.sysctl import conf
from ...module_utils._kernel.tunnels import ports_of
from ...module_utils._model.ipvsadm import listing
from ...module_utils._model.parse import parse_table
from ...module_utils._model.tunnels import Unpacking
from ...module_utils._model.words import show_name
from .._unix import script, systems

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
# A setting of every device is written through its file, for sysctl takes no patterns everywhere.
_PATTERN = re.compile(r"[a-z0-9_.]*\*[a-z0-9_.*]*\Z")


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
    if role["system"] in systems.NAMES:
        vips = [one["address"] for one in role["addresses"]]
        yield from script.lines(role["system"], vips, [gateway["address"] for gateway in role["gateways"]])
        yield from _checks(role)
        return
    if role["system"] != "Linux":
        yield f"# These are the commands of Linux; the modules know those of {show_name(role['system'])}."
    for tunnel in role["tunnels"]:
        yield f"# Packets come encapsulated as {_word(tunnel['type'])}; this device decapsulates them (HOWTO 3.11)."
        unpacking = Unpacking(**tunnel)
        yield _command("modprobe", "-a", *unpacking.kernel_modules)
        yield from (_command(*port.add) for port in ports_of([unpacking]))
        yield _command("ip", "link", "set", unpacking.interface, "up")
    if role["sysctls"]:
        yield "# Decapsulated packets come in by another device than replies leave by; that must not drop them."
        yield from _sysctls(role["sysctls"])
    if any(":" not in one["address"] for one in role["addresses"]):
        yield "# Only the director may answer ARP for the VIPs: they are hidden before they are there (HOWTO 3.7)."
        yield from _sysctls({conf(ALL, name): str(good[0]) for name, good in sorted(HIDING.items())})
    for one in role["addresses"]:
        yield "# Packets come with the VIP as their destination, so this host must own it, as a /32 (HOWTO 3.10)."
        yield _command("ip", "address", "replace", _with_prefix(one), "dev", one["interface"])
    for gateway in role["gateways"]:
        yield f"# The default gateway, {_plain(gateway['why'])}. Set it where your system keeps it; now it would be:"
        yield f"# {_command('ip', 'route', 'replace', 'default', 'via', gateway['address'])}"
    for route in role["routes"]:
        yield f"# What leaves from {_word(route['source'])} goes through {_word(route['gateway'])},"
        yield f"# by a routing table of its own{_announced(route['mss'])}."
    yield from _checks(role)


def _announced(mss: int) -> str:
    return f", which tells clients of the segments that fit the tunnel, {mss} bytes (HOWTO 3.11)" if mss else ""


def _checks(role: Role) -> Iterator[str]:
    for check in role["checks"]:
        port = f"{_word(check['protocol'])} port {_word(check['port'])}"
        yield f"# The service must answer on {_word(check['address'])}, {port}."


def _ports(one: t.Mapping[str, t.Any]) -> str:
    last = f"-{_word(one['last'])}" if "last" in one else ""
    return f"{_word(one['protocol'])} {_word(one['port'])}{last}"


def _director(role: Role) -> Iterator[str]:
    yield from _heading("Director")
    yield "# IPVS and its schedulers."
    yield _command("modprobe", "-a", *role["kernel_modules"])
    yield "# Connections whose realserver has left the table are forgotten. With nat the director is the router of the"
    yield "# realservers, and tells them of no shorter way (HOWTO 4.2)."
    yield from _sysctls(role["sysctls"])
    for mark in role["marks"]:
        ports = ", ".join(_ports(one) for one in mark["ports"])
        yield f"# The firewall marks {_word(mark['fwmark'])} on packets to {_word(mark['vip'])}: {ports or 'all'}."
    for one in role["firewall"].get("snat", ()):
        to = f" to {_word(one['vip'])}, served by {_word(one['destination'])}," if "vip" in one else ""
        yield f"# What {_word(one['source'])} begins{to} is masqueraded by this host."
    yield "# The table. The collection adds and edits; it never clears, which would break every connection."
    for line in listing(parse_table(role["services"])):
        yield _command("ipvsadm", *line.split())
    if role["addresses"]:
        yield "# The VIPs last, so that whoever connects finds the table complete."
        yield ': "${VIP_DEVICE:?set it to the interface that gets the VIPs}"'
    for one in role["addresses"]:
        yield f'{_command("ip", "address", "replace", _with_prefix(one), "dev")} "$VIP_DEVICE"'


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield f"# --- {text} ---"


def _sysctls(settings: Mapping[str, str]) -> Iterator[str]:
    for name, value in settings.items():
        if _PATTERN.match(name):
            files = f"/proc/sys/{name.replace('.', '/')}"
            yield f'for file in {files}; do echo {_word(value)} >"$file"; done'
        else:
            yield _command("sysctl", "-w", f"{name}={value}")


def _with_prefix(one: Mapping[str, t.Any]) -> str:
    return f"{one['address']}/{one['prefix']}"


def _plain(text: object) -> str:
    """Words for a comment, on one line."""
    return " ".join(str(text).split())


def _command(*words: str) -> str:
    return " ".join(map(_word, words))


def _word(word: object) -> str:
    return shlex.quote(re.sub(r"\s", " ", str(word)))
