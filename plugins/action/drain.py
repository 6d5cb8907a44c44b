# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of playbooks/drain.yml, documented with the module of the same name."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.witness import Data, Variables
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations import words
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._operations.operation import (
    FIRST,
    GUARDED,
    THEN,
    Operation,
    begun,
    inventories,
    on_directors,
    problems,
    stats,
    weighed,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import failed

_WAITED, _ENDED = "__operation_waited", "__operation_ended"
_LONGEST = 86400  # seconds
_ROUND = 10  # seconds between two lines about what is left
_PAUSE = 1.0  # seconds, where so many are waited for that none is waited for long


class ActionModule(Operation):
    """Sends realservers no new connections, on all directors, and waits until their clients are served."""

    steps = ("begin", "look_at", "guard", "drain", "wait", "end", "conclude", "judge")
    wishes: t.ClassVar[Data] = {
        **Operation.WISHES,
        "lvs_wait": {"type": "int", "default": 300},
        "lvs_on_timeout": {"type": "str", "choices": ["fail", "leave", "force"], "default": "fail"},
        "lvs_min_active": {"type": "str", "default": ""},
        "lvs_together": {"type": "bool", "default": False},
        "reason": {"type": "str", "default": ""},
    }

    def begin(self, variables: Variables) -> Data:
        """Whom, before any host is touched."""
        seconds = self._wished["lvs_wait"]
        if not 0 <= seconds <= _LONGEST:
            raise LvsError("lvs_wait", seconds, f"is no time to wait. Use 0 to {_LONGEST}.")
        return self.work(variables, self._wished["lvs_min_active"])

    def guard(self, variables: Variables) -> Data:
        """Refuse what would leave too few, before anything is changed; else who serves, and what each is to do."""
        work, directors = begun(variables), self.directors(variables)
        refused = [*directors.unseen(), *directors.absent(), *directors.too_few()]
        if not work["wishes"]["lvs_together"]:
            refused += directors.drained_besides()
        if refused:
            return self.refuse(refused, variables, "Nothing was changed.")
        targets = {
            host: [{**one, "min_active": directors.needed(host, one)} for one in listed]
            for host, listed in work["directors"].items()
        }
        return {"serving": directors.serving(), "targets": targets}

    def drain(self, variables: Variables) -> Data:
        """Weight 0 on this director. It is not begun where one that stands by failed."""
        if problems(variables, FIRST):
            return {"skipped": True, "msg": "A director that stands by failed."}
        host, director = variables["inventory_hostname"], self.director(variables)
        rows: list[Data] = []
        try:
            for target in variables[GUARDED]["targets"][host]:
                rows.append({**target, **director.drain(target, target["min_active"])._asdict()})
        except LvsError as error:
            return {"problem": str(error), **weighed(host, rows)}
        return weighed(host, rows)

    def wait(self, variables: Variables) -> Data:
        """Until the clients of the realservers are served, or time is over; what is left is said meanwhile."""
        if self._task.check_mode or problems(variables, FIRST, THEN):
            return {"skipped": True, "msg": "There is nothing to wait for."}
        limit, director = begun(variables)["wishes"]["lvs_wait"], self.director(variables)
        waited: list[Data] = [{**one, "clients": 0} for one in variables[THEN]["rows"]]
        pending, since = list(waited), time.monotonic()
        try:
            while pending:
                passed = time.monotonic() - since
                self.say(words.progress([row for row in pending if row["left"]], passed, limit), variables)
                rest = max(0, int(min(_ROUND, limit - passed)))
                for row in pending:
                    row.update(director.wait(row, rest // len(pending))._asdict(), seconds=time.monotonic() - since)
                pending = [row for row in pending if not row["done"]]
                if time.monotonic() - since >= limit:
                    break
                time.sleep(_PAUSE if pending and rest < len(pending) else 0)
        except LvsError as error:
            return {"problem": str(error), "rows": waited}
        return {"rows": waited}

    def end(self, variables: Variables) -> Data:
        """End the connections that are left on a director that serves, on all directors."""
        undone = [
            row for one in on_directors(variables, _WAITED).values() for row in one["rows"] if not row.get("done")
        ]
        names = {(row["service"], row["realserver"]) for row in undone}
        director = self.director(variables)
        targets = begun(variables)["directors"][variables["inventory_hostname"]]
        ended = [one for one in targets if (one["service"], one["realserver"]) in names]
        try:
            for target in ended:
                director.end(target)
        except LvsError as error:
            return {"problem": str(error), "changed": True}
        return {"changed": bool(ended)}

    def conclude(self, variables: Variables) -> Data:
        """Say what was done, also where that is not all, with the way back; leave the figures to later jobs."""
        work, rows = begun(variables), self._rows(variables)
        services = work["wishes"]["lvs_services_only"]
        self.say(words.drained(rows), variables)
        if not self._task.check_mode:
            back = words.command("restore", inventories(variables), work["hosts"], services)
            self.say([f"To undo it: {back}"], variables)
        names = ("host", "name", "before", "after", "start", "end", "clients", "seconds", "done", "forced")
        figures = {
            "lvs_name": work["lvs_name"],
            "drained": not problems(variables, FIRST, THEN, _WAITED, _ENDED) and all(row["done"] for row in rows),
            "directors": [host for name in (FIRST, THEN) for host in on_directors(variables, name)],
            "realservers": [{name: row[name] for name in names} for row in rows],
        }
        return stats("lvs_drain", figures)

    def judge(self, variables: Variables) -> Data:
        """Fail when it is not done on every director, or when connections are left that were to end."""
        wrong = problems(variables, FIRST, THEN, _WAITED, _ENDED)
        if wrong:
            return failed(f"{' '.join(wrong)} What was drained stays so. Run this again, or undo it.")
        undone = [row for row in self._rows(variables) if not row["done"] and not row["forced"]]
        if undone and begun(variables)["wishes"]["lvs_on_timeout"] == "fail" and not self._task.check_mode:
            left = ", ".join(f"{words.connections(row['end'], row['clients'])} of {row['name']}" for row in undone)
            return failed(
                f"{', '.join(dict.fromkeys(row['host'] for row in undone))}: {left} have not ended after "
                f"{begun(variables)['wishes']['lvs_wait']} seconds. No new ones come. Fix: run this again to wait on, "
                "with -e lvs_on_timeout=force to end them, or undo it."
            )
        return {}

    def _rows(self, variables: Variables) -> list[Data]:
        """Each realserver in each service, as the directors that serve have it, and the others where none does."""
        drained = {**on_directors(variables, FIRST), **on_directors(variables, THEN)}
        waited, forced = on_directors(variables, _WAITED), bool(on_directors(variables, _ENDED))
        rows: dict[tuple[str, str], Data] = {}
        for director, one in drained.items():
            ends = {(row["service"], row["realserver"]): row for row in waited.get(director, {}).get("rows", ())}
            for row in one["rows"]:
                end = ends.get((row["service"], row["realserver"]), {})
                seen = {"start": row["left"], "end": None, "clients": 0, "seconds": 0, "done": False}
                if "done" in end:
                    known = {name: end[name] for name in ("clients", "seconds", "done")}
                    seen.update(known, end=end["left"], seconds=round(end["seconds"]))
                rows[row["service"], row["realserver"]] = {**row, **seen, "forced": forced and not seen["done"]}
        return list(rows.values())
