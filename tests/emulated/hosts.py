# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated hosts there are."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.aix import AIX
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.freebsd import FreeBSD13, FreeBSD15
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.hpux import HPUX
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.irix import IRIX
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.macos import MacOS
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.netbsd import NetBSD7, NetBSD10
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.openbsd import OpenBSD
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.solaris import OmniOS, Solaris7, Solaris10, Solaris11

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Emulation

HOSTS: dict[str, type[Emulation]] = {
    "freebsd13": FreeBSD13,
    "freebsd15": FreeBSD15,
    "openbsd": OpenBSD,
    "netbsd7": NetBSD7,
    "netbsd10": NetBSD10,
    "macos": MacOS,
    "solaris11": Solaris11,
    "omnios": OmniOS,
    "solaris10": Solaris10,
    "solaris7": Solaris7,
    "aix": AIX,
    "hpux": HPUX,
    "irix": IRIX,
}
