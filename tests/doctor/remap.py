# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run on a director, `remap.py NEW OLD`: the first realserver of port 80 gets port NEW in place of OLD."""

from __future__ import annotations

import sys

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import client
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import ADD, REMOVE, Operation


def main() -> None:
    """Change it, or fail."""
    new, old = map(int, sys.argv[1:])
    with client.connect() as kernel:
        service = next(one for one in kernel.table() if one.key.port == 80)
        member = next(one for one in service.realservers if (one.rip, one.port) == ("192.168.1.11", old))
        failures = kernel.execute(
            [Operation(ADD, service, member._replace(port=new)), Operation(REMOVE, service, member)]
        )
    if failures:
        sys.exit(f"refused: {failures}")


if __name__ == "__main__":
    main()
