# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action `linuxvirtualserver.lvs.say`, documented with its module."""

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

# The settings of ansible.cfg that say how each style looks.
_COLOURS = {"title": "COLOR_HIGHLIGHT", "bad": "COLOR_ERROR", "good": "COLOR_OK", "note": "COLOR_WARN"}
_ARGUMENTS = {
    "lines": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "text": {"type": "str", "required": True},
            "style": {"type": "str", "default": "plain", "choices": ["plain", *_COLOURS]},
        },
    }
}


class ActionModule(ActionBase):
    """Shows lines on the controller, through what Ansible itself writes with: coloured on a terminal alone."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = super().run(tmp, task_vars)
        checked = ArgumentSpecValidator(_ARGUMENTS).validate(self._task.args)
        if checked.error_messages:
            raise AnsibleActionFail("; ".join(checked.error_messages))
        for line in checked.validated_parameters["lines"]:
            setting = _COLOURS.get(line["style"])
            Display().display(line["text"], color=constants.config.get_config_value(setting) if setting else None)
        return {**result, "changed": False}
