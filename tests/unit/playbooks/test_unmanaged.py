# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A realserver with `lvs_managed: false` is never connected to, by no playbook that sets up or takes back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import ROOT, Playbooks


def inventory(folder: Path, managed: bool | None) -> Path:
    path = folder / "hosts.yml"
    lvs = {
        "vars": {
            "lvs_services": [{"vip": "10.0.0.110", "port": 9100, "forwarding": "nat", "realservers": "realservers"}]
        },
        "children": {
            "directors": {"hosts": {"director": {"lvs_dip": "192.168.1.9/24"}}},
            "realservers": {"hosts": {"printer": {"lvs_rip": "192.168.1.11/24", "lvs_managed": managed}}},
        },
    }
    path.write_text(yaml.safe_dump({"all": lvs}), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("playbook", "managed"), [("site", None), ("site", False), ("preflight", False), ("teardown", False)]
)
def test_only_who_is_managed_is_touched(site: Playbooks, tmp_path: Path, playbook: str, managed: bool | None) -> None:
    run = site.run(
        inventory(tmp_path, managed),
        "--limit=realservers",
        "-elvs_teardown=true",
        playbook=ROOT / f"playbooks/{playbook}.yml",
    )
    touched = managed is not False  # a variable without a value says nothing
    assert run.touched == touched, run.output
    assert (run.rc == 0) == (not touched), run.output
