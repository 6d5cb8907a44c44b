# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of keepalived's files, and what is read back of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.file import (
    Instance,
    Placed,
    Sync,
    instance_text,
    lead_of,
    main_text,
    peers_in,
    placed_in,
    switch_of,
    sync_of,
)

ONE = Instance(
    lvs="lvs",
    interface="eth0",
    router_id=51,
    priority=254,
    preempt=False,
    interval="0.3",
    address="192.168.1.8",
    peers=("192.168.1.9",),
    multicast=False,
    track=True,
    addresses=(Placed("192.168.1.110", "eth1"), Placed("2001:db8::110", "eth1")),
    sync=Sync("eth2", 7),
)
TEXT = """\
# Written by linuxvirtualserver.lvs; what is changed here is lost.
# Both threads of synchronisation: eth2 id 7
track_file eth0_51_switch {
    file "/var/lib/lvs/director"
    weight 0
    init_file 0
}
vrrp_instance eth0_51 {
    state BACKUP
    nopreempt
    version 3
    interface eth0
    virtual_router_id 51
    priority 254
    advert_int 0.3
    unicast_src_ip 192.168.1.8
    unicast_peer {
        192.168.1.9
    }
    garp_master_refresh 30
    higher_prio_send_advert true
    garp_lower_prio_delay 1
    garp_lower_prio_repeat 3
    track_interface {
        eth1
    }
    track_file {
        eth0_51_switch weight 0
    }
    virtual_ipaddress {
        192.168.1.110/32 dev eth1
    }
    virtual_ipaddress_excluded {
        2001:db8::110/128 dev eth1
    }
}
"""


def test_one_director_of_two() -> None:
    assert instance_text(ONE) == TEXT


def test_what_differs() -> None:
    text = instance_text(ONE._replace(multicast=True, track=False, preempt=True, sync=Sync("eth2", 7)))
    assert "    mcast_src_ip 192.168.1.8\n" in text
    assert "    dont_track_primary\n" in text
    assert not any(word in text for word in ("nopreempt", "unicast", "track_interface"))
    assert peers_in(text) == peers_in(TEXT) == {"192.168.1.9"}, "nobody would know who leaves"
    assert peers_in(instance_text(ONE._replace(peers=()))) == frozenset()
    alone = instance_text(ONE._replace(sync=None, addresses=ONE.addresses[:1]))
    assert not any(word in alone for word in ("synchronisation", "excluded"))
    assert sync_of(text) == Sync("eth2", 7)


def test_what_is_never_written() -> None:
    never = ("auth_pass", "reload_check_config", "lvs_flush", "state MASTER", "notify", "script", "virtual_server")
    assert [word for word in never if word in TEXT + main_text((2, 3, 3))] == []


def test_the_file_that_keepalived_opens() -> None:
    assert main_text((2, 2, 7)).splitlines()[1:] == [
        *("global_defs {", "    reload_file /run/lvs-keepalived.reload", "}", "include /etc/keepalived/lvs/*.conf"),
    ]
    assert main_text((2, 1, 5)).splitlines()[1:] == ["include /etc/keepalived/lvs/*.conf"]


def test_several_lvs_have_switches_of_their_own() -> None:
    assert (switch_of("lvs"), switch_of("web")) == ("/var/lib/lvs/director", "/var/lib/lvs/director-web")


ADDRESSES = st.lists(st.ip_addresses().map(str), min_size=1, max_size=4, unique=True)


@given(ADDRESSES, st.sampled_from(["eth0", "bond0.7", "enp3s0"]), st.booleans())
def test_what_was_written_is_read_again(addresses: list[str], nic: str, synced: bool) -> None:
    placed = tuple(Placed(one, nic) for one in addresses)
    text = instance_text(ONE._replace(addresses=placed, sync=ONE.sync if synced else None))
    assert placed_in(text) == {*placed}
    assert lead_of(text) == addresses[0]
    assert sync_of(text) == (ONE.sync if synced else None)
    assert (lead_of(None), placed_in(None)) == (None, frozenset())
