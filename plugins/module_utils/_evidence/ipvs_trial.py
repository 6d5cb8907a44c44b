# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ipvs_trial: temporary services on a director, and what it saw of those before.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import typing as t
from collections.abc import Sequence

from .._errors import LvsError
from .._host import links
from .._host.host import Host
from .._host.ledger import read
from .._host.lock import hold
from .._ipvs import entries, trial
from .._ipvs.converge import report
from .._model.claims import parse_name, size
from .._model.ipvsadm import listing
from .._model.parse import parse_table
from .._model.port_names import port_number

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .._ipvs.client import Ipvs


def surroundings(run: links.Run, vips: Sequence[str], rips: Sequence[str]) -> dict[str, t.Any]:
    """Which VIPs this host has, its MACs, and those of the realservers; of those behind a router none is known here."""
    have = links.interfaces(run)
    macs = {rip: links.mac_of(run, rip) for rip in rips}
    return {
        "neighbours": {rip: mac for rip, mac in macs.items() if mac},
        "held": [vip for vip in vips if any(interface.holds(vip) for interface in have)],
        "macs": sorted({interface.mac for interface in have if interface.mac}),
    }


def other_lvs(host: Host, lvs: str) -> list[str]:
    """Whose this director is besides."""
    ledger = read(host).value or {}
    return [f"{name} ({size(one.things)})" for name, one in sorted(ledger.items()) if name != lvs]


def counts(params: dict[str, t.Any], option: str) -> dict[str, int]:
    for label, number in params[option].items():
        if not isinstance(number, int) or number < 0:
            raise LvsError(f"{option}[{label}]", number, "is not a number of connections. Use 0 or more.")
    return dict(params[option])


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    params = module.params
    lvs = parse_name("lvs_name", params["lvs_name"])
    wanted, since = parse_table(params["services"], lookup=port_number), counts(params, "since")
    counted = {label: since.get(label, 0) + more for label, more in counts(params, "counted").items()}
    if not module.check_mode:
        trial.wait_for_counters(kernel, counted)
    host = Host()
    # Before the temporary services are removed, whose counters go with them.
    saw = {
        "states": [one.to_dict() for one in kernel.states(lambda _key: True)],
        "daemons": [daemon._asdict() for daemon in kernel.daemons()],
        "connections": [entry._asdict() for entry in entries.read(params["clients"])],
        "others": other_lvs(host, lvs),
        **surroundings(host.run, params["vips"], params["rips"]),
    }
    with contextlib.nullcontext() if module.check_mode else hold("ipvs_trial", module.warn):
        result = trial.replace(
            kernel, wanted, params["seconds"], lvs=lvs, check_mode=module.check_mode, warn=module.warn
        )
    return {**report(module, result, listing(result.before), listing(result.after)), **saw}
