# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `run` runs: boots a director, measures, and prints a table of seconds and ratios."""

from __future__ import annotations

import argparse
import collections
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
from typing import Any

HERE = pathlib.Path(__file__).parent
Figures = dict[str, list[dict[str, Any]]]


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/run", description="How fast the kernel's table is made.")
    parser.add_argument("--services", type=int, default=1000, help="default: %(default)s")
    parser.add_argument("--realservers", type=int, default=10, help="of each service; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, help="the median of so many counts; default: %(default)s")
    parser.add_argument("--curve", type=int, nargs="*", default=[250, 500, 2000, 4000], metavar="SERVICES")
    parser.add_argument("--sample", type=int, default=300, help="processes of ipvsadm; default: %(default)s")
    parser.add_argument("--kernel", choices=("newest", "host"), default="newest", help="default: %(default)s")
    parser.add_argument("--write", action="store_true", help="keep the report as benchmarks/results/KERNEL.md")
    return parser.parse_args()


def table(services: int, realservers: int) -> list[dict[str, Any]]:
    """Distinct services, each with realservers of its own."""
    return [
        {
            "vip": f"10.{100 + number // 250}.0.{number % 250 + 1}",
            "port": 80,
            "scheduler": "wlc",
            "realservers": [
                {"rip": f"10.{number // 250}.{number % 250}.{one + 1}", "weight": one + 1} for one in range(realservers)
            ],
        }
        for number in range(services)
    ]


def write_tables(folder: pathlib.Path, services: int, realservers: int) -> None:
    """The table as JSON text and as a variable, and the same with one weight changed."""
    listed = table(services, realservers)
    (folder / "table.json").write_text(json.dumps(listed), encoding="utf-8")
    (folder / "list.json").write_text(json.dumps({"services": listed}), encoding="utf-8")
    listed[0]["realservers"][0]["weight"] = 0
    (folder / "one_changed.json").write_text(json.dumps(listed), encoding="utf-8")


def play(services: int, realservers: int, sample: int) -> dict[str, dict[str, Any]]:
    """One round: what each task of the playbook took, by its name."""
    sys.stderr.write(f"{services} services of {realservers} realservers …\n")
    with tempfile.TemporaryDirectory() as folder:
        seconds = pathlib.Path(folder, "seconds")
        write_tables(pathlib.Path(folder), services, realservers)
        words = ["-i", "bin/lab-inventory", "-e", f"tables={folder}", "-e", f"sample={sample}"]
        environment = {
            "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
            "ANSIBLE_CALLBACKS_ENABLED": "seconds",
            "ANSIBLE_DISPLAY_OK_HOSTS": "false",
            "LVS_BENCHMARK_SECONDS": str(seconds),
        }
        subprocess.run(
            ["ansible-playbook", *words, str(HERE / "playbook.yml")],
            check=True,
            env={**os.environ, **environment},
            stdout=sys.stderr,
        )
        lines = map(json.loads, seconds.read_text(encoding="utf-8").splitlines())
        return {line["task"]: line for line in lines}


def rounds(count: int, services: int, realservers: int, sample: int) -> Figures:
    figures: Figures = collections.defaultdict(list)
    for number in range(count):
        for name, line in play(services, realservers, 0 if number else sample).items():
            figures[name].append(line)
    return figures


def median(figures: Figures, name: str, what: str = "seconds") -> float:
    return float(statistics.median(line[what] for line in figures[name]))


def memory(figures: Figures, name: str) -> float:
    return max(float(json.loads(line["stdout"])["mebibytes"]) for line in figures[f"memory of {name}"])


def inside(figures: Figures, name: str) -> float:
    """The seconds between the start and the end of Python on the director."""
    return statistics.median(float(json.loads(line["stdout"])["seconds"]) for line in figures[f"memory of {name}"])


def comparison(figures: Figures, chosen: argparse.Namespace) -> list[str]:
    """The ways to make one table, each against one `ipvsadm -R`."""
    objects = chosen.services * (1 + chosen.realservers)
    restore = median(figures, "restore", "command")
    processes = median(figures, "processes", "command") / chosen.sample * objects
    loop = median(figures, "loop") / figures["loop"][0]["items"] * objects
    rows = [
        ("`ipvsadm -R`, one process", restore),
        ("`ipvs_table`, new, the whole task", median(figures, "install")),
        ("`ipvs_table`, nothing to change", median(figures, "unchanged")),
        ("the same of a list in a variable: new", median(figures, "install from a list")),
        ("the same of a list in a variable: nothing to change", median(figures, "unchanged from a list")),
        (f"`ipvs_table`, one weight ({figures['weight'][0]['commands']} message)", median(figures, "weight")),
        (f"an `ipvsadm` process for each command (scaled from {chosen.sample})", processes),
        (f"a loop of `ipvs_dest` (scaled from {figures['loop'][0]['items']})", loop),
        ("for comparison: the task `ping`", median(figures, "ping")),
    ]
    lines = ["| way | seconds | ratio |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {seconds:.1f} | {seconds / restore:.2f} |" for name, seconds in rows]
    ratio = processes / median(figures, "install")
    return [*lines, "", f"`ipvs_table` is {ratio:.0f} times as fast as a process for each command."]


def parts(figures: Figures) -> list[str]:
    """Where the time of a task goes, and the memory of the module."""
    lines = [
        "| `ipvs_table` | on the controller and between | Python on the director | peak memory |",
        "| --- | ---: | ---: | ---: |",
    ]
    for name in ("install", "unchanged"):
        there = inside(figures, name)
        rest = max(median(figures, name) - there, 0.0)
        lines.append(f"| {name} | {rest:.1f} s | {there:.1f} s | {memory(figures, name):.0f} MiB |")
    return lines


def curve(chosen: argparse.Namespace, known: Figures) -> list[str]:
    """How the time grows with the table."""
    measured = {chosen.services: known}
    for services in chosen.curve:
        measured[services] = rounds(1, services, chosen.realservers, 0)
    lines = [
        "| services | `ipvsadm -R` | new | ms each | nothing to change | ms each | peak memory |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for services, figures in sorted(measured.items()):
        new, same = median(figures, "install"), median(figures, "unchanged")
        lines.append(
            f"| {services} | {median(figures, 'restore', 'command'):.1f} s"
            f" | {new:.1f} s | {new / services * 1000:.1f} | {same:.1f} s | {same / services * 1000:.1f}"
            f" | {memory(figures, 'install'):.0f} MiB |"
        )
    return lines


def report(chosen: argparse.Namespace) -> list[str]:
    words = ["bin/lab", "ssh", "director", "--", "uname", "-r"]
    release = subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    figures = rounds(chosen.rounds, chosen.services, chosen.realservers, chosen.sample)
    return [
        f"Kernel {release} (User-mode Linux), {chosen.services} services of {chosen.realservers} realservers, the"
        f" median of {chosen.rounds} rounds; {os.cpu_count()} processors, load before: {load}.",
        "",
        *comparison(figures, chosen),
        "",
        *parts(figures),
        "",
        *curve(chosen, figures),
    ]


def main() -> None:
    chosen = options()
    subprocess.run(["bin/lab", "up", "benchmarks/farm.yml", "--kernel", chosen.kernel], check=True, stdout=sys.stderr)
    text = "\n".join(report(chosen)) + "\n"
    sys.stdout.write(text)
    if chosen.write:
        results = HERE / "results"
        results.mkdir(exist_ok=True)
        (results / f"{chosen.kernel}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
