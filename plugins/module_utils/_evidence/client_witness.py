# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client that goes on asking while something is done to an LVS, and counts what became of it.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import json
import pathlib
import threading
import time
import typing as t
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from .._errors import LvsError
from .._host import files, records
from .._host.keeper import FOLDER, Keeper, path_of
from .._host.records import tell
from .._model.address import endpoint
from .._model.claims import parse_name
from .._model.shapes import fields, keyed, listed, number, text
from .client_probe import parse
from .talk import Probe, Seen, ask

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule


RECORD, COUNTS = f"{FOLDER}/lvs-witness.json", f"{FOLDER}/lvs-witness-counts.json"
_LOST = "what this client counted is not known any more."
_RECORDED = {"probes": listed(text)}
_COUNTED = fields({"asked": number(), "outcomes": keyed(number())})
_AT_ONCE = 64  # requests that wait for an answer
_PAUSE = 0.5  # seconds between two writings


Ask = Callable[[Probe], Seen]


class Count:
    """How many requests had which outcome."""

    def __init__(self) -> None:
        self._outcomes: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, outcome: str) -> None:
        with self._lock:
            self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1

    def to_dict(self) -> dict[str, t.Any]:
        with self._lock:
            return {"asked": sum(self._outcomes.values()), "outcomes": dict(sorted(self._outcomes.items()))}


def watch(
    probes: Sequence[Probe], rate: int, save: Callable[[Count], None], go_on: Callable[[], bool], ask_one: Ask
) -> None:
    """Ask one after the other, so many times a second, whether or not the last one is answered yet."""
    count, turn, saved = Count(), 0, time.monotonic()
    save(count)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        due = time.monotonic()
        while go_on():
            pool.submit(lambda probe: count.add(ask_one(probe).outcome), probes[turn % len(probes)])
            turn, due = turn + 1, due + 1 / rate
            time.sleep(max(0.0, due - time.monotonic()))
            if time.monotonic() - saved >= _PAUSE:
                save(count)
                saved = time.monotonic()


def start(keeper: Keeper, path: pathlib.Path, probes: Sequence[Probe], params: dict[str, t.Any]) -> None:
    def save(count: Count) -> None:
        files.write(path, json.dumps(count.to_dict()).encode())

    def work() -> None:
        timeout = params["timeout"]
        watch(probes, params["rate"], save, lambda: True, lambda probe: ask(probe, timeout, lambda: None))

    keeper.start({"probes": [label(probe) for probe in probes]}, params["seconds"], work, lambda: None)


def label(probe: Probe) -> str:
    return f"{probe.protocol} {endpoint(probe.address, probe.port)}"


def check(params: dict[str, t.Any]) -> list[Probe]:
    """What to ask; nothing unless it is started."""
    if params["state"] != "started":
        return []
    probes = parse({**params, "token": ""})
    if not probes:
        raise LvsError("probes", "[]", "is nothing to ask for. Name at least one.")
    if params["rate"] < 1:
        raise LvsError("rate", params["rate"], "is no number of requests a second. Use 1 or more.")
    return probes


def run(module: AnsibleModule) -> dict[str, t.Any]:
    """Start it, read what it counted so far, or read that and stop it."""
    params = module.params
    probes, lvs = check(params), parse_name("lvs_name", params["lvs_name"])
    keeper, path = Keeper(path_of(RECORD, lvs), _RECORDED), pathlib.Path(path_of(COUNTS, lvs))
    found = keeper.read()
    before = found.value["probes"] if found.value and keeper.is_waiting() else []
    counted = records.parse(records.load(str(path)), str(path), _COUNTED, _LOST)
    for one in (found, counted):
        tell(module.warn, one)
    reads = params["state"] == "read"
    after = before if reads else [label(probe) for probe in probes]
    if not reads and not module.check_mode:
        keeper.stop()
        keeper.forget()
        files.remove(path)
        if probes:
            start(keeper, path, probes, params)
    commands = [f"ask for {', '.join(before)} no more"] if before and not reads else []
    commands += [f"ask for {', '.join(after)}"] if probes else []
    figures = {"asked": 0, "outcomes": {}, **(counted.value or {})}
    return {"changed": bool(commands), "before": before, "after": after, "commands": commands, **figures}
