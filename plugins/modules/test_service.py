#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: test_service
short_description: Internal, a tiny service to test an LVS with
version_added: 1.0.0
description:
  - Starts or stops a service of this collection's own on a realserver. It says which realserver it is and sends back
    what it gets.
  - With it an LVS is tested before its real services are up, as the HOWTO tests with telnet first.
  - It answers only clients that know O(token), and ends by itself after O(seconds).
  - While it runs, C(/run/lvs-test-service.json) says its process.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._internal
attributes:
  idempotent:
    support: partial
    details:
      - What was O(state=started) is started anew by the next task, which may have another O(token).
options:
  state:
    description:
      - Whether it runs.
    type: str
    choices: [started, stopped]
    default: started
  name:
    description:
      - What it calls itself. Required with O(state=started).
    type: str
  listen:
    description:
      - Where it listens. The addresses need not be there yet.
    type: list
    elements: dict
    default: []
    suboptions:
      address:
        description: The VIP with forwarding dr and tun, the RIP with nat.
        type: str
        required: true
      port:
        description: The port.
        type: int
        required: true
      protocol:
        description: The protocol.
        type: str
        choices: [tcp, udp]
        default: tcp
  token:
    description:
      - What a client must know. Required with O(state=started).
    type: str
  seconds:
    description:
      - After how many seconds it ends by itself.
    type: int
    default: 120
requirements:
  - Linux
seealso:
  - module: linuxvirtualserver.lvs.client_probe
"""

EXAMPLES = r"""
- name: Test with a service of our own
  block:
    - name: Start it
      linuxvirtualserver.lvs.test_service:
        name: "{{ inventory_hostname }}"
        listen:
          - address: 192.168.1.110
            port: 61000
        token: "{{ lookup('ansible.builtin.password', '/dev/null', seed=ansible_play_name) }}"
  always:
    - name: Stop it
      linuxvirtualserver.lvs.test_service:
        state: stopped
"""

RETURN = r"""
before:
  description: Where it listened, empty when it did not run.
  returned: success
  type: list
  elements: str
  sample: []
after:
  description: Where it listens, or in check mode would.
  returned: success
  type: list
  elements: str
  sample: [tcp 192.168.1.110:61000]
commands:
  description: What was done, in words, for there is no command that does it.
  returned: success
  type: list
  elements: str
  sample: ["listen on tcp 192.168.1.110:61000 for 120 s"]
"""

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._evidence.service import Place, listen, serve
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import keeper
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import finish
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import tell
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import canonical_address, endpoint
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.shapes import listed, text

RECORD = f"{keeper.FOLDER}/lvs-test-service.json"
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


def start(params: dict[str, t.Any], wanted: list[Place]) -> None:
    """The sockets are opened here, so that what cannot be is said, and served there."""
    listeners = listen(wanted)
    record = {"listen": [label(place) for place in wanted]}
    name, token = params["name"], params["token"]
    keeper.start(RECORD, record, params["seconds"], lambda: serve(listeners, name, token), lambda: None)
    for listener in listeners:
        listener.close()


def manage(module: AnsibleModule) -> dict[str, t.Any]:
    params = module.params
    wanted = places(params) if params["state"] == "started" else []
    found = keeper.read(RECORD, _RECORDED) if module.check_mode else keeper.stop(RECORD, _RECORDED)
    tell(module.warn, found)
    before, after = found.value["listen"] if found.value else [], [label(place) for place in wanted]
    if not module.check_mode:
        keeper.forget(RECORD)
        if wanted:
            start(params, wanted)
    commands = [f"stop listening on {', '.join(before)}"] if before else []
    commands += [f"listen on {', '.join(after)} for {params['seconds']} s"] if after else []
    answer = {"changed": bool(before or after), "before": before, "after": after, "commands": commands}
    if module._diff:
        answer["diff"] = {"before": _text(before), "after": _text(after)}
    return answer


def _text(listening: list[str]) -> str:
    return "".join(f"{line}\n" for line in listening)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["started", "stopped"], "default": "started"},
            "name": {"type": "str"},
            "listen": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "address": {"type": "str", "required": True},
                    "port": {"type": "int", "required": True},
                    "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
                },
            },
            "token": {"type": "str", "no_log": True},
            "seconds": {"type": "int", "default": 120},
        },
        required_if=[("state", "started", ("name", "token"))],
        supports_check_mode=True,
    )
    finish(module, lambda: manage(module))


if __name__ == "__main__":
    main()
