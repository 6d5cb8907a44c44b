# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of lvs_evidence: what a host can see, and what the network answers it.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from .host import Questions, Way, gather
from .probe import ask

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.host import Host


def look(params: dict[str, t.Any], host: Host) -> dict[str, t.Any]:
    """The evidence of this host, with what the network answered if it is to be asked."""
    ways = tuple(Way(way["to"], way["source"], way["arrives"]) for way in params["ways"])
    asked = Questions(
        tuple(params["vips"]),
        ways,
        tuple(params["kernel_modules"]),
        tuple(params["kinds"]),
        params["sample"],
        params["overhear"],
    )
    evidence = gather(host, asked)
    if not params["probe"]:
        return {**evidence, "probe": None}
    try:
        return {**evidence, "probe": ask(params["probe"], evidence)}
    except (LvsError, OSError) as error:  # an interface that is gone meanwhile, an address that is none
        return {**evidence, "probe": None, "unseen": [*evidence["unseen"], {"what": "probe", "why": str(error)}]}
