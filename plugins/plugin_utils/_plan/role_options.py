# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the roles as their argument specs describe them.

Private: this file may change in any release; do not import it from outside the collection.
It reads two files of the collection itself, once, and nothing of any inventory or host.
"""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

from ansible.module_utils.common.yaml import yaml_load

Options = dict[str, dict[str, t.Any]]

_ROLES = Path(__file__).resolve().parents[3] / "roles"


@functools.cache
def of_role(role: str) -> Options:
    """What sets the role up: Ansible holds each host to it where the role begins."""
    return _options(role, "main")


@functools.cache
def of_inventory(role: str) -> Options:
    """What the plan reads."""
    return _options(role, "inventory")


def _options(role: str, entry_point: str) -> Options:
    specs = yaml_load((_ROLES / role / "meta" / "argument_specs.yml").read_text())
    options: Options = specs["argument_specs"][entry_point]["options"]
    return options
