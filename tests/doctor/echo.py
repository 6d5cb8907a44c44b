# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on a realserver of the lab: an echo over UDP on a VIP, `echo.py VIP`. The lab's guests have none."""

from __future__ import annotations

import socket
import sys


def main() -> None:
    """Send back whatever comes."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
        echo.bind((sys.argv[1], 7))
        while True:
            echo.sendto(*echo.recvfrom(65536))


if __name__ == "__main__":
    main()
