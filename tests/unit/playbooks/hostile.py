# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts that attack the controller: a port that only looks like ssh, and a Python that answers what it likes."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import sys
import threading
import typing as t
from collections.abc import Iterator
from pathlib import Path

Answer = dict[str, t.Any]

# What does something to a terminal, or to a reader of XML, or turns a line round.
RAW = ("\x1b", "\x9b", "\x07", "\x00", "\x7f", "\u202e", "\u2028", "\ufffe")


def payload(mark: Path) -> str:
    """A text that makes a file as soon as anybody takes it for more than text, in all the ways we know."""
    touch = f"touch {mark}"
    return (
        f"{{{{ lookup('ansible.builtin.pipe', '{touch}') }}}}{{% for x in lookup('ansible.builtin.pipe', '{touch}') %}}"
        f"{{% endfor %}}{{# # #}} !unsafe $({touch}) `{touch}`;{touch}|{touch} '\" {{}} {{0}} {{host}} {{host.x}} \\\n"
        "%s \x1b]0;title\x07\x1b[2J\x9b31m\x00\x7f\u202e\u2028\ufffe <b>&amp; ]]>"
    )


def everywhere(value: t.Any, text: str) -> t.Any:
    """The same value with this text in every text of it, keys included."""
    if isinstance(value, dict):
        return {key: everywhere(one, text) for key, one in value.items()} | {text: text}
    if isinstance(value, list):
        return [*(everywhere(one, text) for one in value), text]
    return value + text if isinstance(value, str) else value


@contextlib.contextmanager
def ssh_that_says(message: str) -> Iterator[str]:
    """The options with which ssh goes to a port that says goodbye with this message before any login."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_serve, args=(server, message.encode()), daemon=True).start()
        port = server.getsockname()[1]
        known = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null"
        yield f"-F none -o HostName=127.0.0.1 -o Port={port} {known}"


def _serve(server: socket.socket, message: bytes) -> None:
    with contextlib.suppress(OSError):  # closed at the end of the test
        while True:
            connection, _peer = server.accept()
            threading.Thread(target=_say, args=(connection, message), daemon=True).start()


def _say(connection: socket.socket, message: bytes) -> None:
    with connection, contextlib.suppress(OSError):
        connection.sendall(b"SSH-2.0-x\r\n")
        connection.recv(4096)
        connection.sendall(_disconnect(message))
        while connection.recv(4096):
            pass


def _disconnect(message: bytes) -> bytes:
    """SSH_MSG_DISCONNECT, RFC 4253 section 11.1, in a packet that is not encrypted yet."""
    said = bytes([1]) + struct.pack(">II", 2, len(message)) + message + struct.pack(">I", 0)
    padding = 16 - (5 + len(said)) % 8
    return struct.pack(">IB", 1 + len(said) + padding, padding) + said + bytes(padding)


PYTHON = """#!{python}
import pathlib, sys
answers = pathlib.Path({folder!r})
asked = next((word for word in sys.argv if "AnsiballZ_" in word), "AnsiballZ_")
module = asked.rpartition("AnsiballZ_")[2].removesuffix(".py")
host = pathlib.Path(sys.argv[0]).name
found = [answers / f"{{host}}-{{module}}.json", answers / f"{{module}}.json", answers / "any.json"]
print(next(path for path in found if path.exists()).read_text())
"""


def python_that_answers(folder: Path, hosts: t.Iterable[str], answers: t.Mapping[str, Answer]) -> Path:
    """An inventory that gives these hosts a Python that answers for each module, or `any`, or `HOST-MODULE`."""
    inventory = with_python(folder, hosts, PYTHON)
    for name, answer in answers.items():
        (folder / f"{name}.json").write_text(json.dumps(answer), encoding="ascii")
    return inventory


def with_python(folder: Path, hosts: t.Iterable[str], python: str) -> Path:
    """An inventory in a new folder that gives these hosts this program for a Python, which knows both."""
    folder.mkdir()
    described = {}
    for host in hosts:
        program = folder / host
        program.write_text(python.format(python=sys.executable, folder=str(folder)), encoding="utf-8")
        program.chmod(0o755)
        local = {"ansible_connection": "local", "ansible_become": False}
        described[host] = {**local, "ansible_python_interpreter": str(program)}
    inventory = folder / "hosts.json"
    inventory.write_text(json.dumps({"all": {"hosts": described}}), encoding="utf-8")
    return inventory
