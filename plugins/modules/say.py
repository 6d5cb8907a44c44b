#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: say
short_description: Show lines to the person who runs the playbook
version_added: 1.0.0
description:
  - Writes lines to the output of C(ansible-playbook), neither quoted nor broken, in colour on a terminal and plain
    elsewhere. Characters that would do something to a terminal are shown as their escapes.
  - It runs on the controller alone and connects to no host.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
options:
  lines:
    description:
      - The lines.
    type: list
    elements: str
    required: true
  style:
    description:
      - What they are.
    type: str
    choices: [plain, title, bad, good, note]
    default: plain
"""

EXAMPLES = r"""
- name: Say it
  linuxvirtualserver.lvs.say:
    lines: [The LVS is healthy.]
    style: good
"""

RETURN = r""" # """

from ansible.module_utils.basic import AnsibleModule

ARGUMENTS = {
    "lines": {"type": "list", "elements": "str", "required": True},
    "style": {"type": "str", "default": "plain", "choices": ["plain", "title", "bad", "good", "note"]},
}


def main() -> None:
    # The action of the same name shows the lines; a module has no way to a person's screen.
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()
