# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of playbooks/verify.yml: what to ask, the verdict, and the verdict for people and machines."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify import text
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify import verdict as verify_verdict
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify import work as verify_requests
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.observed import observed

_COLLECTION = "linuxvirtualserver.lvs"


def verify_work(plan: object, clients: object, **wishes: t.Any) -> dict[str, t.Any]:
    """What the clients are to ask of the LVS of this plan."""
    name = f"{_COLLECTION}.verify_work"
    if not isinstance(plan, t.Mapping) or "hosts" not in plan:
        raise AnsibleFilterError(f"{name}: this is no plan. Pass the result of {_COLLECTION}.plan.")
    if not isinstance(clients, (list, tuple)):
        raise AnsibleFilterError(f"{name}: clients is of type {type(clients).__name__}. Pass a list of hosts.")
    unknown = sorted(set(wishes) - set(verify_requests.Wishes._fields))
    if unknown:
        known = ", ".join(verify_requests.Wishes._fields)
        raise AnsibleFilterError(f"{name}: {unknown[0]} is not known. Use {known}.")
    try:
        return verify_requests.make_work(plan, clients, verify_requests.Wishes(**wishes))
    except LvsError as error:
        raise AnsibleFilterError(f"{name}: {error}") from error


def verify_preview(work: object) -> list[str]:
    """What will be asked, for people."""
    return verify_requests.describe(_mapping(work, "verify_preview", "services", "verify_work"))


def verdict(work: object, hostvars: object, slow: float = 2.0) -> dict[str, t.Any]:
    """What came of it."""
    if not isinstance(hostvars, t.Mapping):
        raise AnsibleFilterError(f"{_COLLECTION}.verdict: hostvars is missing. Pass Ansible's own variable hostvars.")
    todo = _mapping(work, "verdict", "services", "verify_work")
    return verify_verdict.verdict(todo, observed(todo, hostvars), float(slow))


def verdict_text(found: object) -> str:
    """The verdict for people."""
    return text.report(_mapping(found, "verdict_text", "rows", "verdict"))


def verdict_junit(found: object) -> str:
    """The verdict as JUnit XML."""
    return text.junit(_mapping(found, "verdict_junit", "rows", "verdict"))


def _mapping(value: object, name: str, key: str, origin: str) -> t.Mapping[str, t.Any]:
    if not isinstance(value, t.Mapping) or key not in value:
        raise AnsibleFilterError(f"{_COLLECTION}.{name}: pass the result of {_COLLECTION}.{origin}.")
    return value


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return {
            "verify_work": verify_work,
            "verify_preview": verify_preview,
            "verdict": verdict,
            "verdict_text": verdict_text,
            "verdict_junit": verdict_junit,
        }
