# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a host is: run on it with `python3 - [LOOK…]`, standard library alone, as root. Prints JSON, of all or of some
of: addresses, routes, rules, sysctls, modules, files, units, virtual_servers.

Nothing here goes through the collection, so that it is a witness against it. Reading changes nothing on the host: no
kernel module is loaded by it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SYSCTLS = ("net/ipv4/ip_forward", "net/ipv4/conf", "net/ipv4/vs", "net/ipv6/conf")
# Counts down or is drawn anew by itself.
RESTLESS_SYSCTLS = ("stable_secret", "use_tempaddr", "mtu")
FOLDERS = ("/etc", "/usr/local", "/var/lib")
# Written by the system while it runs.
RESTLESS_FILES = (
    "/etc/.pwd.lock",
    "/var/lib/apt/",
    "/var/lib/systemd/",
    "/var/lib/private/",
)
VIRTUAL_SERVERS = Path("/proc/net/ip_vs")


def main() -> None:
    """Look at everything, or at what is named."""
    looks = (addresses, routes, rules, sysctls, modules, files, units, virtual_servers)
    wanted = sys.argv[1:] or [look.__name__ for look in looks]
    print(json.dumps({look.__name__: look() for look in looks if look.__name__ in wanted}, sort_keys=True))


def say(*words: str) -> list[str]:
    """What a program prints, line by line."""
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return [line.strip() for line in done.stdout.splitlines()]


def addresses() -> dict[str, list[str]]:
    """By interface: address/prefix."""
    links = json.loads("".join(say("ip", "-json", "address", "show")))
    return {link["ifname"]: [f"{one['local']}/{one['prefixlen']}" for one in link["addr_info"]] for link in links}


def routes() -> list[str]:
    """All routes of all tables."""
    return sorted(line for family in ("-4", "-6") for line in say("ip", family, "route", "show", "table", "all"))


def rules() -> list[str]:
    """The routing rules, in their order."""
    return [line for family in ("-4", "-6") for line in say("ip", family, "rule", "show")]


def sysctls() -> dict[str, str]:
    """The settings that an LVS is about, for every interface."""
    paths = [path for name in SYSCTLS for path in readable(Path("/proc/sys", name))]
    return {str(path.relative_to("/proc/sys")): path.read_text().strip() for path in paths}


def readable(path: Path) -> Iterator[Path]:
    """The files below a path that have a lasting value."""
    for found in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if found.is_file() and found.stat().st_mode & 0o400 and found.name not in RESTLESS_SYSCTLS:
            yield found


def modules() -> list[str]:
    """The loaded kernel modules."""
    return sorted(line.split()[0] for line in Path("/proc/modules").read_text().splitlines())


def files() -> dict[str, str]:
    """What every file that somebody configured holds, and where every link leads."""
    found = (path for folder in FOLDERS for path in sorted(Path(folder).rglob("*")))
    return {str(path): content(path) for path in found if not str(path).startswith(RESTLESS_FILES)}


def content(path: Path) -> str:
    """A digest of a file, a link's target, or the word folder."""
    if path.is_symlink():
        return f"-> {path.readlink()}"
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"


def units() -> list[str]:
    """The units that run or failed, without those that come and go with what the system does."""
    listed = say("systemctl", "list-units", "--no-legend", "--plain", "--state=active,failed", "--type=service,socket")
    return sorted(line.split()[0] + " " + line.split()[3] for line in listed if "@" not in line.split()[0])


def virtual_servers() -> list[str]:
    """The kernel's table, without its counters; none where the kernel has no IPVS."""
    lines = VIRTUAL_SERVERS.read_text().splitlines() if VIRTUAL_SERVERS.exists() else []
    return [" ".join(line.split()[:4]) for line in lines[3:]]


if __name__ == "__main__":
    main()
