# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ipvs_service: one virtual service is added, edited or removed.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._host.actions import Action, apply, prepare
from .._host.host import Host
from .._model.parse import parse_service, parse_service_key
from .._model.port_names import port_number
from .._model.table import Table
from . import memory
from .converge import Goal, converge, report
from .options import KEY_OPTIONS, SERVICE_OPTIONS, given

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .client import Ipvs


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the one service what the task says."""
    absent = module.params["state"] == "absent"
    data = given(module.params, KEY_OPTIONS if absent else {**KEY_OPTIONS, **SERVICE_OPTIONS})
    key = parse_service_key(data, port_number)

    def read(kernel: Ipvs) -> Table:
        service = kernel.service(key)
        return () if service is None else (service,)

    def wish(have: Table) -> Goal:
        if absent:
            return Goal((), have)
        return Goal((parse_service(data, {one.key: one for one in have}, port_number),), have)

    def forgetting() -> list[Action]:
        return memory.forgetting(lambda service, _realserver: service == key) if absent else []

    host = Host()
    result = converge(
        kernel,
        read,
        wish,
        host=host,
        check_mode=module.check_mode,
        name="ipvs_service",
        prepare=lambda _result: prepare(host, forgetting(), check_mode=module.check_mode),
        complete=lambda _result: apply(host, forgetting()),
    )
    before, after = (table[0].to_dict() if table else None for table in (result.before, result.after))
    return report(module, result, before, after)
