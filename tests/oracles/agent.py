# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In the lab guest: let each program read its files, and print the tables that come out of it as JSON.

Takes a JSON list of [PROGRAM, TEXT], answers with as many {saved, listed, thresholds, said}.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

FILE = Path("/run/oracle.conf")
# Real servers come in the order of the file: when this one is in the kernel's table, all before it are.
LAST = """
virtual_server 203.0.113.254 9 {
 protocol SCTP
 lvs_method NAT
 real_server 203.0.113.253 9 {
 }
}
"""
LAST_IN_THE_TABLE = "CB0071FD:0009"
# ldirectord's own reading and its own commands, but for the checks that decide whether a realserver is up, and for the
# look at the table before each of them, which is empty and takes most of the time.
ALL_UP = """\
no warnings "redefine";
*ld_read_ipvsadm = sub { return {}; };
for my $v (@VIRTUAL) {
    system_wrapper("$IPVSADM -A $$v{flags}");
    for my $r (@{$$v{real}}) { _service_up($v, $r, 1); }
}
exit 0;
"""
PATIENCE = 20


def run(*argv: str, text: str = "") -> str:
    ran = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def ipvsadm(text: str) -> str:
    FILE.write_text(text)
    return "".join(run("ipvsadm", *line.removeprefix("ipvsadm ").split()) for line in text.splitlines() if line)


def ldirectord(text: str) -> str:
    FILE.write_text(text)
    source = Path("/usr/sbin/ldirectord").read_text()
    assert source.count("\nld_start();\n") == 1
    changed = Path("/run/ldirectord")
    changed.write_text(source.replace("\nld_start();\n", f"\n{ALL_UP}"))
    os.environ["PERLIO"] = "perlio"
    return run("perl", str(changed), "-d", str(FILE), "start")


def keepalived(text: str) -> str:
    FILE.write_text(text + LAST)
    files = ("-f", str(FILE), "-p", "/run/oracle.pid", "-c", "/run/oracle-checkers.pid")
    with Path("/run/keepalived.log").open("w") as log:
        daemon = subprocess.Popen(["keepalived", "-n", "-l", "-C", "-I", *files], stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while LAST_IN_THE_TABLE not in table() and time.monotonic() < deadline and daemon.poll() is None:
            time.sleep(0.02)
        daemon.terminate()
        daemon.wait(PATIENCE)
    return Path("/run/keepalived.log").read_text()


def table() -> str:
    file = Path("/proc/net/ip_vs")
    return file.read_text() if file.exists() else ""


PROGRAMS = {"ipvsadm": ipvsadm, "keepalived": keepalived, "ldirectord": ldirectord}


def main() -> None:
    answers = []
    for program, text in json.load(sys.stdin):
        run("ipvsadm", "-C")
        said = PROGRAMS[program](text)
        answers.append(
            {
                "saved": run("ipvsadm", "-Sn"),
                "listed": run("ipvsadm", "-Ln", "--tun-info"),
                "thresholds": run("ipvsadm", "-Ln", "--thresholds"),
                "said": said,
            }
        )
    run("ipvsadm", "-C")
    json.dump(answers, sys.stdout)


main()
