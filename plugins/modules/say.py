#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: say
short_description: Internal, shows lines to the person who runs a playbook
version_added: 1.0.0
description:
  - Writes lines to the output of C(ansible-playbook), neither quoted nor broken, in colour on a terminal and plain
    elsewhere. Characters that would do something to a terminal are shown as their escapes.
  - It runs on the controller alone and connects to no host.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
  - linuxvirtualserver.lvs._internal
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
  file:
    description:
      - A file on the controller that gets the lines instead; then only its name is shown. A relative name is one in the
        folder where C(ansible-playbook) was called.
    type: str
    default: ""
  refusal:
    description:
      - Why the playbook ends here, where it does; the task fails with it when the lines were shown.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Say it
  linuxvirtualserver.lvs.say:
    lines: [The LVS is healthy.]
    style: good
"""

RETURN = r""" # """
