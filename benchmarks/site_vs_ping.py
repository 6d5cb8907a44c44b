# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What status.yml and a second run of site.yml cost in pings of all hosts. `benchmarks/site` brings it a farm."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INVENTORIES = ["-i", "inventories/example", "-i", "bin/lab-inventory"]
PING = ["ansible", "all", *INVENTORIES, "-m", "ansible.builtin.ping"]
SITE = ["ansible-playbook", *INVENTORIES, "site.yml"]
STATUS = ["ansible-playbook", *INVENTORIES, "playbooks/status.yml"]

Tasks = list[dict[str, Any]]


def run(words: list[str], notes: Path) -> float:
    """The seconds that a command takes; the module tasks of its hosts go into the file."""
    profile = {
        "ANSIBLE_CALLBACK_PLUGINS": str(ROOT / "benchmarks/callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "module_tasks",
        "LVS_MODULE_TASKS": str(notes),
    }
    started = time.monotonic()
    subprocess.run(words, cwd=ROOT, check=True, env={**os.environ, **profile}, capture_output=True)
    return time.monotonic() - started


def tasks_in(notes: Path) -> Tasks:
    """What the callback wrote down."""
    return [json.loads(line) for line in notes.read_text().splitlines()]


def tasks_by_host(tasks: Tasks) -> Counter[str]:
    """How many modules ran on each host."""
    counted: Counter[str] = Counter()
    for task in tasks:
        counted[task["host"]] += task["runs"]
    return counted


def report(pings: list[float], looks: list[float], sites: list[float], tasks: Tasks) -> str:
    """The figures as Markdown."""
    ping, status, site = map(statistics.median, (pings, looks, sites))
    lines = [
        f"| `ansible all -m ping` | {ping:.1f} s | 1 |",
        f"| `status.yml` | {status:.1f} s | {status / ping:.1f} |",
        f"| second run of `site.yml` | {site:.1f} s | {site / ping:.1f} |",
        "",
        "| Host | Module tasks |",
        "| --- | --- |",
        *(f"| {host} | {count} |" for host, count in sorted(tasks_by_host(tasks).items())),
        "",
        "| Seconds | Task | Module | Hosts |",
        "| --- | --- | --- | --- |",
        *profile(tasks),
    ]
    return "\n".join(["| Run | Median | Pings |", "| --- | --- | --- |", *lines])


def profile(tasks: Tasks) -> list[str]:
    """The tasks, the longest first; a task has ended when its last host has."""
    by_task: dict[tuple[str, str], Tasks] = {}
    for task in tasks:
        by_task.setdefault((task["task"], task["module"]), []).append(task)
    rows = [(max(one["seconds"] for one in many), *names, len(many)) for names, many in by_task.items()]
    return [f"| {seconds:.2f} | {task} | {module} | {hosts} |" for seconds, task, module, hosts in sorted(rows)[::-1]]


def main() -> None:
    """Set the farm up, then take turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes")
        run(SITE, notes)
        pings, looks, sites = [], [], []
        for _round in range(rounds):
            pings.append(run(PING, notes))
            looks.append(run(STATUS, notes))
            notes.unlink()
            sites.append(run(SITE, notes))
        sys.stdout.write(f"{report(pings, looks, sites, tasks_in(notes))}\n")


if __name__ == "__main__":
    main()
