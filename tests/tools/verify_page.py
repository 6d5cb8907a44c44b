# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the table of verdicts at the end of docs/verify.md from plugins/plugin_utils/_verify/rules.py.

Run it from the repository root after a change there:
PYTHONPATH=collections .venv/bin/python tests/tools/verify_page.py
"""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.rules import CHECKS, RULES, Rule

PAGE = Path(__file__).resolve().parents[2] / "docs/verify.md"
HEADING = "## Ids\n"
INTRODUCTION = """
What is not `ok`, by the id in the last line of each report, such as `[service-refused]`, and in the JSON. Ids stay the
same from release to release. Words in capitals are filled in. HOWTO is the section of the LVS mini-HOWTO that explains
it. This table is written by `tests/tools/verify_page.py`.

| Id | Check | Severity | Meaning | HOWTO |
| --- | --- | --- | --- | --- |
"""
_WORD = re.compile(r"\{([a-z_]+)\}")


def row(name: str, rule: Rule) -> str:
    """One verdict as a line of the table."""
    meaning = _WORD.sub(lambda match: match.group(1).upper(), rule.meaning)
    return f"| `{name}` | {rule.check} | {rule.severity} | {meaning} | {rule.howto} |\n"


def ids() -> str:
    """The last chapter of the page."""
    ordered = sorted(RULES.items(), key=lambda item: CHECKS.index(item[1].check))
    return HEADING + INTRODUCTION + "".join(row(name, rule) for name, rule in ordered)


def page(text: str) -> str:
    """The page with that chapter as it must be."""
    return text.partition(HEADING)[0] + ids()


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
