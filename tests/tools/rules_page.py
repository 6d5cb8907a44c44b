# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/findings.md from the rules of plan, verify and doctor in plugins/plugin_utils/_rules.

Run it from the repository root after a change there:
PYTHONPATH=collections .venv/bin/python tests/tools/rules_page.py
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules import doctor, plan, verify
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.rule import Rule

PAGE = Path(__file__).resolve().parents[2] / "docs/findings.md"
HEADER = """<!--
Copyright: (c) 2026, linuxvirtualserver.lvs contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Findings

Everything that the plan, modules, [verify](verify.md) and the [doctor](doctor.md) can find wrong, by the id in brackets
in its report, such as `[vip-taken]`. Ids are unique and stay the same from release to release. All findings and errors
read alike:

```text
ITEM: what is wrong (got VALUE). Fix: what to do.
```

ITEM is a place in the inventory or in the options of a module, a service with the check that failed, or a host. VALUE
is what was found there, left out where nothing was. Words in capitals are filled in. HOWTO is the section of the LVS
mini-HOWTO that explains it.

An **error** refuses the inventory or the task before anything is touched, all errors at once, or is a fault of the LVS.
A **warning** is legal, or works, but is probably not meant. What is **skipped** could not be judged. A **hint** is
worth knowing, nothing is wrong; `playbooks/preflight.yml` and the filter `report(hints=true)` show those of the plan.

This page is written by `tests/tools/rules_page.py`.
"""
PARTS = {
    "The inventory, and options of modules": plan.RULES,
    "What verify finds": verify.RULES,
    "What the doctor finds, the most probable first": doctor.RULES,
}
_WORD = re.compile(r"\{([a-z_]+)(?::sh)?\}")
_SENTENCE = re.compile(r"(?<=\})(?=[A-Z])")  # a word to fill in that ends with a blank, or is empty


def capitals(text: str) -> str:
    """A text with its words to fill in as capitals."""
    plain = _WORD.sub(
        lambda match: match.group(1).upper(), _SENTENCE.sub(" ", text).replace("{{", "\0").replace("}}", "\1")
    )
    return plain.replace("\0", "{").replace("\1", "}")


def entry(name: str, rule: Rule) -> str:
    """One rule."""
    howto = f" (HOWTO {rule.howto})" if rule.howto else ""
    about = f", `{rule.check}`" if rule.check else ""
    facts = {
        "A client notices": rule.symptom,
        "Fix": rule.cure if rule.cure != "{cure}" else "Depends on the forwarding method, which the report knows.",
        "Seen by": rule.seen,
        "Looks alike": rule.alike,
        "Stands under": f"{' or '.join(rule.follows)} of the same host, from which it follows." if rule.follows else "",
    }
    said = "".join(f"* **{label}:** {capitals(text)}\n" for label, text in facts.items() if text)
    return f"\n### {name}\n\n{rule.severity.capitalize()}{about}: {capitals(rule.wrong)}{howto}.\n\n{said}"


def chapter(title: str, rules: Mapping[str, Rule]) -> Iterator[str]:
    """All rules of a table in its order."""
    yield f"\n## {title}\n"
    yield from (entry(name, rule) for name, rule in rules.items())


def symptoms() -> Iterator[str]:
    """What each `doctor_symptom` asks."""
    yield "\n## Symptoms that the doctor is asked about\n"
    for symptom, section in doctor.SECTIONS.items():
        yield f"\n### `{symptom}`: HOWTO {section.number}, {section.title}\n\n{section.says}\n\n"
        for reason, rules in section.reasons:
            yield f"* {reason}: {', '.join(f'[{rule}](#{rule})' for rule in rules)}\n"


def page() -> str:
    """The whole page."""
    chapters = (part for title, rules in PARTS.items() for part in chapter(title, rules))
    return "".join([HEADER, *chapters, *symptoms()])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
