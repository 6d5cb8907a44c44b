# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every tag alone, and all but every tag, on hosts in each state: the table of docs/order.md.

The hosts are those of tests/unit/playbooks/test_tags.py, which write down what they were to run. What must be true of
every run is said here once; SEEN has what each does.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.order import ORDER
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import Playbooks
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.test_tags import HOSTS, RIPS, VIRGIN, Lvs

TAGS = sorted({"director", "realserver", *(step.tag for step in ORDER)})
# What would change on a host, in the order of the steps. Where the inventory changed, a service moved to another VIP.
STATES: dict[str, dict[str, list[str]]] = {
    "virgin": VIRGIN,
    "running": {},
    "changed": {
        **{host: ["vip_address", "arp_hide"] for host in RIPS},
        "director": ["ipvs_table", "vip_address", "vip_address-absent"],
    },
}
# The modules of each step of the example, which has no tunnels, no policy routes and no probes.
MODULES = {
    "realserver_arp": "arp_hide",
    "realserver_vip": "vip_address",
    "realserver_gateway": "default_gateway",
    "director_kernel": "kernel_setup",
    "director_gateway": "default_gateway",
    "director_firewall": "firewall_rules",
    "director_table": "ipvs_table",
    "director_vip": "vip_address",
}
LEFT = ["192.168.1.120 dev lo"]


def test_the_tags_are_all_of_them() -> None:
    assert set(MODULES) < set(TAGS)
    assert len(TAGS) == 16


@pytest.fixture
def lvs(tmp_path: Path) -> Lvs:
    return Lvs(Playbooks(tmp_path), tmp_path / "hosts")


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("option", ["--tags", "--skip-tags"])
@pytest.mark.parametrize("state", STATES)
def test_it_is_safe_or_refused(
    lvs: Lvs, state: str, option: str, tag: str, record_property: t.Callable[[str, object], None]
) -> None:
    missing = STATES[state]
    ran = lvs.run(option, tag, missing=missing, left_over=LEFT if state == "changed" else [])
    did = lvs.changing()
    summary = f"{state:8} {option:11} {tag:20} rc={ran.rc} " + " ".join(
        f"{host}:{','.join(did.get(host, ['-']))}" for host in HOSTS
    )
    record_property("did", summary)
    taken = _takes_vip(lvs)
    written = "ipvs_table" in did.get("director", [])
    if taken and not written:
        assert "ipvs_table" not in missing.get("director", []), "a VIP is taken, and its table is not as planned"
    if written:
        for host in RIPS:
            left_out = [module for module in missing.get(host, []) if module not in did.get(host, [])]
            assert not left_out or host in lvs.waiting(), f"{host} is called ready without {left_out}"
    if option == "--tags" and tag.startswith("director"):
        assert set(did) <= {"director"}
    if option == "--tags" and tag.startswith("realserver"):
        assert "director" not in did
    if option == "--skip-tags" and tag in MODULES:
        host = "director" if tag.startswith("director") else "realserver1"
        left = [module for module in did.get(host, []) if module == MODULES[tag]]
        # Only giving up VIPs that nobody forwards to any more is a step of another tag, by the same modules.
        assert not left or (state == "changed" or tag in ("realserver_arp", "realserver_vip", "director_vip")), did
    if state == "running":
        assert ran.rc == 0, ran.output
    if ran.rc:
        assert "and this run leaves it out" in " ".join(ran.output.split()), ran.output


def _takes_vip(lvs: Lvs) -> bool:
    return any(
        host == "director" and module == "vip_address" and vips and not check
        for host, module, check, _keep, vips in lvs.asked()
    )
