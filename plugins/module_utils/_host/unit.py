# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a systemd unit of our own: one file, enabled, started, and gone again without a trace.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .actions import Action, Remove, Run, Write

if t.TYPE_CHECKING:  # pragma: no cover
    from .host import Host

DIRECTORY = "/etc/systemd/system"
WANTED_BY = "multi-user.target"

TABLE = "lvs-ipvs.service"  # restores a director's table at boot
RESTORER = "/usr/local/lib/lvs/ipvs-restore.pyz"  # what it runs; with a NIC and a number, it synchronises connections
WANTS = f"{DIRECTORY}/{WANTED_BY}.wants"

RELOAD = Run(("systemctl", "daemon-reload"))


def enable(unit: str) -> Run:
    """Have it started at boot."""
    return Run(("systemctl", "enable", unit), changes=WANTS)


def disable(unit: str, *words: str) -> Run:
    """Have it started no longer."""
    return Run(("systemctl", "disable", *words, unit), changes=WANTS)


class UnitFiles:
    """Units of ours, by the paths of their files. Their text must say ``WantedBy=multi-user.target``."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def is_active(self, path: str) -> bool:
        """Whether the unit is enabled, and did not fail when it was last started."""
        unit = path.rpartition("/")[2]
        enabled = self._host.at(f"{WANTS}/{unit}").is_symlink()
        return enabled and self._host.succeeds(("systemctl", "is-active", "--quiet", unit))

    def store(self, path: str, text: str) -> list[Action]:
        """Write the unit, enable it and start it: that shows at once whether it will work at boot."""
        return [*self.enable(path, text), self.start(path)]

    def enable(self, path: str, text: str) -> list[Action]:
        """Write the unit and enable it, and leave what runs as it is."""
        return [Write(path, text), RELOAD, enable(path.rpartition("/")[2])]

    def start(self, path: str) -> Action:
        """Start the unit, again if it runs."""
        return Run(("systemctl", "restart", path.rpartition("/")[2]))

    def drop(self, path: str) -> list[Action]:
        """Stop the unit, which runs its ExecStop if it has one, and remove it."""
        unit = path.rpartition("/")[2]
        # A unit that failed would be listed as failed even after it is gone.
        failed = self._host.succeeds(("systemctl", "is-failed", "--quiet", unit))
        reset = [Run(("systemctl", "reset-failed", unit))] if failed else []
        return [disable(unit, "--now"), *reset, Remove(path), RELOAD]


def escape(name: str) -> str:
    """An interface's name as systemd writes it in the name of a unit, systemd-escape(1)."""
    keep = ":_."
    return "".join(
        character if character.isascii() and (character.isalnum() or character in keep) else f"\\x{ord(character):02x}"
        for character in name
    )
