# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The emulated hosts there are."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.freebsd import FreeBSD13, FreeBSD15

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Emulation

HOSTS: dict[str, type[Emulation]] = {
    "freebsd13": FreeBSD13,
    "freebsd15": FreeBSD15,
}
