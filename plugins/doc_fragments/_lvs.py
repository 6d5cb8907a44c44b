# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose something is: the same for every module that sets something up."""

from __future__ import annotations


class ModuleDocFragment:
    """The documentation of the options that say which LVS a task is for."""

    DOCUMENTATION = r"""
options:
  lvs_name:
    description:
      - The name of the LVS that this is for, one word. Several LVS may share a host, each with a name of its own.
      - What another LVS set up stays as it is, and what both need is there until the last of them goes.
      - Which LVS asks for what is written down in C(/var/lib/lvs/claims.json).
    type: str
    default: lvs
  lvs_adopt:
    description:
      - The name that this LVS had before, or of another one to take over. What that set up counts as of this one.
    type: str
"""
