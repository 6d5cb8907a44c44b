# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An interactive root console on a guest, for when its network does not work."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import tty
from pathlib import Path

from lab.errors import LabError
from lab.mconsole import ask

ESCAPE = b"\x1d"  # Ctrl-]
CONSOLE = "con1"


def attach(folder: Path, host: str) -> None:
    """Join this terminal and the guest's second console until Ctrl-] is typed."""
    if not sys.stdin.isatty():
        raise LabError("A console needs a terminal.", "Use lab console --log HOST to read what was said.")
    device = re.search(r"/dev/pts/\d+", ask(folder, host, f"config {CONSOLE}"))
    if device is None:
        raise LabError(f"{host} has no console open yet.", "Wait until it has booted: lab console --log HOST")
    descriptor = os.open(device.group(), os.O_RDWR | os.O_NOCTTY)
    print(f"Console of {host}; Enter for a prompt, Ctrl-] to leave.", flush=True)
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setraw(descriptor)
        tty.setraw(sys.stdin.fileno())
        _relay(sys.stdin.fileno(), sys.stdout.fileno(), descriptor)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        os.close(descriptor)
        print()


def _relay(keyboard: int, screen: int, device: int) -> None:
    while True:
        readable, _, _ = select.select([keyboard, device], [], [])
        if device in readable:
            os.write(screen, os.read(device, 4096))
        if keyboard in readable:
            typed = os.read(keyboard, 4096)
            if ESCAPE in typed:
                return
            os.write(device, typed)
