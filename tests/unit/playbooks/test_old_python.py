# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose Python is too old: each playbook names it, and its first task is its last.

The Python here fails as a 3.6 does. `make controllers` has real ones run every module.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks

OLD_PYTHON = """\
#!/bin/sh
if [ "$1" = -c ]; then
    echo 3.6.8
    exit
fi
echo "SyntaxError: future feature annotations is not defined" >&2
exit 1
"""


@pytest.mark.parametrize("playbook", ["site", "preflight", "doctor"])
def test_it_is_named_before_anything_is_changed(site: Playbooks, tmp_path: Path, playbook: str) -> None:
    python = tmp_path / "python3"
    python.write_text(OLD_PYTHON, encoding="utf-8")
    python.chmod(0o755)
    here = ("ansible_connection=local", "ansible_become=false", f"ansible_python_interpreter={python}")
    chosen = [word for variable in here for word in ("-e", variable)]
    ran = site.run(EXAMPLE, *chosen, playbook=ROOT / f"playbooks/{playbook}.yml")
    said = " ".join(ran.output.split())
    # In single quotes within single quotes, as YAML writes them.
    assert "ansible_python_interpreter: is Python 3.6.8," in said
    assert re.search(rf"got '+{re.escape(str(python))}'+\)", said)
    assert "nothing was changed" in said
    assert "SyntaxError" not in said
    assert ran.rc != 0
    assert re.search(r"changed=[1-9]", said) is None
