# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on a host of the lab: what lvs_evidence sees there, without Ansible's way to it. Questions come in as JSON."""

from __future__ import annotations

import json
import sys

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.host import Questions, Way, gather
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.probe import ask
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host


def main() -> None:
    """Look and print."""
    asked = json.load(sys.stdin)
    ways = tuple(Way(way["to"], way.get("source"), way.get("arrives")) for way in asked["ways"])
    questions = Questions(tuple(asked["vips"]), ways, tuple(asked["kernel_modules"]), overhear=asked.get("overhear", 0))
    evidence = gather(Host(), questions)
    probe = asked.get("probe")
    answers = ask({"names_of": None, **probe}, evidence) if probe else None
    json.dump({"evidence": {**evidence, "probe": answers}}, sys.stdout)


if __name__ == "__main__":
    main()
