# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A running farm: brought up as a whole or not at all, found again by its state folder, ended without a trace."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from lab import guest, network, signals
from lab.errors import LabError
from lab.farm import Farm, Host, Nic, read_farm
from lab.image import Image
from lab.inventory import inventory, ssh_config
from lab.kernel import Kernel
from lab.machine import RUN_DISK_MB, require_disk, require_memory, require_tun
from lab.paths import PACKAGE, state_dir
from lab.run import run
from lab.sandbox import NewSandbox, Sandbox

# What the guests take beside their own memory: one process and its page tables each.
OVERHEAD_MB = 16
_CONNECTION_LOST = 255  # ssh(1)
_NO_END = 124  # timeout(1)
_GOING_SECONDS = 30

Report = Callable[[str], None]


def load_farm(name: str) -> tuple[Farm, Any]:
    """A farm by the name of a shipped one or the path of a file, with the data it was read from."""
    path = Path(name) if name.endswith((".yml", ".yaml")) else PACKAGE / "farms" / f"{name}.yml"
    if not path.exists():
        raise LabError(f"There is no farm {name!r}.", f"Shipped: {', '.join(shipped_farms())}; or give a YAML file.")
    try:
        data = yaml.safe_load(path.read_text())
    except yaml.YAMLError as error:
        raise LabError(f"{path} is not YAML.", "Mend the place the message names.", str(error)) from error
    return read_farm(path.stem, str(path), data), data


def shipped_farms() -> list[str]:
    """The farms that come with the lab."""
    return sorted(path.stem for path in (PACKAGE / "farms").glob("*.yml"))


@contextmanager
def exclusive() -> Iterator[Path]:
    """The state folder, with no other `lab` at work in it."""
    folder = state_dir()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    owner = folder.lstat()
    if folder.is_symlink() or owner.st_uid != os.getuid():
        raise LabError(f"{folder} is not yours.", "Remove it, or set LVS_LAB_STATE to a folder of your own.")
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabError("Another `lab` is at work.", "Wait until it has ended.") from error
        yield folder


@dataclass
class Running:
    """A farm that is up."""

    folder: Path
    farm: Farm
    sandbox: Sandbox
    state: dict[str, Any]

    def hosts(self, names: Sequence[str]) -> list[Host]:
        """The hosts of those names."""
        return [self.farm.host(name) for name in names]

    def note(self, figure: str, seconds: float) -> None:
        """Keep a measured figure for `lab status`."""
        self.state["figures"][figure] = round(seconds, 2)
        _write_state(self.folder, self.state)

    def ssh(self, host: Host, *command: str) -> list[str]:
        """The command line of an SSH session on a host."""
        return ["ssh", "-F", str(self.folder / "ssh_config"), host.name, *command]

    def reboot(self, hosts: Sequence[Host], report: Report, *, power: bool) -> None:
        """Boot the hosts, all at once, by their own `reboot` or by cutting the power, and wait until they are up."""
        started = time.monotonic()
        if power:
            for host in hosts:
                self.cut_power(host)
        else:
            self._reboot_themselves(hosts)
        self.wait_until_up(hosts, report)
        if not power:
            self.note("reboot", time.monotonic() - started)

    def wait_until_up(self, hosts: Sequence[Host], report: Report) -> None:
        """Return when SSH answers on every host and all its services have started."""
        guest.wait_for_ssh(self.sandbox, hosts, self.folder, _tell(report))
        with ThreadPoolExecutor(len(hosts)) as pool:
            list(pool.map(self._wait_for_services, hosts))

    def _wait_for_services(self, host: Host) -> None:
        words = "systemctl is-system-running --quiet --wait || { systemctl --failed --no-pager; exit 1; }"
        cure = f"A service of {host.name} did not start: lab ssh {host.name} journalctl"
        run(self.ssh(host, words), cure, timeout=guest.BOOT_SECONDS)

    def cut_power(self, host: Host) -> None:
        """Take the power away and give it back; what was not on the disk is lost."""
        if self.runs(host):
            self.kill(host)
        self.start(host)

    def kill(self, host: Host) -> None:
        """Take the power away."""
        guest.kill(self.sandbox, host, self.folder)
        self.hang_up(host)

    def start(self, host: Host) -> None:
        """Give a host power."""
        arguments = self.state["arguments"][host.name]
        guest.start(self.sandbox, host, _processor(self.farm, host), self.folder / "linux", arguments)

    def _reboot_themselves(self, hosts: Sequence[Host]) -> None:
        before = {host.name: guest.boot_mark(self.folder, host) for host in hosts}
        for host in hosts:
            # One that is quick takes the connection along before ssh knows how the command ended, or that it has.
            # Whether it restarts is seen below.
            words = ("timeout", str(_GOING_SECONDS), *self.ssh(host, "systemctl", "reboot"))
            run(words, f"Cut its power: lab reboot --power {host.name}", accept=(0, _CONNECTION_LOST, _NO_END))
            self.hang_up(host)
        for host in hosts:
            if not guest.restarts(self.folder, host, before[host.name]):
                self.cut_power(host)

    def hang_up(self, host: Host) -> None:
        """End the SSH connection to the host that is kept for the next command; it may have gone already."""
        subprocess.run(self.ssh(host, "-O", "exit"), check=False, capture_output=True, stdin=subprocess.DEVNULL)

    def runs(self, host: Host) -> bool:
        """Whether the host's kernel runs."""
        try:
            pid = guest.process_id(self.folder, host)
            self.sandbox.run("kill", "-0", str(pid))
        except LabError:
            return False
        return True

    def nic(self, host: Host, name: str) -> Nic:
        """A NIC by the name it has in the guest."""
        for nic in host.nics:
            if name == nic.name:
                return nic
        names = ", ".join(nic.name for nic in host.nics)
        raise LabError(f"Host {host.name} has no NIC {name!r}.", f"It has: {names}.")


