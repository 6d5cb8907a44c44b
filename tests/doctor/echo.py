# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on a realserver of the lab: an echo over UDP, and what listens on SCTP, `echo.py VIP`. The guests have none."""

from __future__ import annotations

import select
import socket
import sys

PORTS = (7, 9)


def main() -> None:
    """Send back whatever comes."""
    diameter = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
    echoes = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _port in PORTS]
    with diameter:
        diameter.bind((sys.argv[1], 3868))
        diameter.listen()
        for echo, port in zip(echoes, PORTS, strict=True):
            echo.bind((sys.argv[1], port))
        while True:
            for echo in select.select(echoes, [], [])[0]:
                echo.sendto(*echo.recvfrom(65536))


if __name__ == "__main__":
    main()
