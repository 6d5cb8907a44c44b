# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Process 1 of the sandbox: holds the namespaces open and reaps what ends in them.

When it ends the kernel ends every process of the sandbox and removes its bridges and taps: nothing can stay behind.
Until it is told to stay, the end of its standard input (the end of `lab up`, however it ended) ends it as well.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path


def reap() -> None:
    """Collect every child that has ended."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        return


def main() -> int:
    """Say the process id seen from outside (/proc is still the machine's), then hold."""
    watched = {signal.SIGCHLD, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    print(Path("/proc/self").readlink(), flush=True)
    if sys.stdin.readline() != "stay\n":
        return 1
    while signal.sigwait(watched) != signal.SIGTERM:
        reap()
    return 0


if __name__ == "__main__":
    sys.exit(main())
