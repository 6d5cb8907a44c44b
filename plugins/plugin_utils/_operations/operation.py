# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the playbooks drain and restore have in common: who is meant, a look at the directors, and a result.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Sequence

from ...module_utils._errors import LvsError
from .._action.screen import show_text
from .._action.witness import LOOKED, Data, Variables, Witness, evidence_of, said_by
from .._rules.inert import failed
from .._rules.vaulted import vault_of
from .director import ByTable
from .guard import KINDS, Directors
from .work import Wishes, make_work

# The names under which the playbooks register what the steps return.
BEGUN, SEEN, GUARDED = "__operation", "__operation_seen", "__operation_guarded"
FIRST, THEN = "__operation_first", "__operation_then"  # on directors that stand by, on those that serve


class Operation(Witness):
    """Steps of an operation on realservers, director by director."""

    WISHES: t.ClassVar[Data] = {
        "lvs_realservers": {"type": "list", "elements": "str", "default": []},
        "lvs_services_only": {"type": "list", "elements": "str", "default": []},
    }

    def asked_by(self, variables: Variables) -> str:
        """Who drains, and as a part of what: that is how the next run knows it."""
        reason = (variables.get(BEGUN) or {}).get("wishes", {}).get("reason")
        return ", ".join(filter(None, (super().asked_by(variables), reason)))

    def work(self, variables: Variables, min_active: str = "") -> Data:
        """Whom it is about, before any host is touched."""
        hosts, services = (_named(self._wished[name]) for name in ("lvs_realservers", "lvs_services_only"))
        wishes = Wishes(hosts, services, min_active.strip())
        return {**make_work(variables["lvs_plan"], wishes), "wishes": self._wished}

    def look_at(self, variables: Variables) -> Data:
        """What this director has in its kernel."""
        return {LOOKED: self.look("lvs_evidence", {"kinds": list(KINDS)}, variables)}

    def directors(self, variables: Variables) -> Directors:
        """The same of all directors."""
        work = begun(variables)
        looked = evidence_of(variables, work["directors"], SEEN)
        return Directors(variables["lvs_plan"], work, looked)

    def director(self, variables: Variables) -> ByTable:
        """How things are done on this one."""
        host = variables["inventory_hostname"]
        return ByTable(host, lambda asked: self.look("ipvs_dest", asked, variables))

    def say(self, lines: Iterable[str], variables: Variables, style: str = "plain") -> None:
        for line in lines:
            show_text(vault_of(variables).hide(line), style)

    def refuse(self, errors: Sequence[LvsError], variables: Variables, kept: str) -> Data:
        """All that is in the way, a line each, and the end of the run."""
        self.say(map(str, errors), variables, "bad")
        return failed(f"Refused, see above. {kept}")


def _named(words: Iterable[str]) -> list[str]:
    """Names as people write them in a list with commas."""
    return list(dict.fromkeys(filter(None, (word.strip() for word in words))))


def begun(variables: Variables) -> Data:
    work: Data = variables[BEGUN]
    return work


def on_directors(variables: Variables, name: str) -> dict[str, Data]:
    """By director, what it returned under this name, where it took this step."""
    said = said_by(variables, begun(variables)["directors"], [name])
    return {host: one[name] for host, one in said.items() if name in one and not one[name].get("skipped")}


def problems(variables: Variables, *names: str) -> list[str]:
    """What went wrong on directors in these steps."""
    found = [one for name in names for one in on_directors(variables, name).values()]
    return list(dict.fromkeys(one["problem"] for one in found if "problem" in one))


def inventories(variables: Variables) -> list[str]:
    """As they were given to this run."""
    return list(variables.get("ansible_inventory_sources") or ())


def stats(name: str, figures: Data) -> Data:
    """What a later job of a workflow gets: numbers and names of the inventory, no word of a host."""
    return {"ansible_stats": {"data": {name: figures}, "per_host": False, "aggregate": False}}


def weighed(host: str, rows: list[Data]) -> Data:
    """What a director answers whose weights were changed, with the differences for --diff."""
    changed = [row for row in rows if row["before"] != row["after"]]
    diff = [
        {
            "before_header": f"{host}: {row['name']}: {row['host']}",
            "after_header": f"{host}: {row['name']}: {row['host']}",
            "before": f"weight {row['before']}\n",
            "after": f"weight {row['after']}\n",
        }
        for row in changed
    ]
    return {"rows": rows, "changed": bool(changed), "diff": diff}
