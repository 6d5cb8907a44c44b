# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine under the lab must have, checked before anything is built or booted."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError
from lab.paths import PACKAGE

ARCHIVE_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
TUN = Path("/dev/net/tun")
MEMINFO = Path("/proc/meminfo")
# Where UML itself puts a guest's memory.
GUEST_MEMORY = Path("/dev/shm")

BUILD_DISK_MB = 3000
RUN_DISK_MB = 500


def is_root() -> bool:
    """Whether the caller is root on this machine."""
    return os.geteuid() == 0


def search_path() -> str:
    """PATH with the system folders, which an ordinary user's PATH may lack."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/local/sbin", "/usr/sbin", "/sbin"]
    return os.pathsep.join(dict.fromkeys(folder for folder in folders if folder))


def needed_programs() -> dict[str, str]:
    """The programs that the lab runs for this user, and the Debian package that has each."""
    rows = [line.split() for line in (PACKAGE / "packages.txt").read_text().splitlines() if not line.startswith("#")]
    users = ("all",) if is_root() else ("all", "ordinary")
    return {program: package for program, package, whom in rows if whom in users}


def missing_packages() -> list[str]:
    """The Debian packages this machine still needs, sorted."""
    programs = needed_programs()
    missing = {package for program, package in programs.items() if not shutil.which(program, path=search_path())}
    if not ARCHIVE_KEYRING.exists():
        missing.add("debian-archive-keyring")
    return sorted(missing)


def require_packages() -> None:
    """Stop with one apt command for all that is missing."""
    if platform.machine() != "x86_64":
        raise LabError(
            f"User-mode Linux is packaged for x86_64; this machine is {platform.machine()}.",
            "Run the lab on an x86_64 Debian or Ubuntu machine.",
        )
    missing = missing_packages()
    if missing:
        command = f"apt-get install -y {' '.join(missing)}"
        raise LabError(f"Not installed: {', '.join(missing)}.", f"Run: {command if is_root() else 'sudo ' + command}")


def require_tun() -> None:
    """Taps need /dev/net/tun, open to the caller."""
    if not TUN.exists():
        raise LabError(f"{TUN} does not exist.", "Load the module: modprobe tun (in a container: pass the device in).")
    if not os.access(TUN, os.R_OK | os.W_OK):
        raise LabError(
            f"{TUN} is not open to you (mode {TUN.stat().st_mode & 0o777:o}).",
            "Run as root, or open it: chmod 0666 /dev/net/tun (the default on Debian with udev).",
        )


def require_memory(guests_mb: Sequence[int]) -> None:
    """Guests' memory is a file in /dev/shm: both it and the machine must have the room."""
    needed_mb = sum(guests_mb)
    fields = dict(line.split(":", 1) for line in MEMINFO.read_text().splitlines())
    available = int(fields["MemAvailable"].split()[0]) // 1024
    if available < needed_mb:
        raise LabError(
            f"The farm needs {needed_mb} MB of memory for {len(guests_mb)} hosts; {available} MB are available.",
            f"About {available * len(guests_mb) // needed_mb} such hosts fit. Leave others out, lower `memory` of the "
            "hosts in the farm file, or end other programs.",
        )
    require_disk(GUEST_MEMORY, needed_mb)


def require_disk(folder: Path, needed_mb: int) -> None:
    """Stop early rather than with half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free // (1024 * 1024)
    if free < needed_mb:
        raise LabError(
            f"{folder} has {free} MB free; {needed_mb} MB are needed.",
            "Free some room, or set LVS_LAB_CACHE and LVS_LAB_STATE to a larger disk.",
        )
