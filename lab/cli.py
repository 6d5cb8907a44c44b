# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line `lab`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab import console as terminal
from lab import guest, image, network, running, signals, watch
from lab.errors import LabError
from lab.farm import Farm, Host
from lab.inventory import inventory, script_inventory
from lab.kernel import Kernel, kernel
from lab.machine import require_packages
from lab.paths import one_builder, state_dir
from lab.planned import load_inventory

# Figures of `lab status`: what was measured, and the seconds it should stay under on two cores.
FIGURES = {
    "image": ("image built", 120.0),
    "up": ("guests up", 20.0),
    "task": ("one Ansible task", 0.7),
    "reboot": ("reboot", 10.0),
}
TASKS_MEASURED = 10

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def parser() -> argparse.ArgumentParser:
    """All commands and options."""
    top = argparse.ArgumentParser(
        prog="lab", description="The HOWTO's machines as real Linux kernels (User-mode Linux) on virtual Ethernet."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, function: Callable[[argparse.Namespace], int | None], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(function=function)
        return added

    for name, function, text in (
        ("build", build, "Fetch the kernel and build the guests' image; both are kept."),
        ("up", up, "Bring a farm up (builds first what is not there yet)."),
    ):
        added = command(name, function, text)
        added.add_argument(
            "farm",
            nargs="?",
            default="dr" if name == "build" else None,
            help=f"a shipped farm ({', '.join(running.shipped_farms())}) or a YAML file",
        )
        added.add_argument("--kernel", choices=("newest", "host"), default="newest", help="default: %(default)s")
        added.add_argument("--suite", choices=image.SUITES, default=image.SUITES[0], help="default: %(default)s")

    added.add_argument(
        *("-i", "--inventory"),
        action="append",
        metavar="INVENTORY",
        help="instead of a farm, an Ansible inventory: the farm is made to look like it",
    )
    added.add_argument("--print", action="store_true", help="print the farm file instead, to keep and edit it")

    shell = command("ssh", ssh, "A root shell, or a command, on a host.")
    shell.add_argument("host")
    shell.add_argument("words", nargs=argparse.REMAINDER, metavar="COMMAND")
    run = command("exec", execute, "Run a command where the controller stands: lab exec -- ansible all -m ping")
    run.add_argument("words", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    hosts = command("inventory", show_inventory, "Print the Ansible inventory of the farm that is up.")
    hosts.add_argument("--list", action="store_true", help="as JSON, as an inventory script; empty when nothing is up")
    again = command("reboot", reboot, "Boot hosts again, all at once, and wait until their services have started.")
    again.add_argument("hosts", nargs="+", metavar="HOST")
    again.add_argument("--power", action="store_true", help="cut the power instead of asking the host")
    command("kill", kill, "Take a host's power away; lab reboot --power gives it back.").add_argument("host")
    for name, function, text in (
        ("cut", cut, "Pull a cable (HOST or HOST:vec1), or part two hosts (HOST HOST)."),
        ("heal", heal, "Undo a cut, named the same way; without names, all cuts."),
    ):
        added = command(name, function, text)
        added.add_argument("ends", nargs="+" if name == "cut" else "*", metavar="HOST[:NIC]")
    witness = command(
        "watch", watch_addresses, "Write down who claims an address (ARP, neighbour discovery), or show it."
    )
    witness.add_argument("addresses", nargs="*", metavar="ADDRESS", help="watch these from now on; none: show who did")
    screen = command("console", console, "A root console that needs no network; Ctrl-] leaves.")
    screen.add_argument("host")
    screen.add_argument("--log", action="store_true", help="print what the host said on its console")
    state = command("status", status, "What is up, and the lab's figures.")
    state.add_argument("--measure", action="store_true", help="measure an Ansible task and a reboot first")
    state.add_argument("--json", action="store_true", help="for machines")
    command("down", down, "End the farm; nothing of it stays.")
    return top


def build(options: argparse.Namespace) -> None:
    """Everything that can be made before a farm comes up."""
    farm, _data = running.load_farm(options.farm)
    _prepare(options, farm)


def _load(options: argparse.Namespace) -> tuple[Farm, Any, str]:
    """The farm, the data that it was read from, and what to call its source."""
    if bool(options.farm) == bool(options.inventory):
        raise LabError("Which farm?", "Name a farm or give --inventory: lab up --help")
    if options.inventory:
        return *load_inventory(options.inventory, state_dir()), ", ".join(options.inventory)
    return *running.load_farm(options.farm), options.farm


def _prepare(options: argparse.Namespace, farm: Farm) -> tuple[Kernel, image.Image]:
    require_packages()
    with one_builder(), err.status("Kernel", spinner="line") as spinner:
        chosen = kernel(options.kernel, err.print)
        spinner.update("Image")

        def step(text: str) -> None:
            err.print(text)
            spinner.update(text)

        disk = image.image(options.suite, farm.packages, chosen, step)
    err.print(f"Kernel {chosen.release}: {chosen.origin}; guests: Debian {disk.suite}.")
    return chosen, disk


def up(options: argparse.Namespace) -> None:
    """Bring a farm up, or say what it would be."""
    wanted, data, source = _load(options)
    if options.print:
        print(yaml.safe_dump(data, sort_keys=False, default_flow_style=None, width=120), end="")
        return
    running.require_room(wanted)
    chosen, disk = _prepare(options, wanted)
    with err.status(f"Farm {escape(wanted.name)} boots", spinner="line"):
        farm = running.up(wanted, data, source, chosen, disk, err.print)
    err.print(f"Farm {farm.farm.name} is up after {farm.state['figures']['up']:.1f} s: {farm.farm.description}.")


def ssh(options: argparse.Namespace) -> NoReturn:
    """Become the SSH session."""
    farm = running.current()
    # Not by the connection that is kept: that leaves the caller's standard input non-blocking, for all who share it.
    _become(farm.ssh(farm.farm.host(options.host), "-o", "ControlPath=none", *options.words))


def execute(options: argparse.Namespace) -> NoReturn:
    """Become the command, on the farm's network."""
    words = options.words[1:] if options.words[:1] == ["--"] else options.words
    if not words:
        raise LabError("No command.", "Give one: lab exec -- ansible all -m ping")
    _become(running.current().sandbox.enter(*words))


def _become(words: list[str]) -> NoReturn:
    sys.stdout.flush()
    signals.reset()
    os.execvp(words[0], words)


def show_inventory(options: argparse.Namespace) -> None:
    """Print the inventory; bin/lab-inventory is a script inventory made of `--list`."""
    if options.list and not running.is_up():
        print(json.dumps({"_meta": {"hostvars": {}}}))
        return
    farm = running.current()
    if options.list:
        print(json.dumps(script_inventory(farm.farm, farm.folder)))
    else:
        print(yaml.safe_dump(inventory(farm.farm, farm.folder), sort_keys=False), end="")


def reboot(options: argparse.Namespace) -> None:
    """Boot hosts again."""
    with running.exclusive():
        farm = running.current()
        hosts = list(dict.fromkeys(farm.hosts(options.hosts)))
        farm.reboot(hosts, err.print, power=options.power)


def kill(options: argparse.Namespace) -> None:
    """Take the power away."""
    with running.exclusive():
        farm = running.current()
        farm.kill(farm.farm.host(options.host))


def cut(options: argparse.Namespace) -> None:
    """Pull a cable or part two hosts."""
    with running.exclusive():
        farm = running.current()
        if len(options.ends) == 2:
            one, other = farm.hosts(options.ends)
            network.part(farm.sandbox, one, other)
        else:
            _plug(farm, options.ends, connected=False)


def heal(options: argparse.Namespace) -> None:
    """Undo cuts."""
    with running.exclusive():
        farm = running.current()
        if len(options.ends) == 1:
            _plug(farm, options.ends, connected=True)
        else:
            hosts = farm.hosts(options.ends) or farm.farm.hosts
            network.join(farm.sandbox, hosts)
            _plug(farm, [] if options.ends else [host.name for host in hosts], connected=True)


def _plug(farm: running.Running, ends: Sequence[str], *, connected: bool) -> None:
    for end in ends:
        name, _, card = end.partition(":")
        host = farm.farm.host(name)
        for nic in (farm.nic(host, card),) if card else host.nics:
            network.plug(farm.sandbox, nic, connected=connected)


def watch_addresses(options: argparse.Namespace) -> None:
    """Begin to watch, or print what was heard."""
    farm = running.current()
    if options.addresses:
        watch.start(farm, options.addresses)
    else:
        print(json.dumps({"claimants": watch.claimants(farm), **watch.story(farm)}, indent=2))


def console(options: argparse.Namespace) -> None:
    """Talk to a host without its network, or read what it said."""
    farm = running.current()
    host = farm.farm.host(options.host)
    if options.log:
        print(guest.console_file(farm.folder, host).read_text(errors="replace"), end="")
    else:
        terminal.attach(farm.folder, host.name)


def status(options: argparse.Namespace) -> None:
    """What is up, and the figures."""
    farm = running.current()
    if options.measure:
        _measure(farm)
    if options.json:
        hosts = {host.name: _host_state(farm, host) for host in farm.farm.hosts}
        print(json.dumps({**{key: farm.state[key] for key in ("farm", "kernel", "suite", "figures")}, "hosts": hosts}))
        return
    table = Table(title=escape(f"{farm.farm.name}: {farm.farm.description}"), title_justify="left")
    for column in ("host", "role", "memory", "NICs", "state"):
        table.add_column(column)
    for host in farm.farm.hosts:
        nics = "\n".join(
            f"{nic.name} {nic.segment} {' '.join(address.with_prefixlen for address in nic.addresses)}"
            for nic in host.nics
        )
        table.add_row(host.name, host.role, f"{host.memory} MB", nics, _host_state(farm, host))
    out.print(table)
    out.print(f"Kernel {farm.state['kernel']}, guests Debian {farm.state['suite']}.")
    for name, (text, limit) in FIGURES.items():
        measured = farm.state["figures"].get(name)
        shown = "not measured: lab status --measure" if measured is None else f"{measured:.1f} s"
        out.print(f"  {text:18}{shown}  (aim: under {limit:g} s)")


def _host_state(farm: running.Running, host: Host) -> str:
    if not farm.runs(host):
        return "off"
    pulled = [nic.name for nic in host.nics if not network.is_plugged(farm.sandbox, nic)]
    return f"up, cut: {' '.join(pulled)}" if pulled else "up"


def _measure(farm: running.Running) -> None:
    """An Ansible task is the difference that more tasks of the same play make."""
    host = farm.farm.hosts[-1]
    one, many = (_play_seconds(farm, host, tasks) for tasks in (1, 1 + TASKS_MEASURED))
    farm.note("task", (many - one) / TASKS_MEASURED)
    with running.exclusive():
        farm.reboot([host], err.print, power=False)


def _play_seconds(farm: running.Running, host: Host, tasks: int) -> float:
    playbook = [{"hosts": host.called[0], "gather_facts": False, "tasks": [{"ansible.builtin.ping": {}}] * tasks}]
    words = ["ansible-playbook", "-i", str(farm.folder / "inventory.yml"), "/dev/stdin"]
    started = time.monotonic()
    done = subprocess.run(
        words,
        input=json.dumps(playbook),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "ANSIBLE_PIPELINING": "1"},
    )
    if done.returncode:
        raise LabError("ansible-playbook failed.", "Install ansible-core: make setup", done.stdout + done.stderr)
    return time.monotonic() - started


def down(_options: argparse.Namespace) -> None:
    """End the farm."""
    running.down(err.print)


def main() -> int:
    """Run one command; errors come with their cure and exit status 1, Ctrl-C with 130."""
    options = parser().parse_args()
    try:
        signals.take_over()
        options.function(options)
    except LabError as error:
        err.print(f"[bold red]lab:[/] {escape(error.problem)}\n{escape(error.cure)}")
        if error.detail:
            err.print(escape(error.detail))
        return 1
    except KeyboardInterrupt:
        err.print("lab: interrupted; nothing is left behind.")
        return 130
    return 0
