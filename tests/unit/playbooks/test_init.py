# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/init.yml, run by the real ansible-playbook."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "inventories/example"


def test_it_writes_the_example_and_nothing_that_is_there_already(tmp_path: Path) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "HOME": str(tmp_path),
        "PWD": "/",  # a service or a timer may have none that is right
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / "collections"),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
    }
    argv = [sys.executable, "-m", "ansible", "playbook", "linuxvirtualserver.lvs.init"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    first = run()
    assert first.returncode == 0, first.stdout + first.stderr
    written = tmp_path / "lvs-inventory"
    assert f"\nWritten to {written}\n" in first.stdout
    names = [path.relative_to(EXAMPLE) for path in EXAMPLE.rglob("*") if path.is_file()]
    assert {path.relative_to(written) for path in written.rglob("*") if path.is_file()} == {*names}
    assert [name for name in names if (written / name).read_bytes() != (EXAMPLE / name).read_bytes()] == []

    (written / "hosts.yml").write_text("mine", encoding="utf-8")
    again = run()
    assert again.returncode != 0
    assert "is there already. Choose another name with -e init_to=NAME." in again.stdout
    assert (written / "hosts.yml").read_text(encoding="utf-8") == "mine"
