# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages from the mirror that this machine's apt is set to, through an apt folder of our own.

The host's own package lists, sources and cache are neither read nor changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.errors import LabError
from lab.machine import ARCHIVE_KEYRING
from lab.run import run

NETWORK_CURE = "Check this machine's apt: apt-get update must work."


def mirror() -> str:
    """The Debian mirror of this machine's apt."""
    listing = run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN) $(REPO_URI)", "Created-By: Packages"],
        "Run: apt-get update",
    )
    for line in listing.splitlines():
        origin, uri = line.split(" ", 1)
        if origin == "Debian" and "security" not in uri:
            return uri
    raise LabError("This machine's apt has no Debian archive in its lists.", "Run as root: apt-get update")


class PrivateApt:
    """An apt that knows only the given suites, verified with the Debian archive keyring."""

    def __init__(self, folder: Path, suites: Sequence[str]) -> None:
        self.folder = folder
        for part in ("lists/partial", "cache/archives/partial"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        uri = mirror()
        sources = "".join(f"deb [signed-by={ARCHIVE_KEYRING}] {uri} {suite} main\n" for suite in suites)
        (folder / "sources.list").write_text(sources)
        self.options = [
            "-q",
            f"-oDir::Etc::sourcelist={folder}/sources.list",
            "-oDir::Etc::sourceparts=-",
            f"-oDir::State::lists={folder}/lists",
            "-oDir::State::status=/dev/null",
            f"-oDir::Cache={folder}/cache",
            "-oAcquire::Languages=none",
            # The folder may lie in a home that the user _apt cannot enter.
            "-oAPT::Sandbox::User=root",
        ]
        run(["apt-get", *self.options, "-oAPT::Update::Error-Mode=any", "update"], NETWORK_CURE)

    def versions(self, package: str) -> dict[str, str]:
        """The versions on offer, suite by suite: {'trixie': '6.12um1+b21'}."""
        listing = run(["apt-cache", *self.options, "madison", package], NETWORK_CURE)
        rows = [[cell.strip() for cell in line.split("|")] for line in listing.splitlines()]
        return {row[2].split()[1].split("/")[0]: row[1] for row in rows if len(row) == 3 and "Packages" in row[2]}

    def unpack(self, package: str, suite: str, target: Path) -> None:
        """Download one package and unpack it below `target`."""
        draft = self.folder / "download"
        draft.mkdir(exist_ok=True)
        run(
            ["env", "-C", draft, "apt-get", *self.options, "download", f"{package}/{suite}"],
            NETWORK_CURE,
        )
        (archive,) = draft.glob("*.deb")
        target.mkdir(parents=True, exist_ok=True)
        run(["dpkg-deb", "-x", archive, target], "Free some disk and try again.")
        archive.unlink()
