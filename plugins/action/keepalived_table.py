# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the module, and names a host's Python that is too old for it."""

from __future__ import annotations

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.python import RunModule


class ActionModule(RunModule):
    pass
