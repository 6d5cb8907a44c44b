# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: from nothing to an LVS that serves, shown as the HOWTO shows it (section 5.3)."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab import cli, running, signals
from lab.errors import LabError
from lab.paths import PACKAGE
from lab.run import run

VIP = "192.168.1.110"
HTTP = 80
CONNECTIONS = 10
SEGMENT = "lan"
FARM = "dr"
COUNTERS_SECONDS = 10.0
MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")

out = Console(highlight=False)


def playbook(*words: str) -> None:
    """Run ansible-playbook on the farm, seen by the person who watches."""
    checkout = PACKAGE.parent
    command = ["ansible-playbook", "-i", "inventories/example", "-i", "bin/lab-inventory", *words]
    out.print(f"[bold]$ {escape(' '.join(command))}[/]")
    if subprocess.run(command, cwd=checkout, check=False).returncode:
        raise LabError("ansible-playbook failed.", "Its last message says where. The farm is left up: lab ssh HOST")


def show_picture(farm: running.Running) -> None:
    """The LVS as the plan has it."""
    picture = farm.folder / "picture"
    run(
        ["ansible-playbook", "-i", "inventories/example", PACKAGE / "demo.yml", "-e", f"picture_file={picture}"],
        "Run it by hand to see why.",
        folder=PACKAGE.parent,
    )
    out.rule("The LVS")
    out.print(picture.read_text(), markup=False)


def on_director(farm: running.Running, *words: str) -> str:
    """The output of a command on the director."""
    return run(farm.ssh(farm.farm.host("director"), *words), "Look at the director: lab ssh director")


def show_connections(farm: running.Running) -> bool:
    """Ten connections of the client and who answered each; whether all realservers did."""
    script = (PACKAGE / "client.py").read_text()
    words = ["python3", "-", "http", VIP, str(HTTP), str(CONNECTIONS)]
    answers: list[Any] = json.loads(
        run(farm.ssh(farm.farm.host("client"), *words), "Look at the client: lab ssh client", input_text=script)
    )
    out.rule(f"The client opens http://{VIP}/ {CONNECTIONS} times")
    table = Table("connection", "answered by")
    for number, answer in enumerate(answers, start=1):
        table.add_row(str(number), escape(str(answer)))
    out.print(table)
    return set(answers) == {host.name for host in farm.farm.hosts if host.role == "realserver"}


def show_arp(farm: running.Running) -> bool:
    """Who answers when a third host asks for the VIP; whether that is the director alone."""
    owners = {nic.mac: host.name for host in farm.farm.hosts for nic in host.nics}
    answer = farm.sandbox.run("arping", "-r", "-c", "5", "-w", "5", "-W", "0.2", "-i", SEGMENT, VIP)
    macs = sorted(set(MAC.findall(answer)))
    out.rule(f"A third host asks: who has {VIP}?")
    for mac in macs:
        out.print(f"  {mac} answers: {owners.get(mac, 'a stranger')}")
    return [owners.get(mac) for mac in macs] == ["director"]


def show_counters(farm: running.Running) -> None:
    """What the director counted; the kernel adds up only every two seconds."""
    deadline = time.monotonic() + COUNTERS_SECONDS
    counters = on_director(farm, "ipvsadm", "-L", "-n", "--stats")
    while not re.search(rf"{VIP}:{HTTP} +[1-9]", counters) and time.monotonic() < deadline:
        counters = on_director(farm, "ipvsadm", "-L", "-n", "--stats")
    out.rule("The director's counters")
    out.print(counters, markup=False)


def main() -> int:
    """Build, boot, provision, show; exit status 1 when the LVS does not do what it should, Ctrl-C with 130."""
    if not running.is_up():
        sys.argv[1:] = ["up", FARM]
        status = cli.main()
        if status:
            return status
    try:
        signals.take_over()
        return show(running.current())
    except LabError as error:
        out.print(f"[bold red]demo:[/] {escape(error.problem)}\n{escape(error.cure)}\n{escape(error.detail)}")
        return 1
    except KeyboardInterrupt:
        out.print("demo: interrupted; the farm is left up: bin/lab down")
        return 130


def show(farm: running.Running) -> int:
    """Provision the farm and show that it serves."""
    if farm.farm.name != FARM:
        raise LabError(f"Farm {farm.farm.name} is up; the demo needs {FARM}.", "End it first: make demo-down")
    playbook("site.yml")
    show_picture(farm)
    out.rule("The director's table")
    out.print(on_director(farm, "ipvsadm", "-L", "-n"), markup=False)
    balanced = show_connections(farm)
    hidden = show_arp(farm)
    show_counters(farm)
    if not (balanced and hidden):
        raise LabError("The LVS does not do what it should.", "See the connections and the ARP answers above.")
    out.print("[bold green]It works.[/] Look around: bin/lab status, bin/lab ssh director. End it: make demo-down")
    return 0


if __name__ == "__main__":
    sys.exit(main())
