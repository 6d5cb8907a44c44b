# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What many VIPs cost: a task that puts them there, one that finds them there, and the boot that brings them back."""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
DIRECTOR = ["ansible", "director", "-i", "bin/lab-inventory", "-b", "-m"]
SIZES = (1, 10, 100, 1000)
INTERFACES = ("lo", "vec0")
GROWTH = 1.1  # the largest exponent of the work of the module in the number of VIPs
BOOT = 3.0  # how many times as long a boot of 1,000 may take as one of 10

_SECONDS = re.compile(r"(?:(\d+)min )?(?:([\d.]+)s)?(?:([\d.]+)ms)?$")


def vips(number: int) -> list[str]:
    return [f"10.{100 + one // 250}.0.{one % 250 + 1}" for one in range(number)]


def play(number: int, interface: str) -> dict[str, float]:
    """The seconds of each task of the playbook, by its name."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "seconds")
        profile = {
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "seconds",
            "LVS_BENCHMARK_SECONDS": str(notes),
        }
        variables = json.dumps({"vips": vips(number), "interface": interface})
        command = ["ansible-playbook", "-i", "bin/lab-inventory", "-e", variables, str(HERE / "vips.yml")]
        subprocess.run(command, check=True, env={**os.environ, **profile}, stdout=sys.stderr)
        return {line["task"]: line["seconds"] for line in map(json.loads, notes.read_text().splitlines())}


def on_director(*words: str) -> str:
    """What a command says there."""
    argv = [*DIRECTOR, "ansible.builtin.command", "-a", " ".join(words), "-o"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def boot() -> float:
    """The seconds that the unit with the VIPs takes at a boot, by systemd's own watch."""
    subprocess.run(["bin/lab", "reboot", "director"], check=True, stdout=sys.stderr, stderr=sys.stderr)
    found = re.search(r"(\S+(?: \S+)?)\s+lvs-vip-\S+\.service", on_director("systemd-analyze", "blame", "--no-pager"))
    return seconds_in(found[1]) if found else 0.0


def seconds_in(text: str) -> float:
    """A span of time as systemd writes it: `1min 2.5s` or `870ms`."""
    found = _SECONDS.search(text.replace("\\n", "").strip())
    minutes, seconds, milliseconds = (float(part or 0) for part in found.groups()) if found else (0.0, 0.0, 0.0)
    return 60 * minutes + seconds + milliseconds / 1000


def exponent(small: tuple[int, float], large: tuple[int, float]) -> float:
    """How the time grows with the number: 1 is as fast as it, 2 with its square."""
    return math.log(large[1] / small[1]) / math.log(large[0] / small[0])


def measure(interface: str) -> dict[int, dict[str, float]]:
    """By the number of VIPs, the seconds of each kind of work, and of a task that does nothing."""
    found = {}
    for number in SIZES:
        tasks = play(number, interface)
        found[number] = {
            "ping": tasks["ping"],
            "live": tasks["put them there"],
            "no-op": tasks["find them there"],
            "boot": boot(),
        }
        play(0, interface)
    return found


def report(interface: str, found: dict[int, dict[str, float]]) -> tuple[list[str], list[str]]:
    """The figures as Markdown, and what is not as it should be."""
    rows = [
        f"| {number:,} | {one['ping']:.2f} | {one['live']:.2f} | {one['no-op']:.2f} | {one['boot']:.2f} |"
        for number, one in found.items()
    ]
    growth = {
        work: exponent(*((number, max(0.001, found[number][work])) for number in SIZES[-2:]))
        for work in ("live", "no-op")
    }
    ratio = found[1000]["boot"] / max(0.001, found[10]["boot"])
    told = [
        f"{work}: beyond a ping it grows with the {value:.2f}th power from 100 to 1,000"
        for work, value in growth.items()
    ]
    lines = [
        f"## On {interface}",
        "",
        "| VIPs | ping | put there | found there | boot |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
        *told,
        f"boot: 1,000 take {ratio:.1f} times as long as 10",
        "",
    ]
    wrong = [f"{interface}, {line}" for line, value in zip(told, growth.values(), strict=True) if value > GROWTH]
    return lines, wrong + ([f"{interface}: a boot of 1,000 takes {ratio:.1f} times as long"] if ratio > BOOT else [])


def main() -> int:
    """Measure, print, and fail where it grows too fast."""
    parser = argparse.ArgumentParser(prog="benchmarks/vips", description=__doc__)
    parser.add_argument("interfaces", nargs="*", default=INTERFACES)
    failures = []
    for interface in parser.parse_args().interfaces:
        lines, wrong = report(interface, measure(interface))
        sys.stdout.write("\n".join(lines) + "\n")
        sys.stdout.flush()
        failures += wrong
    sys.stdout.writelines(f"too slow: {one}\n" for one in failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
