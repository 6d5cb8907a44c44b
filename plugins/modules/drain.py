#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drain
short_description: Internal to the playbook linuxvirtualserver.lvs.drain
version_added: 1.0.0
description:
  - Takes a step of the playbook C(linuxvirtualserver.lvs.drain), which has a page in C(docs/).
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes.info
  - linuxvirtualserver.lvs._internal
  - linuxvirtualserver.lvs._internal.step
"""

EXAMPLES = r"""
# ansible-playbook --inventory inventory linuxvirtualserver.lvs.drain --extra-vars lvs_realservers=realserver2
"""

RETURN = r""" # """
