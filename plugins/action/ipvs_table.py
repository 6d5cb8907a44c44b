# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module as Ansible does, and names the Python of a host that is too old for it.

An action bears the name of its module, so this file has a link for each module that has no action of its own.
"""

from __future__ import annotations

from ansible.plugins.action import normal

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.python import KnowsPython


class ActionModule(KnowsPython, normal.ActionModule):
    """What Ansible does for a module, and the name of the Python that failed it."""
