# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ipvs_info: what the kernel has and says.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import pathlib
import typing as t
from collections.abc import Callable

from .._model.address import canonical_address
from .._model.fields import Fields
from .._model.lines import lines_in
from .._model.mistakes import Mistakes
from .._model.port_names import port_number
from .._model.table import ServiceKey
from . import connections as ipvs_connections
from .connections import NONE
from .options import KEY_OPTIONS, given

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .client import Ipvs
    from .codec import ServiceState
    from .connections import Connections, Owner


def selection(params: dict[str, t.Any]) -> Callable[[ServiceKey], bool]:
    """Whether a service is one of those asked for: all that is given must match."""
    wanted = given(params, KEY_OPTIONS)
    mistakes = Mistakes()
    fields = Fields(mistakes, "", wanted)
    if "vip" in wanted:
        # Any address: the table may have services that no task of ours would make.
        wanted["vip"] = canonical_address(wanted["vip"])
        if wanted["vip"] is None:
            fields.note("vip-invalid", "vip", params["vip"])
    if "protocol" in wanted:
        wanted["protocol"] = fields.protocol()
    if "port" in wanted:
        wanted["port"] = fields.port("port", wanted["port"], 0, wanted.get("protocol"), port_number)
    mistakes.refuse()
    return lambda key: all(getattr(key, field) == value for field, value in wanted.items())


def state(found: ServiceState, connections: dict[Owner, Connections] | None) -> dict[str, t.Any]:
    """The state of a service, with the connections of its realservers when they were counted."""
    result = found.to_dict()
    if connections is not None:
        for one, running in zip(found.service.realservers, result["realservers"]):
            running["connections"] = connections.get((found.service.key, one.key), NONE).to_dict()
    return result


def loaded_modules() -> list[str]:
    try:
        lines = lines_in(pathlib.Path("/proc/modules").read_text(encoding="ascii", errors="replace"))
    except FileNotFoundError:  # a kernel that was built without modules
        return []
    return sorted(name for name in (line.split(" ", 1)[0] for line in lines) if name.startswith("ip_vs"))


def read(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """What is asked for, and the figures of the kernel's IPVS itself."""
    found = kernel.states(selection(module.params))
    services = [one.service for one in found]
    connections = ipvs_connections.read(services) if module.params["connections"] else None
    return {
        "changed": False,
        "services": [service.to_dict() for service in services],
        "states": [state(one, connections) for one in found],
        "timeouts": kernel.timeouts()._asdict(),
        "daemons": [daemon._asdict() for daemon in kernel.daemons()],
        "kernel_modules": loaded_modules(),
        **kernel.info(),
    }
