#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: doctor
short_description: Internal to the playbook linuxvirtualserver.lvs.doctor
version_added: 1.0.0
description:
  - Takes a step of the playbook C(linuxvirtualserver.lvs.doctor), which has a page in C(docs/). It may change in any
    release; call it from nowhere else.
  - An action of the same name does the work, so that what a host says is data all the way from the host to the report,
    and never a template.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
options:
  step:
    description:
      - Which step.
    type: str
    required: true
  wishes:
    description:
      - The variables of the playbook, in its first step.
    type: dict
"""

EXAMPLES = r"""
- name: Run the playbook
  ansible.builtin.import_playbook: linuxvirtualserver.lvs.doctor
"""

RETURN = r""" # """

from ansible.module_utils.basic import AnsibleModule

ARGUMENTS = {"step": {"type": "str", "required": True}, "wishes": {"type": "dict"}}


def main() -> None:
    # The action of the same name takes the steps, on the controller.
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.exit_json(changed=False)


if __name__ == "__main__":
    main()