def _tell(report: Report) -> Callable[[str, float], None]:
    return lambda name, seconds: report(f"{name} up after {seconds:.1f} s")


def current() -> Running:
    """The farm that is up, or an error that says how to bring one up."""
    folder = state_dir()
    try:
        state = json.loads((folder / "state.json").read_text())
    except FileNotFoundError as error:
        raise LabError("No farm is up.", f"Bring one up: lab up {shipped_farms()[0]}") from error
    running = Running(
        folder=folder,
        farm=read_farm(state["farm"], state["source"], state["data"]),
        sandbox=Sandbox(state["keeper"], state["keeper_started"]),
        state=state,
    )
    if not running.sandbox.alive:
        raise LabError(f"Farm {state['farm']} was up, but has ended.", "Tidy up with: lab down")
    return running


def is_up() -> bool:
    """Whether a farm is up."""
    try:
        current()
    except LabError:
        return False
    return True


def up(farm: Farm, data: Any, source: str, kernel: Kernel, image: Image, report: Report) -> Running:
    """Bring a farm up; on any failure, and on Ctrl-C, nothing of it stays."""
    with exclusive() as folder:
        _refuse_second(folder)
        require_room(farm)
        require_disk(folder, RUN_DISK_MB)
        new = NewSandbox()
        try:
            running = _boot(folder, farm, new.sandbox, kernel, image, report)
            running.state.update(source=source, data=data)
            _write_state(folder, running.state)
            new.keep()
        except BaseException:
            with signals.held_back():
                new.discard()
                _clear(folder)
            raise
    return running


def _refuse_second(folder: Path) -> None:
    if is_up():
        raise LabError(f"Farm {current().farm.name} is up already.", "Use it (lab status), or end it first: lab down")
    _clear(folder)


def require_room(farm: Farm) -> None:
    """Stop when the farm's hosts do not fit this machine."""
    require_tun()
    require_memory([host.memory + OVERHEAD_MB for host in farm.hosts])


def _processor(farm: Farm, host: Host) -> int:
    """The one processor that a host runs on: the hosts take turns."""
    processors = sorted(os.sched_getaffinity(0))
    return processors[farm.hosts.index(host) % len(processors)]


def _boot(folder: Path, farm: Farm, sandbox: Sandbox, kernel: Kernel, image: Image, report: Report) -> Running:
    network.build(sandbox, farm)
    guest.write_wrapper(folder, kernel)
    (folder / "cp").mkdir()
    write_proxy(folder, sandbox)
    (folder / "ssh_config").write_text(ssh_config(farm, folder, image.key))
    (folder / "known_hosts").write_text(f"* {image.host_key}")
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory(farm, folder), sort_keys=False))
    arguments = {host.name: guest.kernel_arguments(host, kernel, image, folder) for host in farm.hosts}
    figures = {"image": image.seconds}
    state = {
        "farm": farm.name,
        "kernel": f"{kernel.release} ({kernel.origin})",
        "suite": image.suite,
        "keeper": sandbox.keeper,
        "keeper_started": sandbox.started,
        "arguments": arguments,
        "figures": figures,
    }
    running = Running(folder, farm, sandbox, state)
    started = time.monotonic()
    for host in farm.hosts:
        running.start(host)
    running.wait_until_up(farm.hosts, report)
    figures["up"] = round(time.monotonic() - started, 2)
    return running


def write_proxy(folder: Path, sandbox: Sandbox) -> None:
    """What ssh connects through, so that it works from outside the sandbox as well as inside."""
    proxy = folder / "proxy"
    outside = shlex.join(sandbox.enter("nc"))
    here, there = "/proc/self/ns/net", f"/proc/{sandbox.keeper}/ns/net"
    proxy.write_text(f'#!/bin/sh\n[ {here} -ef {there} ] && exec nc "$@"\nexec {outside} "$@"\n')
    proxy.chmod(0o755)


def down(report: Report) -> None:
    """End the farm and remove every trace of it; nothing to do is not an error."""
    with exclusive() as folder:
        if not is_up():
            _clear(folder)
            report("No farm is up.")
            return
        running = current()
        running.sandbox.end()
        _clear(folder)
        report(f"Farm {running.farm.name} has ended.")


def _write_state(folder: Path, state: dict[str, Any]) -> None:
    draft = folder / "state.draft"
    draft.write_text(json.dumps(state))
    draft.replace(folder / "state.json")


def _clear(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != "lock":
            entry.unlink()
