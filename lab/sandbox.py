# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sandbox: network and process namespaces of its own, in a user namespace when the caller is not root."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, cast

from lab.errors import LabError
from lab.machine import is_root, search_path
from lab.paths import PACKAGE
from lab.run import run

GONE_TIMEOUT = 10.0


class Sandbox:
    """Namespaces held open by a keeper process, named by that process's id."""

    def __init__(self, keeper: int, started: str) -> None:
        self.keeper = keeper
        self.started = started

    @property
    def alive(self) -> bool:
        """Whether the keeper still runs; its start time tells it from a later process of the same id."""
        return _start_time(self.keeper) == self.started

    def enter(self, *argv: str | Path) -> list[str]:
        """The command line that runs argv inside: on the sandbox's network, and gone when the sandbox ends."""
        namespaces = ["--net", "--pid", *([] if is_root() else ["--user", "--preserve-credentials"])]
        return ["nsenter", "--target", str(self.keeper), *namespaces, "--", *(str(word) for word in argv)]

    def run(self, *argv: str | Path, input_text: str | None = None, timeout: float | None = None) -> str:
        """Run argv inside and return its output."""
        return run(self.enter(*argv), "`lab status` shows what is up.", input_text=input_text, timeout=timeout)

    def signal(self, pid: int, which: signal.Signals) -> None:
        """Send a signal to a process by its id inside the sandbox."""
        run(self.enter("kill", f"-{which.name.removeprefix('SIG')}", "--", str(pid)), "`lab status` shows what is up.")

    def end(self) -> None:
        """End the keeper and with it everything inside; returns when it is gone."""
        try:
            descriptor = os.pidfd_open(self.keeper)
        except ProcessLookupError:
            return
        try:
            if self.alive:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
                _wait_end(descriptor)
        finally:
            os.close(descriptor)


def _wait_end(descriptor: int) -> None:
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    if not poller.poll(GONE_TIMEOUT * 1000):
        raise LabError(f"The sandbox did not end within {GONE_TIMEOUT} s.", "Run lab down again.")


def _start_time(pid: int) -> str:
    try:
        # The process name may hold spaces and brackets: count fields from the last one.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (FileNotFoundError, ProcessLookupError):
        return ""


class NewSandbox:
    """A sandbox being set up: it vanishes with this object's process unless `keep` is called."""

    def __init__(self) -> None:
        flags = ["--net", "--pid", "--fork", "--kill-child", *([] if is_root() else ["--user", "--map-root-user"])]
        self._process = subprocess.Popen(
            ["unshare", *flags, "--", sys.executable, "-I", str(PACKAGE / "keeper.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PATH": search_path()},
        )
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self._stdin, self._stdout, self._stderr = (cast("IO[str]", pipe) for pipe in pipes)
        answer = self._stdout.readline().strip()
        if not answer.isdigit():
            raise LabError(
                "This machine does not let the lab make namespaces.",
                "Run as root, or allow user namespaces: sysctl kernel.unprivileged_userns_clone=1 "
                "user.max_user_namespaces=10000 kernel.apparmor_restrict_unprivileged_userns=0",
                self._stderr.read(),
            )
        self.sandbox = Sandbox(int(answer), _start_time(int(answer)))

    def keep(self) -> None:
        """Let it live on after this process."""
        self._stdin.write("stay\n")
        self._close()

    def discard(self) -> None:
        """End it now."""
        self.sandbox.end()
        self._process.wait()
        self._close()

    def _close(self) -> None:
        for pipe in (self._stdin, self._stdout, self._stderr):
            pipe.close()
