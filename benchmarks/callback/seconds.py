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
name: seconds
type: aggregate
short_description: Write how long each task took
description:
  - Appends a line of JSON for each task to the file that E(LVS_BENCHMARK_SECONDS) names, with its name, the seconds
    from its start to its result, those of the command itself when it was one, and how much it did.
"""


class CallbackModule(CallbackBase):
    """The whole of a task: templating, building and sending the module, running it, and taking its result back."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "seconds"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_task_start(self, *_task: object, **_rest: object) -> None:
        self._start = time.monotonic()

    def v2_runner_on_ok(self, result: CallbackTaskResult) -> None:
        seconds = time.monotonic() - self._start
        answer = result._result
        line = {
            "task": result._task.get_name().lower(),
            "seconds": seconds,
            "command": _seconds(answer["delta"]) if "delta" in answer else None,
            "commands": len(answer.get("commands", ())),
            "items": len(answer.get("results", ())),
            "stdout": answer.get("stdout"),
        }
        with pathlib.Path(os.environ["LVS_BENCHMARK_SECONDS"]).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(line)}\n")


def _seconds(delta: str) -> float:
    hours, minutes, seconds = delta.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
