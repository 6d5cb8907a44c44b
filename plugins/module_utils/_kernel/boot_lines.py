# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which sysctls a host sets at boot. What has them set for us is in boot_files.py.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import typing as t

from .._host import boot, init
from .._host.job import KERNEL
from .._model.lines import lines_in
from . import sysctl

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host

# How a job of ours says which it sets.
OURS = re.compile(r"^# Sysctl: (\S+) = (.+)$", re.MULTILINE)


def lines_at_boot(host: Host) -> list[sysctl.Line]:
    """All that is set at boot, in the order in which it counts."""
    lines = sysctl.boot_lines(host)
    if init.is_systemd(host) or not init.is_known(host):
        return lines
    ours = [(path, host.read(path) or "") for path in boot.at_boot(host).paths(f"{KERNEL}-*")]
    return lines + [
        sysctl.Line(path, number, *found.groups())
        for path, text in ours
        for number, line in enumerate(lines_in(text), start=1)
        if (found := OURS.fullmatch(line))
    ]
