# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many VIPs cost: `vip_address` adds them and finds them as they are, and its unit's commands bring them back.

`benchmarks/vips` starts it in namespaces of its own. The module, ip and the kernel are real; systemctl alone is not.
"""

from __future__ import annotations

import argparse
import ipaddress
import itertools
import json
import math
import os
import resource
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ansible.module_utils import basic

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import unit
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host, execute
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_address import run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network.vip_options import SPECIFICATION

COUNTS = (1, 10, 100, 1000)
WANTED_GROWTH, WANTED_RATIO = 1.1, 3
FIRST = ipaddress.IPv4Address("10.9.0.1")
FOLDERS = ("/run", "/etc/systemd", "/var/lib")
# A realserver's, and a director's.
LO, NIC = "lo", "nic0"
ARP_HIDING = {"arp_ignore": "1", "arp_announce": "2"}

Seconds = dict[tuple[str, str, int], list[float]]  # by interface, what was done, and how many VIPs


def prepare() -> None:
    """Empty folders, a NIC with a wire, and a host that hides what is on lo."""
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    for folder in FOLDERS:
        subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    Path("/run/systemd/system").mkdir(parents=True)
    Path(unit.WANTS).mkdir(parents=True)
    for words in (
        f"link add {NIC} type veth peer name wire",
        "link set wire up",
        f"link set {NIC} up",
        f"link set {LO} up",
    ):
        ip(*words.split())
    for name, value in ARP_HIDING.items():
        Path("/proc/sys/net/ipv4/conf/all", name).write_text(value)


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def told(argv: Sequence[str], given: str = "") -> Completed:
    """Run it; but of systemctl there is only what it does to files, for no systemd is at work here."""
    if argv[0] != "systemctl":
        return execute(argv, given)
    if argv[1] in ("enable", "disable"):
        path = Path(unit.DIRECTORY, argv[-1])
        link = Path(unit.link(str(path)))
        link.symlink_to(path) if argv[1] == "enable" else link.unlink()
    return Completed(tuple(argv), 0, "", "")


def module_for(vips: Sequence[str], interface: str, state: str) -> basic.AnsibleModule:
    arguments = {"vips": [*vips], "interface": interface, "backend": "unit", "state": state}
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    return basic.AnsibleModule(**SPECIFICATION, supports_check_mode=True)


def applied(vips: Sequence[str], interface: str, state: str, changed: bool) -> float:
    """The seconds in which the module does it."""
    module = module_for(vips, interface, state)
    began = processor()
    result = run(module, Host(execute=told))
    seconds = processor() - began
    if result["changed"] != changed or len(held(interface)) != (len(vips) if state == "present" else 0):
        sys.exit(f"{len(vips)} VIPs on {interface}: {result['changed']=}, {len(held(interface))} are there")
    return seconds


def processor() -> float:
    """The seconds of a processor so far, of this process and of its programs: nothing here waits for anything else."""
    return sum(sum(resource.getrusage(whose)[:2]) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def held(interface: str) -> list[str]:
    """The VIPs that are there."""
    said = subprocess.run(["ip", "-j", "addr", "show", interface], check=True, capture_output=True, text=True).stdout
    addresses = [ipaddress.ip_address(one["local"]) for one in json.loads(said)[0]["addr_info"]]
    return [str(address) for address in addresses if address in ipaddress.ip_network("10.0.0.0/8")]


def booted(vips: Sequence[str], interface: str) -> float:
    """The seconds in which the unit's commands bring them back."""
    ip("addr", "flush", "dev", interface, "to", "10.0.0.0/8")
    commands = [*of_unit(Path(unit.DIRECTORY, f"lvs-vip-{interface}.service").read_text())]
    began = processor()
    for argv in commands:
        subprocess.run(argv, check=True)
    seconds = processor() - began
    if sorted(held(interface)) != sorted(vips):
        sys.exit(f"{len(held(interface))} of {len(vips)} VIPs are on {interface} after its unit ran")
    return seconds


def of_unit(text: str) -> Iterator[list[str]]:
    """The commands of a unit as systemd runs them: what it joins, and its two escapes."""
    for line in text.replace("\\\n", "").splitlines():
        key, _sign, command = line.partition("=")
        if key in ("ExecStartPre", "ExecStart"):
            yield [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(command)]


def life(vips: Sequence[str], interface: str) -> Iterator[tuple[str, float]]:
    """What is done with VIPs, one after the other, and the seconds that it takes."""
    yield "added", applied(vips, interface, "present", changed=True)
    yield "as they are", applied(vips, interface, "present", changed=False)
    yield "at boot", booted(vips, interface)
    yield "removed", applied(vips, interface, "absent", changed=True)


def measure(rounds: int) -> Seconds:
    """All of it, round by round, so that whatever else the machine does meets all alike."""
    seconds: Seconds = {}
    for _round, interface, count in itertools.product(range(rounds), (LO, NIC), COUNTS):
        for what, took in life([str(FIRST + number) for number in range(count)], interface):
            seconds.setdefault((interface, what, count), []).append(took)
    return seconds


def report(seconds: Seconds) -> Iterator[str]:
    """The least milliseconds of a processor; how they grow with the VIPs; and the ratio at boot."""
    heads = [f"{count:,} VIP{'s' * (count > 1)}" for count in COUNTS]
    yield f"| milliseconds of a processor | {' | '.join(heads)} | growth at worst |"
    yield f"| --- | {'---: | ' * (len(COUNTS) + 1)}".rstrip()
    for interface, what in dict.fromkeys(key[:2] for key in seconds):
        least = [min(seconds[interface, what, count]) for count in COUNTS]
        yield f"| on {interface}, {what} | {' | '.join(f'{one * 1000:.1f}' for one in least)} | {growth(least):.2f} |"
    yield ""
    for interface in (LO, NIC):
        few, many = (min(seconds[interface, "at boot", count]) for count in (10, 1000))
        yield f"At boot 1,000 VIPs on {interface} take {many / few:.1f} times as long as 10."
    yield f"Wanted: growth at most {WANTED_GROWTH} (1 is in proportion), at boot at most {WANTED_RATIO} times."


def growth(least: Sequence[float]) -> float:
    """The exponent from one count to the next, ten times as many; the highest."""
    return max(math.log10(after / before) for before, after in itertools.pairwise(least))


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks/vips", description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=9)
    rounds = parser.parse_args().rounds
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    prepare()
    said = f"Kernel {os.uname().release}, the fastest of {rounds} rounds, load before: {load}."
    sys.stdout.writelines(f"{line}\n" for line in (said, "", *report(measure(rounds))))


if __name__ == "__main__":
    main()
