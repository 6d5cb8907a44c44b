# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another inventory, as Ansible and the collection see it. No host is contacted."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lab.errors import LabError
from lab.farm import Farm, read_farm
from lab.inventory import inventory, overruled
from lab.paths import PACKAGE
from lab.resembling import farm_like
from lab.run import run

# Where Ansible looks for collections when nobody says it.
COLLECTIONS = "~/.ansible/collections:/usr/share/ansible/collections"
SHOWN = 5


def load_inventory(inventories: Sequence[str], folder: Path) -> tuple[Farm, dict[str, Any]]:
    """The farm that looks like the inventories, and its data; `folder` is where it will have its state."""
    source = ", ".join(inventories)
    seen = _see(inventories, source)
    data = farm_like(seen, source)
    farm = read_farm(Path(inventories[0]).stem, source, data)
    _refuse_overruled(inventories, farm, folder)
    return farm, data


def _see(inventories: Sequence[str], source: str) -> dict[str, Any]:
    cure = "See what Ansible says. What is in a vault needs ANSIBLE_VAULT_PASSWORD_FILE."
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "seen.json")
        _ansible(
            "ansible-playbook",
            inventories,
            cure,
            PACKAGE / "planned.yml",
            "-e",
            json.dumps({"lab_seen_file": str(file)}),
        )
        seen: dict[str, Any] = json.loads(file.read_text())
    if any(finding["severity"] == "error" for finding in seen["plan"]["findings"]):
        raise LabError(f"The collection refuses {source}.", "Mend what it names.", seen["report"])
    return seen


def _refuse_overruled(inventories: Sequence[str], farm: Farm, folder: Path) -> None:
    """Stop when the files of a host say what goes before the farm's own inventory, so that Ansible would not get in."""
    with tempfile.TemporaryDirectory() as drafts:
        draft = Path(drafts, "farm.yml")
        draft.write_text(yaml.safe_dump(inventory(farm, folder)))
        listed = json.loads(
            _ansible("ansible-inventory", [*inventories, str(draft)], "See what Ansible says.", "--list")
        )
    found = overruled(farm, folder, listed["_meta"]["hostvars"])
    if found:
        lines = [f"{host}: {', '.join(names)}" for host, names in found.items()]
        more = [f"and {len(lines) - SHOWN} more hosts"] if len(lines) > SHOWN else []
        raise LabError(
            "Ansible would not reach all hosts: files in host_vars go before the farm's inventory.",
            "Put these variables into group_vars or into the inventory's own file, where the farm's go before them.",
            "\n".join(lines[:SHOWN] + more),
        )


def _ansible(program: str, inventories: Sequence[str], cure: str, *words: str | Path) -> str:
    """Run it where the caller is, with the caller's settings, and with the collection of this checkout."""
    collections = f"{PACKAGE.parent / 'collections'}:{os.environ.get('ANSIBLE_COLLECTIONS_PATH', COLLECTIONS)}"
    given = [word for inventory in inventories for word in ("-i", inventory)]
    plain = {"ANSIBLE_COLLECTIONS_PATH": collections, "ANSIBLE_FORCE_COLOR": "false", "ANSIBLE_NOCOLOR": "true"}
    return run([program, *given, *words], cure, environment=plain)
