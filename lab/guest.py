# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests: the kernel command line of a host, starting it, waiting for it, ending it."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO, cast

from lab.errors import LabError
from lab.farm import Address, Host
from lab.image import Image
from lab.kernel import Kernel
from lab.paths import PACKAGE
from lab.run import tail
from lab.sandbox import Sandbox

# Of the old kernel, five guests at once beside another farm on two processors; alone it is a tenth.
BOOT_SECONDS = 180.0
BETWEEN_LOOKS = 0.05
# What a host says before its kernel starts anew, which takes it half a second.
LAST_WORDS = "reboot: Restarting system"
HANG_SECONDS = 15.0
# Where guests listen anyway: SSH, the telnet-like service, a page, squid's port.
LISTENING = {("tcp", 22), ("tcp", 23), ("tcp", 80), ("tcp", 3128)}


def kernel_arguments(host: Host, kernel: Kernel, image: Image, folder: Path) -> list[str]:
    """The UML command line of a host. Pure."""
    words = [
        f"mem={host.memory}M",
        f"uml_dir={folder}/uml",
        f"umid={host.name}",
        f"ubd0={folder}/{host.name}.cow,{image.disk}",
        "root=/dev/ubda",
        "rw",
        # The console goes to a file; a second one waits for `lab console`.
        "con=null",
        "con0=fd:0,fd:1",
        "con1=pts",
        "ssl=null",
        # Without 512 terminals of an old kind, each of which udev and systemd would look at in every boot.
        "pty.legacy_count=0",
        "quiet",
        *kernel.arguments,
        f"systemd.hostname={host.name}",
        "net.ifnames=0",
    ]
    words += [f"vec{number}:transport=tap,ifname={nic.tap},mac={nic.mac},gro=1" for number, nic in enumerate(host.nics)]
    words += [
        f"lab.nic{number}={','.join(address.with_prefixlen for address in nic.addresses)}"
        for number, nic in enumerate(host.nics)
    ]
    routes = [(route.to, route.via) for route in host.routes]
    if host.gateway is not None:
        routes.append(("0.0.0.0/0" if host.gateway.version == 4 else "::/0", host.gateway))
    words += [f"lab.route{_nic_towards(host, via)}={to},{via}" for to, via in routes]
    words += [f"lab.name{number}={nic.name}" for number, nic in enumerate(host.nics) if nic.name != f"vec{number}"]
    words += [f"lab.{protocol}={port}" for protocol, port in host.serves if (protocol, port) not in LISTENING]
    return words + (["lab.forward=1"] if host.forward else [])


def _nic_towards(host: Host, neighbour: Address) -> int:
    for number, nic in enumerate(host.nics):
        if any(neighbour in address.network for address in nic.addresses):
            return number
    raise LabError(
        f"Host {host.name}: {neighbour} is on no network of its NICs.", "Give a gateway that is a neighbour."
    )


def write_wrapper(folder: Path, kernel: Kernel) -> None:
    """The program that argv[0] names: see boot.py."""
    wrapper = folder / "linux"
    command = [sys.executable, "-I", "-S", str(PACKAGE / "boot.py"), str(wrapper), str(kernel.program)]
    preload = f"LD_PRELOAD={shlex.quote(str(kernel.preload))} " if kernel.preload else ""
    wrapper.write_text(f'#!/bin/sh\n{preload}exec {shlex.join(command)} "$@"\n')
    wrapper.chmod(0o755)


def start(sandbox: Sandbox, host: Host, processor: int, wrapper: Path, arguments: Iterable[str]) -> None:
    """Boot a host; its console goes to HOST.console.

    A guest's kernel and its processes take turns at every system call. On one processor that costs a fifth of what
    waking another processor does.
    """
    console = console_file(wrapper.parent, host)
    with console.open("ab") as log:
        subprocess.run(
            sandbox.enter("taskset", "--cpu-list", str(processor), "setsid", "--fork", wrapper, *arguments),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=True,
        )


def console_file(folder: Path, host: Host) -> Path:
    """Where the host's console output is kept."""
    return folder / f"{host.name}.console"


def wait_for_ssh(sandbox: Sandbox, hosts: Iterable[Host], folder: Path, came_up: Callable[[str, float], None]) -> None:
    """Return when SSH answers on every host; else say which does not, with the end of its console."""
    waiting = {host.name: host for host in hosts}
    pairs = [f"{host.name}={host.address}" for host in waiting.values()]
    command = sandbox.enter(sys.executable, "-I", PACKAGE / "probe.py", str(BOOT_SECONDS), *pairs)
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as probe:
        for line in cast("IO[str]", probe.stdout):
            name, seconds = line.split()
            del waiting[name]
            came_up(name, float(seconds))
    if waiting:
        consoles = [f"--- {host.name}\n{console_tail(folder, host)}" for host in waiting.values()]
        raise LabError(
            f"Not up within {BOOT_SECONDS:.0f} s: {', '.join(waiting)}.",
            "The end of the console may say why. Give the host more memory, or try --kernel host.",
            "\n".join(consoles),
        )


def console_tail(folder: Path, host: Host) -> str:
    """The end of what the host said."""
    console = console_file(folder, host)
    return tail(console.read_text(errors="replace")) if console.exists() else ""


def kill(sandbox: Sandbox, host: Host, folder: Path) -> None:
    """Take the power away."""
    sandbox.signal(process_id(folder, host), signal.SIGKILL)


def boot_mark(folder: Path, host: Host) -> int:
    """Changes each time the host's kernel starts: UML writes its id anew."""
    return _pid_file(folder, host).stat().st_mtime_ns


def restarts(folder: Path, host: Host, before: int) -> bool:
    """Return when the host's kernel has started again, or has gone down and hangs, as UML was seen to do.

    Everything is on its disk then: False, and its power can be cut.
    """
    deadline = time.monotonic() + BOOT_SECONDS
    hangs = deadline
    while not _pid_file(folder, host).exists() or boot_mark(folder, host) == before:
        now = time.monotonic()
        if now > deadline:
            raise LabError(
                f"{host.name} did not restart within {BOOT_SECONDS:.0f} s.",
                f"Cut its power: lab reboot --power {host.name}",
                console_tail(folder, host),
            )
        hangs = min(hangs, now + HANG_SECONDS) if console_tail(folder, host).endswith(LAST_WORDS) else deadline
        if now > hangs:
            return False
        time.sleep(BETWEEN_LOOKS)
    return True


def _pid_file(folder: Path, host: Host) -> Path:
    return folder / "uml" / host.name / "pid"


def process_id(folder: Path, host: Host) -> int:
    """The guest's process id, as it is inside the sandbox."""
    try:
        return int(_pid_file(folder, host).read_text())
    except FileNotFoundError as error:
        raise LabError(f"Host {host.name} does not run.", f"Start it: lab reboot --power {host.name}") from error
