# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of test_service: a tiny service is started or stopped.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from .._host.keeper import FOLDER, Keeper, path_of
from .._host.records import tell
from .._model.address import canonical_address, endpoint
from .._model.claims import parse_name
from .._model.shapes import listed, text
from .service import Place, listen, serve

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule


RECORD = f"{FOLDER}/lvs-test-service.json"
_RECORDED = {"listen": listed(text)}


def places(params: dict[str, t.Any]) -> list[Place]:
    found = []
    for index, one in enumerate(params["listen"]):
        address = canonical_address(one["address"])
        if address is None:
            raise LvsError(f"listen[{index}].address", one["address"], "is not an IP address.")
        found.append(Place(**{**one, "address": address}))
    return found


def label(place: Place) -> str:
    return f"{place.protocol} {endpoint(place.address, place.port)}"


def start(keeper: Keeper, params: dict[str, t.Any], wanted: list[Place]) -> None:
    """The sockets are opened here, so that what cannot be is said, and served there."""
    listeners = listen(wanted)
    record = {"listen": [label(place) for place in wanted]}
    name, token = params["name"], params["token"]
    keeper.start(record, params["seconds"], lambda: serve(listeners, name, token), lambda: None)
    for listener in listeners:
        listener.close()


def run(module: AnsibleModule) -> dict[str, t.Any]:
    params = module.params
    wanted = places(params) if params["state"] == "started" else []
    keeper = Keeper(path_of(RECORD, parse_name("lvs_name", params["lvs_name"])), _RECORDED)
    found = keeper.read() if module.check_mode else keeper.stop()
    tell(module.warn, found)
    before, after = found.value["listen"] if found.value else [], [label(place) for place in wanted]
    if not module.check_mode:
        keeper.forget()
        if wanted:
            start(keeper, params, wanted)
    commands = [f"stop listening on {', '.join(before)}"] if before else []
    commands += [f"listen on {', '.join(after)} for {params['seconds']} s"] if after else []
    answer = {"changed": bool(before or after), "before": before, "after": after, "commands": commands}
    if module._diff:
        answer["diff"] = {"before": _text(before), "after": _text(after)}
    return answer


def _text(listening: list[str]) -> str:
    return "".join(f"{line}\n" for line in listening)
