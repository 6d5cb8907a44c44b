# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of playbooks/rolling.yml, documented with the module of the same name."""

from __future__ import annotations

import time
import typing as t
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError, LvsErrors
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.witness import Data, Variables, said_by
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations import words
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.operation import (
    Operation,
    begun,
    inventories,
    stats,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.rolling import (
    DONE,
    UNDONE,
    batch_size,
    batches,
    left_behind,
    stuck,
    verdict,
    witness_probes,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import failed

# The names under which the playbook registers what the steps return, and the facts of its hosts.
_ROLLING, _BATCH, _CAME_TO = "__rolling", "__rolling_batch", "__rolling_came_to"
_WATCHED = "__rolling_watched"
_LONGEST = 3600  # seconds
_LIFE = 86400  # seconds after which the witness ends by itself


class ActionModule(Operation):
    """Works on realservers batch by batch, each drained before and proved afterwards."""

    steps = ("begin", "look_at", "order", "start", "announce", "weigh", "settle", "read", "stop", "judge", "conclude")
    wishes: t.ClassVar[Data] = {
        **Operation.WISHES,
        "lvs_work": {"type": "str", "default": ""},
        "lvs_undo": {"type": "str", "default": ""},
        "lvs_batch": {"type": "str", "default": "1"},
        "lvs_settle": {"type": "int", "default": 5},
        "lvs_tolerate": {"type": "int", "default": 0},
    }

    def begin(self, variables: Variables) -> Data:
        """Whom, with which tasks, before any host is touched."""
        plan, wished = variables["lvs_plan"], self._wished
        all_hosts = [host for host, slices in plan["hosts"].items() if slices.get("realserver", {}).get("rips")]
        wished["lvs_realservers"] = wished["lvs_realservers"] or all_hosts
        files = {name: _file(name, wished[name]) for name in ("lvs_work", "lvs_undo")}
        refused = [one for one in files.values() if isinstance(one, LvsError)]
        refused += [
            LvsError(name, wished[name], f"is out of bounds. Use 0 to {_LONGEST}.")
            for name in ("lvs_settle", "lvs_tolerate")
            if not 0 <= wished[name] <= _LONGEST
        ]
        if refused:
            raise LvsErrors(refused)
        work = self.work(variables)
        clients = list(variables["groups"].get("clients", ()))
        size = batch_size(wished["lvs_batch"].strip(), len(work["hosts"]))
        probes = witness_probes(plan, clients) if clients else []
        return {**work, **files, "size": size, "clients": clients if probes else [], "probes": probes}

    def order(self, variables: Variables) -> Data:
        """The batches: whoever an earlier run left behind comes first."""
        work, directors = begun(variables), self.directors(variables)
        refused = [*directors.unseen(), *directors.absent()]
        left: dict[str, str] = {}
        if not refused:
            left, refused = left_behind(work, directors)
        if refused:
            return self.refuse(refused, variables, "Nothing was changed.")
        said = [f"{host}: was left drained{since}, so it comes first" for host, since in left.items()]
        if not work["clients"]:
            said.append("No client of the inventory can ask, so nobody sees whether requests fail meanwhile.")
        self.say(said, variables, "note")
        return {**work, "batches": batches(work["hosts"], left, work["size"])}

    def start(self, variables: Variables) -> Data:
        """Have this client ask from now on."""
        rolling = variables[_ROLLING]
        return self._witness({"state": "started", "probes": rolling["probes"], "seconds": _LIFE}, variables)

    def read(self, variables: Variables) -> Data:
        """What this client counted so far."""
        return self._witness({"state": "read"}, variables)

    def stop(self, variables: Variables) -> Data:
        """The same for the last time."""
        return self._witness({"state": "stopped"}, variables)

    def _witness(self, asked: Data, variables: Variables) -> Data:
        lvs = variables[_ROLLING]["lvs_name"]
        said = self.look("client_witness", {"lvs_name": lvs, **asked}, variables)
        outcomes = said.get("outcomes")
        counted = outcomes if isinstance(outcomes, t.Mapping) else {}
        numbers = {str(name): number for name, number in counted.items() if isinstance(number, int)}
        missed = sum(number for outcome, number in numbers.items() if outcome != "answered")
        problem = {"problem": said["problem"]} if "problem" in said else {}
        return {
            "requests": sum(numbers.values()),
            "missed": missed,
            "runs": bool(said.get("before") or said.get("after")),
            **problem,
        }

    def announce(self, variables: Variables) -> Data:
        """Which batch begins."""
        all_of_them, batch = variables[_ROLLING]["batches"], variables[_BATCH]
        number = all_of_them.index(batch) + 1
        self.say([f"Batch {number} of {len(all_of_them)}: {', '.join(batch)}"], variables, "title")
        return {}

    def weigh(self, variables: Variables) -> Data:
        """Who is to be restored: nobody on whom the work failed and was not undone."""
        batch, came_to = variables[_BATCH], self._came_to(variables)
        again = self._command(variables)
        self.say(stuck(batch, came_to, again), variables, "bad")
        restored = [host for host in batch if came_to.get(host) in (DONE, UNDONE)]
        kept = [host for host in batch if host not in restored]
        if kept:
            back = words.command("restore", inventories(variables), kept)
            self.say([f"To have it serve as it is: {back}"], variables, "bad")
        return {"hosts": restored}

    def settle(self, variables: Variables) -> Data:
        """Let clients use what was restored for a while."""
        if not self._task.check_mode:
            time.sleep(variables[_ROLLING]["wishes"]["lvs_settle"])
        return {}

    def judge(self, variables: Variables) -> Data:
        """Fail when no other batch may follow."""
        batch, tolerated = variables[_BATCH], variables[_ROLLING]["wishes"]["lvs_tolerate"]
        watched = self._watched(variables)
        silent = [host for host, one in watched.items() if "problem" in one or not one.get("runs")]
        if silent and not self._task.check_mode:
            return failed(f"{', '.join(silent)} does not ask any more, so nobody sees whether requests fail.")
        missed = sum(one.get("missed", 0) for one in watched.values())
        why = verdict(batch, self._came_to(variables), missed, tolerated)
        if why:
            return failed(f"{why}. No other batch was begun. Fix: run this again, it goes on with what was left.")
        return {}

    def conclude(self, variables: Variables) -> Data:
        """What the clients saw; the figures for later jobs."""
        rolling, watched = variables[_ROLLING], self._watched(variables)
        asked, missed = (sum(one.get(name, 0) for one in watched.values()) for name in ("requests", "missed"))
        done = said_by(variables, rolling["hosts"], [_CAME_TO])
        came_to = {host: one.get(_CAME_TO, "not begun") for host, one in done.items()}
        if watched:
            self.say([f"Clients made {asked} requests, of which {missed} failed"], variables)
        figures = {"lvs_name": rolling["lvs_name"], "realservers": came_to, "requests": asked, "failed": missed}
        return stats("lvs_rolling", figures)

    def _watched(self, variables: Variables) -> dict[str, Data]:
        said = said_by(variables, variables[_ROLLING]["clients"], [_WATCHED])
        return {host: one.get(_WATCHED, {}) for host, one in said.items()}

    def _came_to(self, variables: Variables) -> dict[str, str]:
        said = said_by(variables, variables[_BATCH], [_CAME_TO])
        living = variables["ansible_play_hosts"]
        return {host: str(one[_CAME_TO]) for host, one in said.items() if _CAME_TO in one and host in living}

    def _command(self, variables: Variables) -> str:
        rolling = variables[_ROLLING]
        return f"{words.command('rolling', inventories(variables), rolling['hosts'])} -e lvs_work={rolling['lvs_work']}"


def _file(name: str, path: str) -> str | LvsError:
    """Where the tasks are; a relative name is one in the folder of the person."""
    if not path and name == "lvs_undo":
        return ""
    place = Path(path).expanduser().absolute()
    if not path or not place.is_file():
        return LvsError(name, path or "nothing", "is no file of tasks on the controller. Name one.")
    return str(place)
