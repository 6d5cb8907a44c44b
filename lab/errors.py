# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that the lab shows to a person: what is wrong, and the cure."""

from __future__ import annotations


class LabError(Exception):
    """Something a person can put right; `cure` says how, `detail` holds evidence such as the tail of a log."""

    def __init__(self, problem: str, cure: str, detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.cure = cure
        self.detail = detail
