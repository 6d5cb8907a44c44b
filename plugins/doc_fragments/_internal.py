# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules that playbooks and roles of this collection look with have in common. Private, as they are."""

    DOCUMENTATION = r"""
options: {}
notes:
  - Internal. It may change in any release; call it from nowhere but the playbooks and roles of this collection.
"""

    STEP = r"""
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
notes:
  - An action of the same name does the work, so that what a host says is data all the way from the host to the report,
    and never a template.
"""
