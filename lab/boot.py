# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a User-mode Linux kernel: `python boot.py KERNEL ARGUMENT…`.

On a guest's reboot UML executes argv[0] again with its old descriptors open and signals blocked, and its network never
comes back. So argv[0] names a wrapper that runs this file, which puts both right and executes the kernel.
"""

from __future__ import annotations

import os
import signal
import sys

FIRST_FREE_DESCRIPTOR = 3


def main() -> None:
    """Become the kernel, with a clean process state; argv[0] stays the wrapper's name."""
    wrapper, program, *arguments = sys.argv[1:]
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        # A handler set by Python itself is not inherited; one that is ignored would be.
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.closerange(FIRST_FREE_DESCRIPTOR, os.sysconf("SC_OPEN_MAX"))
    os.execv(program, [wrapper, *arguments])


if __name__ == "__main__":
    main()
