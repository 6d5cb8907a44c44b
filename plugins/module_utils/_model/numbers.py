# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers in what people and programs write.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re

FWMARK_LIMIT = 2**32 - 1

# More than any number here has; Python reads no more than some thousand.
_DIGITS = re.compile(r"[0-9]{1,20}\Z")


def as_integer(value: object) -> int | None:
    """A number as people write one: 80 or '80' (Jinja and surveys give text), but not true and not 80.5."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return int(value)
    return int(value) if isinstance(value, str) and _DIGITS.match(value) else None
