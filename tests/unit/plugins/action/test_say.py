# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
PLAYBOOK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - linuxvirtualserver.lvs.say:
        lines: ['A "fault" of {host}', "\\e]0;x\\a \\x9b2J \\u202e"]
        style: bad
    - linuxvirtualserver.lvs.say:
        lines: [plain]
"""


def play(scratch: Path, output: int) -> None:
    playbook = scratch / "say.yml"
    playbook.write_text(PLAYBOOK)
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", str(playbook)]
    environment = {**os.environ, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "TERM": "xterm"}
    environment.pop("ANSIBLE_NOCOLOR", None)
    subprocess.run(command, stdout=output, stdin=subprocess.DEVNULL, env=environment, cwd=ROOT, check=True)


def test_lines_are_plain_where_no_terminal_is(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w") as output:
        play(tmp_path, output.fileno())
    said = (tmp_path / "out").read_text()
    assert '\nA "fault" of {host}\n\\x1b]0;x\\x07 \\x9b2J \\u202e\n' in said
    assert "\nplain\n" in said
    assert "\x1b" not in said


def test_lines_are_coloured_on_a_terminal(tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    play(tmp_path, follower)
    os.close(follower)
    said = os.read(leader, 65536).decode()
    os.close(leader)
    assert '\x1b[0;31mA "fault" of {host}\x1b[0m' in said
    assert "\nplain\r\n" in said
