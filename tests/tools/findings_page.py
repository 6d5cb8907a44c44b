# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/findings.md from the table of findings in plugins/plugin_utils/_plan/rules.py and what that includes.

Run it from the repository root after a change there:
PYTHONPATH=collections .venv/bin/python tests/tools/findings_page.py
"""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.rules import RULES, SEVERITIES, Rule

PAGE = Path(__file__).resolve().parents[2] / "docs/findings.md"
HEADER = """<!--
Copyright: (c) 2026, linuxvirtualserver.lvs contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Findings

What the plan finds in an inventory, and modules in their options, by the id at its end, such as `[vip-taken]`. Ids stay
the same from release to release. VALUE is what was found at the place that the report names, "nothing" when nothing is
there; other words in capitals are filled in. HOWTO is the section of the LVS mini-HOWTO that explains it.

This page is written by `tests/tools/findings_page.py`.
"""
MEANINGS = {
    "error": "The inventory or task is refused before anything is touched. All errors are said at once.",
    "warning": "Legal, but probably not meant. The LVS is set up as the inventory says.",
    "hint": "Worth knowing; nothing is wrong. Said by `playbooks/preflight.yml` and the filter `report(hints=true)`.",
}
_WORD = re.compile(r"\{([a-z_]+)\}")


def capitals(text: str) -> str:
    """A text with its words to fill in as capitals."""
    plain = _WORD.sub(lambda match: match.group(1).upper(), text.replace("{{", "\0").replace("}}", "\1"))
    return plain.replace("\0", "{").replace("\1", "}").replace("|", "\\|")


def row(name: str, rule: Rule) -> str:
    """One finding as a line of the table."""
    return f"| `{name}` | VALUE {capitals(rule.meaning)}. | {capitals(rule.cure)} | {rule.howto} |"


def page() -> str:
    """The whole page."""
    parts = [HEADER]
    for severity in SEVERITIES:
        rows = [row(name, rule) for name, rule in sorted(RULES.items()) if rule.severity == severity]
        title = ["", f"## {severity.capitalize()}s", "", MEANINGS[severity], ""]
        parts.append("\n".join([*title, "| Id | Meaning | Cure | HOWTO |", "| --- | --- | --- | --- |", *rows]) + "\n")
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
