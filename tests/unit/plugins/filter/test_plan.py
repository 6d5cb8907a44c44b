# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter plan: its type checks, its lookup of ports, and what Ansible's own objects make of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import typing as t

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.filter import plan as plan_filter
from ansible_collections.linuxvirtualserver.lvs.plugins.filter.plan import plan
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import (
    GROUPS,
    HOSTVARS,
    found,
    service,
)


def table(planned: object) -> list[dict[str, t.Any]]:
    hosts = t.cast("dict[str, t.Any]", planned)["hosts"]
    return t.cast("list[dict[str, t.Any]]", hosts["director"]["director"]["services"])


def test_a_plan() -> None:
    assert [one["port"] for one in table(plan([service()], GROUPS, HOSTVARS))] == [80]


def test_the_controller_is_asked_for_names_that_we_do_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getservbyname", lambda name, protocol: {("ours", "udp"): 7777}[name, protocol])
    assert table(plan([service(port="ours", protocol="udp")], GROUPS, HOSTVARS))[0]["port"] == 7777


def test_a_name_that_nobody_knows_is_a_finding() -> None:
    assert found(plan([service(port="no-such-service")], GROUPS, HOSTVARS)) == [
        ("lvs_services[0].port", "no-such-service")
    ]


def test_the_controller_cannot_change_a_well_known_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getservbyname", lambda _name, _protocol: 1)
    assert table(plan([service(port="http")], GROUPS, HOSTVARS))[0]["port"] == 80


@pytest.mark.parametrize(("groups", "hostvars", "culprit"), [([], {}, "groups"), ({}, "x", "hostvars")])
def test_wrong_arguments_are_named(groups: object, hostvars: object, culprit: str) -> None:
    with pytest.raises(AnsibleFilterError, match=rf"linuxvirtualserver\.lvs\.plan: {culprit}: is of type"):
        plan([], groups, hostvars)


def test_without_netaddr_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_filter, "HAS_NETADDR", False)
    with pytest.raises(AnsibleFilterError, match=r"netaddr: is missing on the controller.*python3-netaddr"):
        plan([], GROUPS, HOSTVARS)


def test_everything_can_be_imported_without_netaddr() -> None:
    """ansible-test imports every file with nothing but the standard library."""
    program = f"import sys; sys.modules['netaddr'] = None; from {plan_filter.__name__} import HAS_NETADDR as has"
    ran = subprocess.run(
        [sys.executable, "-c", f"{program}; sys.exit(has)"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
