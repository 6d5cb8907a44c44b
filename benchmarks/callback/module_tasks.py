# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import pathlib
import time
from typing import TYPE_CHECKING

from ansible.plugins.callback import CallbackBase

if TYPE_CHECKING:
    from ansible.executor.task_result import CallbackTaskResult

DOCUMENTATION = r"""
name: module_tasks
type: aggregate
short_description: Write which modules each host ran
description:
  - Appends a line of JSON for each task that sent a module to a host to the file that E(LVS_MODULE_TASKS) names, with
    the host, the task, the module, how many times it ran (a loop runs it once for each item) and the seconds.
"""

# What the controller does by itself.
CONTROLLER = {
    "assert",
    "debug",
    "fail",
    "group_by",
    "include_role",
    "include_tasks",
    "include_vars",
    "meta",
    "set_fact",
    "validate_argument_spec",
}


class CallbackModule(CallbackBase):
    """What a run costs a host."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "module_tasks"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_task_start(self, *_task: object, **_rest: object) -> None:
        self._start = time.monotonic()

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        module = result._task.action.removeprefix("ansible.builtin.")
        items = result._result.get("results", [{}]) if result._task.loop is not None else [{}]
        runs = sum(1 for item in items if not item.get("skipped"))
        if module in CONTROLLER or not runs:
            return
        line = {
            "host": result._host.get_name(),
            "task": result._task.get_name(),
            "module": module,
            "runs": runs,
            "seconds": round(time.monotonic() - self._start, 2),
        }
        with pathlib.Path(os.environ["LVS_MODULE_TASKS"]).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")
