# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""arp_hide on a Windows host in memory: there is nothing to hide, and it is seen whether that is so."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.conftest import RIP, Act
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.host import ACTIVE, PERSISTENT, Address, Windows
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import needs_powershell

pytestmark = needs_powershell

VIP, SECOND = "192.168.1.110", "192.168.1.120"
NAME = "arp_hide"
NOTHING: dict[str, object] = {"conditions": {}, "persistent": {}}


def test_nothing_is_hidden_before_or_with_the_vip(act: Act) -> None:
    for _time in ("before the VIP", "with it"):
        assert act(NAME, vips=[VIP], diff=True) == {
            "changed": False,
            "before": NOTHING,
            "after": NOTHING,
            "commands": [],
            "diff": {"prepared": ""},
        }
        act("vip_address", vips=[VIP], rips=[RIP])
    assert [step for steps in act.controller.spoken for step in steps if "create" in step] == ["create_adapter"]


@pytest.mark.parametrize("stores", [[ACTIVE, PERSISTENT], [ACTIVE], [PERSISTENT]])
def test_vips_that_a_network_adapter_answers_for_now_or_at_boot(act: Act, host: Windows, stores: list[str]) -> None:
    for vip, card in ((VIP, "Ethernet0"), (SECOND, "Storage")):
        host._put(Address(vip, 24, host.named(card).index, "Manual", True), stores)
    said = act.refused(NAME, vips=["192.168.1.130", VIP, SECOND])
    assert "vips[1]: is on 'Ethernet0' of this host, which answers ARP for it" in said
    assert "vips[2]: is on 'Storage' of this host" in said
    assert f"Remove-NetIPAddress -IPAddress {VIP} -InterfaceAlias 'Ethernet0'" in said
    assert said.startswith("vips[1]: ")


def test_absent_has_nothing_to_undo(act: Act) -> None:
    act("vip_address", vips=[VIP], rips=[RIP])
    spoken = len(act.controller.spoken)
    assert act(NAME, state="absent")["changed"] is False
    assert act(NAME, vips=[VIP], state="absent")["changed"] is False
    assert len(act.controller.spoken) == spoken, "the host was not asked"


def test_bad_vips(act: Act) -> None:
    assert "vips[0]: is not an IP address" in act.refused(NAME, vips=["web"])
