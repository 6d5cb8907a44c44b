# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All rules by their ids, which are unique and stay the same from release to release.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only text.
"""

from __future__ import annotations

from . import doctor, plan, verify
from .rule import Rule

RULES: dict[str, Rule] = {**plan.RULES, **verify.RULES, **doctor.RULES}
