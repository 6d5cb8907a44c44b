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

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.timeouts import OPTIONS, manage
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.write import alone, write


def main() -> None:
    module = AnsibleModule(argument_spec=OPTIONS, supports_check_mode=True, required_one_of=[list(OPTIONS)])
    write(module, lambda kernel: alone(module, lambda: manage(module, kernel)))


if __name__ == "__main__":
    main()
