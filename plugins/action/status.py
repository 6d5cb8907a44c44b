# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of playbooks/status.yml, documented with the module of the same name."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.graphviz import svg_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.report_file import as_json, write_report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.screen import is_whole, show
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.witness import (
    LOOKED,
    Data,
    Variables,
    Witness,
    evidence_of,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.vaulted import vault_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.page import drawing_of, page
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.report import report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._status.status import Wishes, ask, make_status

# The names under which the playbook registers what `begin` and `look` return.
_BEGUN, _LOOKED = "__status", "__status_looked"
_LONGEST = 300  # seconds


class ActionModule(Witness):
    """Looks at every host of an LVS once, and says what it does now."""

    steps = ("begin", "look_at", "conclude")
    wishes: t.ClassVar[Data] = {
        "status_service": {"type": "list", "elements": "str", "default": []},
        "status_state": {"type": "list", "elements": "str", "default": []},
        "status_seconds": {"type": "float", "default": 0},
        "status_json": {"type": "str", "default": ""},
        "status_html": {"type": "str", "default": ""},
    }

    def begin(self, variables: Variables) -> Data:
        """What the user wants, before any host can say anything to it."""
        seconds = self._wished["status_seconds"]
        if not 0 <= seconds <= _LONGEST:
            raise LvsError("status_seconds", seconds, f"is no time to watch. Use 0 to {_LONGEST}.")
        _wishes(self._wished).check(variables["lvs_plan"])
        return {"wishes": self._wished}

    def look_at(self, variables: Variables) -> Data:
        """Gather what this host does, where the plan has a part for it."""
        wished, host = variables[_BEGUN]["wishes"], variables["inventory_hostname"]
        asked = ask(variables["lvs_plan"], host, wished["status_seconds"])
        if not asked:
            return {"skipped": True, "msg": "There is nothing to ask of this host."}
        return {LOOKED: self.look("lvs_evidence", asked, variables)}

    def conclude(self, variables: Variables) -> Data:
        """Hold it against the plan; write it, show it, and leave its figures to what comes after this play."""
        wished, plan = variables[_BEGUN]["wishes"], variables["lvs_plan"]
        hosts = [host for host in plan["hosts"] if host in variables["ansible_play_hosts_all"]]
        looked = evidence_of(variables, hosts, _LOOKED)
        made = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime())
        hide = vault_of(variables).hide
        status = hide(make_status(plan, looked, made, wished["status_seconds"], _wishes(wished)))
        write_report("status_json", wished["status_json"], as_json(status))
        if wished["status_html"]:
            shown = hide(plan)
            write_report("status_html", wished["status_html"], page(status, shown, svg_of(drawing_of(status, shown))))
        show(report(status, is_whole()))
        # A later job of a workflow takes these for variables: so no word of a host is among them.
        figures = {"lvs_status": {"lvs_name": status["lvs_name"], **status["summary"]}}
        return {"ansible_stats": {"data": figures, "per_host": False, "aggregate": False}}


def _wishes(wished: Data) -> Wishes:
    return Wishes(wished["status_service"], wished["status_state"])
