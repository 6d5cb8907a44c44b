# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a module of the kernel's table begins and ends.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import typing as t

from .._errors import LvsError
from . import client

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    from ansible.module_utils.basic import AnsibleModule


def run(module: AnsibleModule, body: Callable[[client.Ipvs], dict[str, t.Any]]) -> t.NoReturn:
    """Connect, do what the module is for, and leave by exit_json or fail_json."""
    try:
        with contextlib.closing(client.connect()) as kernel:
            result = body(kernel)
    except LvsError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)
