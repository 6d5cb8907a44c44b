#!/usr/bin/python
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ipvs_timeout
short_description: Set for how long a director remembers idle connections
version_added: 1.0.0
description:
  - Sets the timeouts of connections in the kernel's IPVS.
  - A connection that is idle for longer is forgotten, and its next packet is refused or goes astray. The kernel's 900
    seconds for TCP are less than many programs leave a connection idle.
  - Connections that are there keep the timeout they have until their next packet.
  - The kernel forgets the timeouts when it restarts.
author:
  - linuxvirtualserver.lvs contributors (@linuxvirtualserver)
extends_documentation_fragment:
  - linuxvirtualserver.lvs._attributes
  - linuxvirtualserver.lvs._ipvs
options:
  tcp:
    description:
      - Seconds for established TCP connections. The kernel starts with V(900).
      - Left out, it stays as it is.
    type: int
  tcp_fin:
    description:
      - Seconds for TCP connections after a FIN. The kernel starts with V(120).
      - Left out, it stays as it is.
    type: int
  udp:
    description:
      - Seconds for UDP. The kernel starts with V(300).
      - Left out, it stays as it is.
    type: int
"""

EXAMPLES = r"""
- name: Remember idle TCP connections for two hours and a bit
  linuxvirtualserver.lvs.ipvs_timeout:
    tcp: 7500
"""

RETURN = r"""
before:
  description: The timeouts in seconds as they were.
  returned: success
  type: dict
  sample: {tcp: 900, tcp_fin: 120, udp: 300}
after:
  description: The timeouts in seconds as they are, or in check mode would be.
  returned: success
  type: dict
  sample: {tcp: 7500, tcp_fin: 120, udp: 300}
commands:
  description: The C(ipvsadm) command that says the same as what was done.
  returned: success
  type: list
  elements: str
  sample: [ipvsadm --set 7500 120 300]
"""

import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.converge import alone, run
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import (
    Timeouts,
    timeout_command,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.options import given, parse_timeouts

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.client import Ipvs

OPTIONS: dict[str, dict[str, t.Any]] = {field: {"type": "int"} for field in Timeouts._fields}


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the timeouts what the task says."""
    before = kernel.timeouts()
    after = parse_timeouts(given(module.params, OPTIONS), before)
    if after != before and not module.check_mode:
        write(kernel, after)
    answer = {
        "changed": after != before,
        "before": before._asdict(),
        "after": after._asdict(),
        "commands": [timeout_command(after)] if after != before else [],
    }
    if module._diff:
        answer["diff"] = {"before": before._asdict(), "after": after._asdict()}
    return answer


def write(kernel: Ipvs, wanted: Timeouts) -> None:
    try:
        kernel.set_timeouts(wanted)
    except OSError as error:
        raise LvsError("the timeouts", wanted._asdict(), f"were refused: {os.strerror(error.errno or 0)}.") from error
    found = kernel.timeouts()
    if found != wanted:
        raise LvsError(
            "the timeouts", wanted._asdict(), f"were set but are {found._asdict()}: somebody else sets them."
        )


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True, required_one_of=[list(OPTIONS)])
    run(module, lambda kernel: alone(module, lambda: manage(module, kernel)))


if __name__ == "__main__":
    main()
