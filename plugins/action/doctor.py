# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of playbooks/doctor.yml, documented with the module of the same name."""

from __future__ import annotations

import time
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.words import one_of
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
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor import doctor
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.page import drawing_of, page
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.report import headline, report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.doctor import SYMPTOMS
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import failed
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.vaulted import vault_of

# The names under which the playbook registers what `begin` and `look` return.
_BEGUN, _LOOKED = "__doctor", "__doctor_looked"


class ActionModule(Witness):
    """Looks at every host of an LVS once, and says what is wrong."""

    steps = ("begin", "examine", "conclude")
    wishes: t.ClassVar[Data] = {
        "doctor_symptom": {"type": "str", "default": ""},
        "doctor_probe": {"type": "bool", "default": True},
        "doctor_json": {"type": "str", "default": ""},
        "doctor_html": {"type": "str", "default": ""},
    }

    def begin(self, _variables: Variables) -> Data:
        """What the user wants, before any host can say anything to it."""
        symptom = self._wished["doctor_symptom"]
        if symptom and symptom not in SYMPTOMS:
            raise LvsError("doctor_symptom", symptom, f"is not known. Use {one_of(SYMPTOMS)}.")
        return {"wishes": self._wished}

    def examine(self, variables: Variables) -> Data:
        """Gather the evidence of this host, where the plan has questions to it."""
        wished, host = variables[_BEGUN]["wishes"], variables["inventory_hostname"]
        asked = doctor.questions(variables["lvs_plan"], host, wished["doctor_symptom"], wished["doctor_probe"])
        if not asked:
            return {"skipped": True, "msg": "The doctor has nothing to ask of this host."}
        return {LOOKED: self.look("lvs_evidence", asked, variables)}

    def conclude(self, variables: Variables) -> Data:
        """Draw the conclusions from what all hosts said, write them, show them, and fail when something is wrong."""
        wished, groups = variables[_BEGUN]["wishes"], variables["groups"]
        hosts = [host for group in ("directors", "realservers", "clients") for host in groups.get(group, ())]
        seen = evidence_of(variables, hosts, _LOOKED)
        diagnosis = doctor.diagnose(variables["lvs_plan"], seen, wished["doctor_symptom"])
        hide = vault_of(variables).hide
        plan, looked, found = hide(variables["lvs_plan"]), hide(seen), hide(diagnosis)
        everything = {"diagnosis": found, "plan": plan, "evidence": looked}
        write_report("doctor_json", wished["doctor_json"], as_json(everything))
        made = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        if wished["doctor_html"]:
            drawing = svg_of(drawing_of(found, plan))
            write_report("doctor_html", wished["doctor_html"], page(found, plan, looked, made, drawing))
        show(report(found, looked, is_whole()))
        return {} if found["healthy"] else failed(headline(found))
