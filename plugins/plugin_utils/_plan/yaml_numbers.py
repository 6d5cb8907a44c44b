# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports that YAML 1.1 probably made of something else: 22:22 is 1342 in it, which counts to the base of 60, and 0443 is
291, because a 0 in front means octal.

Private: this file may change in any release; do not import it from outside the collection.
Pure: what was written is lost when Ansible has read it, so this says what it was likely to be.
"""

from __future__ import annotations

from ...module_utils._model.port_names import WELL_KNOWN

_PORTS = frozenset(WELL_KNOWN.values())
_BASE = 60
_DIGITS_OF_A_PORT = 4
_BESIDE_HTTP = range(80, 100)  # what people take for one more http, and mean


def meant(port: object) -> tuple[str, int] | None:
    """What somebody may have written who has now this number as a port, and which port that would be."""
    if isinstance(port, bool) or not isinstance(port, int) or port in _PORTS or port in _BESIDE_HTTP or port <= 0:
        return None
    twice, rest = divmod(port, _BASE + 1)
    if not rest and twice < _BASE and twice in _PORTS:
        return f"{twice}:{twice}", twice
    octal = f"{port:o}"
    if len(octal) <= _DIGITS_OF_A_PORT and int(octal) in _PORTS:
        return f"0{octal}", int(octal)
    return None
