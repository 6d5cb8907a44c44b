# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The UML management console: one datagram there, one or more back (arch/um/include/shared/mconsole.h)."""

from __future__ import annotations

import socket
import struct
import tempfile
from pathlib import Path

from lab.errors import LabError

REQUEST = struct.Struct("=III512s")
REPLY_HEADER = struct.Struct("=III")
MAGIC = 0xCAFEBABE
VERSION = 2
SECONDS = 5.0


def ask(folder: Path, host: str, command: str) -> str:
    """Send one command, such as `config con1`, and return the answer."""
    words = command.encode()
    with (
        tempfile.TemporaryDirectory(prefix="lvs-lab-") as reply_folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel,
    ):
        channel.bind(f"{reply_folder}/reply")
        channel.settimeout(SECONDS)
        try:
            channel.connect(str(folder / "uml" / host / "mconsole"))
            channel.send(REQUEST.pack(MAGIC, VERSION, len(words), words))
            return _answer(channel, host)
        except OSError as error:
            raise LabError(
                f"The management console of {host} does not answer: {error}.", f"lab reboot --power {host}"
            ) from error


def _answer(channel: socket.socket, host: str) -> str:
    parts = []
    more = 1
    while more:
        datagram = channel.recv(4096)
        failed, more, length = REPLY_HEADER.unpack_from(datagram)
        parts.append(datagram[REPLY_HEADER.size :][: max(0, length - 1)].decode(errors="replace"))
        if failed:
            raise LabError(f"{host}: {''.join(parts)}", "Look at the console log: lab console --log")
    return "".join(parts)
