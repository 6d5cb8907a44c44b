#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: prove
short_description: Internal to the playbook linuxvirtualserver.lvs.prove
version_added: 1.0.0
description:
  - Takes one host that does not run Linux through the whole life of a realserver, for the playbook
    C(linuxvirtualserver.lvs.prove), which has a page in C(docs/).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
  - linuxvirtualserver.lvs._internal
options:
  system:
    description:
      - What the host runs, as in the inventory's C(lvs_system).
    type: str
    required: true
  vip:
    description:
      - A spare address, which the host is to have for a while.
    type: str
    required: true
  gateway:
    description:
      - Another router of the host's network that leads to the controller, too. Without it the gateway is left alone.
    type: str
  reboot:
    description:
      - Whether the host may be restarted.
    type: bool
    default: false
  file:
    description:
      - The file on the controller that gets the report.
    type: str
    required: true
"""

EXAMPLES = r"""
# ansible-playbook --inventory inventory linuxvirtualserver.lvs.prove
"""

RETURN = r""" # """
