# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One call of a tool of an emulated host: python tool.py HOST ROOT TOOL ARGUMENTS. `boot` is a tool, too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2] / "collections"))

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Refused
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.hosts import HOSTS


def main() -> int:
    name, root, tool, *arguments = sys.argv[1:]
    host = HOSTS[name](Path(root))
    host.load()
    try:
        said = getattr(host, f"tool_{tool}")(arguments)
    except Refused as refused:
        sys.stderr.write(f"{refused}\n")
        return refused.status
    host.save()
    sys.stdout.write(f"{said}\n" if said and not said.endswith("\n") else said)
    return 0


sys.exit(main())
