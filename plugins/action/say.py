# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action `linuxvirtualserver.lvs.say`, documented with its module."""

from __future__ import annotations

import typing as t

from ansible.plugins.action import ActionBase

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.report_file import FOR_ALL, write_report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.screen import COLOURS, show
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.witness import validated
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import failed

_ARGUMENTS = {
    "lines": {"type": "list", "elements": "str", "required": True},
    "file": {"type": "str", "default": ""},
    "style": {"type": "str", "default": "plain", "choices": ["plain", *COLOURS]},
    "refusal": {"type": "str", "default": ""},
}


class ActionModule(ActionBase):
    """Shows lines on the controller."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        said = validated(_ARGUMENTS, self._task.args)
        if said["file"]:
            try:
                write_report("file", said["file"], "\n".join([*said["lines"], ""]), FOR_ALL)
            except LvsError as error:
                return {**result, **failed(error)}
        else:
            show({"text": line, "style": said["style"]} for line in said["lines"])
        return {**result, **failed(said["refusal"])} if said["refusal"] else {**result, "changed": False}
