# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of client_probe: ask the services of an LVS as a client does.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import threading
import typing as t
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from .._errors import LvsError
from .._host.host import execute
from .._model.address import canonical_address
from .neighbours import Neighbour, look
from .talk import Probe, Seen, ask, is_own

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule


AT_ONCE = 256  # connections that are open at the same time, unless a single service wants more


def parse(params: dict[str, t.Any]) -> list[Probe]:
    probes = []
    for index, probe in enumerate(params["probes"]):
        address = canonical_address(probe["address"])
        if address is None:
            raise LvsError(f"probes[{index}].address", probe["address"], "is not an IP address.")
        probes.append(Probe(**{**probe, "address": address}, token=params["token"]))
    return probes


def refuse_insiders(inside: dict[str, str]) -> None:
    for address, owner in inside.items():
        if is_own(address):
            wrong = f"is the {owner} and an address of this host, so it is not a client. Ask from one outside the LVS."
            raise LvsError("inside", address, wrong)


def batches(probes: list[Probe]) -> Iterator[list[Probe]]:
    """As many services at a time as go together."""
    batch: list[Probe] = []
    for probe in probes:
        if batch and sum(one.connections for one in [*batch, probe]) > AT_ONCE:
            yield batch
            batch = []
        batch.append(probe)
    if batch:
        yield batch


def ask_all(batch: list[Probe], timeout: float) -> list[list[Seen]]:
    """All connections of some services at once; none is closed before the last has its answer."""
    number = sum(probe.connections for probe in batch)
    together = threading.Barrier(max(number, 1))
    with ThreadPoolExecutor(max(number, 1)) as pool:
        asked = [
            [pool.submit(ask, probe, timeout, together.wait) for _n in range(probe.connections)] for probe in batch
        ]
        return [[one.result() for one in connections] for connections in asked]


def output(argv: Sequence[str]) -> str:
    """The output of a program, nothing when it fails: what a host cannot say is not known of it."""
    completed = execute(argv)
    return completed.stdout if completed.rc == 0 else ""


def neighbour(address: str) -> Neighbour:
    try:
        return look(address, output)
    except LvsError as error:
        return Neighbour(address, problem=str(error))


def run(module: AnsibleModule) -> dict[str, t.Any]:
    probes = parse(module.params)
    refuse_insiders(module.params["inside"])
    if module.check_mode:
        return {}
    seen = [one for batch in batches(probes) for one in ask_all(batch, module.params["timeout"])]
    neighbours = [neighbour(address) for address in module.params["neighbours"]]
    return {
        "results": [{"connections": [one._asdict() for one in connections]} for connections in seen],
        "addresses": sorted({one.client for connections in seen for one in connections}),
        "neighbours": [one._asdict() for one in neighbours],
    }
