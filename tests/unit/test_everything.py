# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test` says at its end what was red, whoever printed it an hour ago."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools/everything.py"
RED = """\
E           AssertionError: assert 1 == 2
FAILED tests/a.py::b - assert 1 == 2
ERROR tests/a.py - OSError
fatal: [director]: FAILED! =>
msg: It does not answer.
FAILED: ipvs_table on director, kernel newest
make[2]: *** [Makefile:88: integration] Error 1
"""
PRINTED = """\
TASK [Say what failed] ***
tests/a.py ...F
E           AssertionError: assert 1 == 2
FAILED tests/a.py::b - assert 1 == 2
ERROR tests/a.py - OSError
fatal: [director]: FAILED! =>
    msg: It is refused, as it should be.
director : ok=3 changed=0 unreachable=0 failed=0 rescued=1
  \x1b[2m│\x1b[0m fatal: [director]: FAILED! =>
  \x1b[2m│\x1b[0m   msg: It does not answer.

fatal: [realserver1 -> localhost]: FAILED! =>
    msg: It is refused, as it should be.
realserver1 : ok=3 changed=0 unreachable=0 failed=0 rescued=1
director : ok=3 changed=0 unreachable=0 failed=1 rescued=0
FAILED: ipvs_table on director, kernel newest
make[2]: *** [Makefile:88: integration] Error 1
"""


@pytest.mark.parametrize(("status", "end"), [(0, ""), (2, "\nWhat was red:\n" + RED)])
def test_what_was_red_is_said_again(status: int, end: str) -> None:
    script = f"import sys; print({PRINTED!r}, end=''); sys.exit({status})"
    done = subprocess.run(
        [sys.executable, TOOL, sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == status
    assert done.stdout == PRINTED + end
