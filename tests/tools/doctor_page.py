# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the table of faults in docs/doctor.md from plugins/plugin_utils/_doctor/rules.py.

Run it from the repository root after a change there:
PYTHONPATH=collections .venv/bin/python tests/tools/doctor_page.py
"""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.rules import RULES, SECTIONS, Rule

PAGE = Path(__file__).resolve().parents[2] / "docs/doctor.md"
# What people write stands above it.
MARK = "\n<!-- From here on written by tests/tools/doctor_page.py. -->\n"
_WORD = re.compile(r"\{([a-z_]+)(?::sh)?\}")


def capitals(text: str) -> str:
    """A text with its words to fill in as capitals."""
    return _WORD.sub(lambda match: match.group(1).upper(), text).replace("|", "\\|")


def entry(name: str, rule: Rule) -> str:
    """One fault with its explanation."""
    howto = f" (HOWTO {rule.howto})" if rule.howto else ""
    return (
        f"\n### {name}\n\n{capitals(rule.cause)}{howto}\n\n"
        f"* **A client notices:** {capitals(rule.symptom)}\n"
        f"* **Seen by:** {rule.seen}\n"
        f"* **Cure:** {capitals(rule.cure)}\n"
    )


def sections() -> str:
    """What each `doctor_symptom` asks."""
    parts = ["\n## Symptoms\n"]
    for symptom, section in SECTIONS.items():
        reasons = [
            f"* {reason}: {', '.join(f'[{rule}](#{rule})' for rule in rules)}" for reason, rules in section.reasons
        ]
        title = f"\n### `{symptom}`: HOWTO {section.number}, {section.title}\n\n{section.says}\n\n"
        parts.append(title + "\n".join(reasons) + "\n")
    return "".join(parts)


def page() -> str:
    """The whole page: what people wrote, and below the mark what the table says."""
    head = PAGE.read_text(encoding="utf-8").partition(MARK)[0]
    faults = "".join(entry(name, rule) for name, rule in RULES.items())
    return f"{head}{MARK}{sections()}\n## Faults, the most probable first\n{faults}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
