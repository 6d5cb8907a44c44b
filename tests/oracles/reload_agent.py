# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the lab guest: let keepalived read a file, change the table behind its back, let it read another, and show it.

Takes a JSON list of [OLD, [COMMAND, ...], NEW], answers with what `ipvsadm -Sn` prints after each.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

FILE = Path("/run/oracle.conf")
# The last service of a file: when it is in the kernel's table, all before it was done.
LAST = "virtual_server 203.0.113.254 {port} {{\n lvs_method NAT\n real_server 203.0.113.253 9 {{\n }}\n}}\n"
PATIENCE = 20


def saved() -> str:
    return subprocess.run(["ipvsadm", "-Sn"], capture_output=True, text=True, check=True).stdout


def until(text: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while text not in saved():
        if time.monotonic() > deadline:
            sys.exit(f"{text} is not in the table after {PATIENCE} s:\n{saved()}\n{FILE.read_text()}")
        time.sleep(0.02)


def reload(old: str, commands: list[str], new: str) -> str:
    subprocess.run(["ipvsadm", "-C"], check=True)
    FILE.write_text(old + LAST.format(port=9))
    files = ["-f", str(FILE), "-p", "/run/oracle.pid", "-c", "/run/oracle-checkers.pid"]
    with Path("/run/keepalived.log").open("w") as log:
        daemon = subprocess.Popen(["keepalived", "-n", "-l", "-C", "-I", *files], stdout=log, stderr=log)
    until("203.0.113.254:9 -r")
    for command in commands:
        subprocess.run(command.split(), check=True)
    FILE.write_text(new + LAST.format(port=9) + LAST.format(port=10))
    daemon.send_signal(signal.SIGHUP)
    until("203.0.113.254:10 -r")
    found = saved()
    daemon.terminate()
    daemon.wait(PATIENCE)
    return found


def main() -> None:
    Path("/var/lib/lvs/drain").mkdir(parents=True, exist_ok=True)
    json.dump([reload(*case) for case in json.load(sys.stdin)], sys.stdout)


if __name__ == "__main__":
    main()
