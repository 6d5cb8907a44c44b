# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule is, and how bad what it finds can be.

Private: this file may change in any release; do not import it from outside the collection.
Pure: only text.
"""

from __future__ import annotations

import typing as t

# An error refuses the inventory, or is a fault of the LVS. A warning is legal, or works, but is probably not meant.
# What is skipped could not be judged. A hint is worth knowing, nothing is wrong.
ERROR, WARNING, SKIP, HINT, OK = "error", "warning", "skip", "hint", "ok"
SEVERITIES = (ERROR, WARNING, SKIP, HINT, OK)


class Rule(t.NamedTuple):
    """One thing that can be wrong with an inventory, or with an LVS.

    `wrong` follows the item, as in `ITEM: what is wrong (got VALUE). Fix: ...`, and so has no full stop; `howto` is a
    section of the LVS mini-HOWTO. A word in braces is filled in when it is found, with :sh as a shell must get it.
    """

    severity: str
    wrong: str
    cure: str
    howto: str = ""
    check: str = ""  # what verify looked at
    symptoms: tuple[str, ...] = ()  # what doctor_symptom calls what a client notices
    symptom: str = ""  # what a client notices
    seen: str = ""  # what proves it to the doctor, and to an operator without one
    alike: str = ""  # what else looks so and is healthy or another fault, and how it is told apart
    follows: tuple[str, ...] = ()  # the rules of which this is a consequence where they were found on the same host
