# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of playbooks/restore.yml, documented with the module of the same name."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.witness import Data, Variables, said_by
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations import words
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.director import ByTable
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.operation import (
    FIRST,
    GUARDED,
    THEN,
    Operation,
    begun,
    on_directors,
    problems,
    stats,
    weighed,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.proof import make_proof, unproved
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.work import ramp
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import failed

_PLACED, _ASKED, _TAKEN = "__operation_placed", "__operation_asked", "__operation_taken"
_LONGEST = 3600  # seconds
_LIFE = 120  # seconds after which what was placed goes by itself
_KEPT = "It gets no connections."


class ActionModule(Operation):
    """Gives realservers that were drained their weights back, once they are seen to serve."""

    steps = ("begin", "look_at", "guard", "place", "ask", "take_away", "prove", "give", "conclude", "judge")
    wishes: t.ClassVar[Data] = {**Operation.WISHES, "lvs_ramp": {"type": "int", "default": 0}}

    def begin(self, variables: Variables) -> Data:
        """Whom, and how it is proved, before any host is touched."""
        seconds = self._wished["lvs_ramp"]
        if not 0 <= seconds <= _LONGEST:
            raise LvsError("lvs_ramp", seconds, f"is no time for raising a weight. Use 0 to {_LONGEST}.")
        work = self.work(variables)
        clients = list(variables["groups"].get("clients", ()))
        return {**work, "proof": make_proof(variables["lvs_plan"], clients, work["hosts"])}

    def guard(self, variables: Variables) -> Data:
        """Refuse what nobody drained; else who serves, and which realservers are to get a weight."""
        work, directors = begun(variables), self.directors(variables)
        refused = [*directors.unseen(), *directors.absent(), *directors.without_weight()]
        if refused:
            return self.refuse(refused, variables, "Nothing was changed.")
        targets = {
            host: [{**one, "former": directors.former(host, one)} for one in listed if directors.is_drained(host, one)]
            for host, listed in work["directors"].items()
        }
        hosts = list(dict.fromkeys(one["host"] for listed in targets.values() for one in listed))
        self.say([f"{host}: is not drained" for host in work["hosts"] if host not in hosts], variables)
        return {"serving": directors.serving(), "targets": targets, "hosts": hosts}

    def place(self, variables: Variables) -> Data:
        """Lead a high port to each realserver alone."""
        asked = {**_lvs(variables), "services": begun(variables)["proof"]["temporary"], "seconds": _LIFE}
        return {**self.look("ipvs_trial", asked, variables), "changed": False}

    def ask(self, variables: Variables) -> Data:
        """Connect to each, as a client."""
        proof = begun(variables)["proof"]
        return self.look("client_probe", {name: proof[name] for name in ("probes", "inside", "timeout")}, variables)

    def take_away(self, variables: Variables) -> Data:
        """See what the director sent where, and take away what was placed."""
        ways, serves = begun(variables)["proof"]["ways"], variables["inventory_hostname"] in _serving(variables)
        counted = {way["label"]: 1 for way in ways} if serves else {}
        return {**self.look("ipvs_trial", {**_lvs(variables), "counted": counted}, variables), "changed": False}

    def prove(self, variables: Variables) -> Data:
        """Refuse a realserver to which no client came."""
        proof = begun(variables)["proof"]
        if self._task.check_mode or not variables[GUARDED]["hosts"]:
            return {"skipped": True, "msg": "Nobody was asked."}
        if not proof["clients"]:
            self.say(["The group clients is empty, so no client was asked whether it gets through."], variables, "note")
            return {}
        asked = said_by(variables, proof["clients"], [_ASKED])
        answers = {host: one.get(_ASKED, {"problem": "was not asked"}) for host, one in asked.items()}
        refused = unproved(proof, answers, {**on_directors(variables, _PLACED), **on_directors(variables, _TAKEN)})
        return self.refuse(refused, variables, _KEPT) if refused else {}

    def give(self, variables: Variables) -> Data:
        """The weight as it was, on this director. It is not begun where one that stands by failed."""
        if problems(variables, FIRST):
            return {"skipped": True, "msg": "A director that stands by failed."}
        host, director = variables["inventory_hostname"], self.director(variables)
        seconds = begun(variables)["wishes"]["lvs_ramp"] if host in _serving(variables) else 0
        rows: list[Data] = []
        try:
            for target in variables[GUARDED]["targets"][host]:
                rows.append({**target, **director.give(target, 1 if seconds else None)._asdict()})
            if seconds and not self._task.check_mode:
                self._raise(director, rows, seconds, variables)
        except LvsError as error:
            return {"problem": str(error), **weighed(host, rows)}
        return weighed(host, rows)

    def _raise(self, director: ByTable, rows: list[Data], seconds: int, variables: Variables) -> None:
        """The weights of all of them step by step."""
        steps = {id(row): ramp(row["former"]) for row in rows}
        most = max(map(len, steps.values()), default=0)
        for number in range(1, most):
            time.sleep(seconds / (most - 1))
            for row in rows:
                if number < len(steps[id(row)]):
                    row["after"] = director.give(row, steps[id(row)][number]).after
            self.say(
                (f"{row['host']}: {row['name']}: weight {row['after']} of {row['former']}" for row in rows), variables
            )

    def conclude(self, variables: Variables) -> Data:
        """Say what was done, also where that is not all; leave the figures to later jobs."""
        work, given = begun(variables), {**on_directors(variables, FIRST), **on_directors(variables, THEN)}
        rows = {(row["service"], row["realserver"]): row for one in given.values() for row in one["rows"]}
        self.say(words.restored(list(rows.values())), variables)
        names = ("host", "name", "before", "after")
        figures = {
            "lvs_name": work["lvs_name"],
            "restored": not problems(variables, FIRST, THEN),
            "directors": list(given),
            "realservers": [{name: row[name] for name in names} for row in rows.values()],
        }
        return stats("lvs_restore", figures)

    def judge(self, variables: Variables) -> Data:
        """Fail when it is not done on every director."""
        wrong = problems(variables, FIRST, THEN)
        if wrong:
            return failed(f"{' '.join(wrong)} Some directors have not given the weights back. Run this again.")
        return {}


def _lvs(variables: Variables) -> Data:
    return {"lvs_name": begun(variables)["lvs_name"]}


def _serving(variables: Variables) -> list[str]:
    serving: list[str] = variables[GUARDED]["serving"]
    return serving
