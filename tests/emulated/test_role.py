# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole role realserver on every emulated system: a life from the first check to the last trace gone."""

from __future__ import annotations

import operator
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.emulated.conftest import Farm, Recap
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.hosts import HOSTS

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.tests.emulated.emulation import Emulation

VIP, SECOND = "192.168.1.110", "192.168.1.120"
VIP6, SECOND6 = "2001:db8:1::110", "2001:db8:1::120"
ALL = (VIP, VIP6, SECOND, SECOND6)
DIRECTOR, ROUTER = "192.168.1.9", "192.168.1.254"
ROLE = [{"name": "Set up", "ansible.builtin.import_role": {"name": "linuxvirtualserver.lvs.realserver"}}]
RELEASE = [
    {
        "name": "Release",
        "ansible.builtin.import_role": {"name": "linuxvirtualserver.lvs.realserver", "tasks_from": "release"},
    }
]
TEARDOWN = [
    {
        "name": "Take back",
        "ansible.builtin.import_role": {"name": "linuxvirtualserver.lvs.realserver", "tasks_from": "teardown"},
    }
]

# The one that stays in a pool when all others leave it.
KEEPER = "freebsd15"

IPV4_ONLY = tuple(name for name, host in HOSTS.items() if not host.serves_ipv6)

each_host = pytest.mark.parametrize("name", HOSTS)
# Where two releases do the same, one of them is enough.
KINDS = tuple(name for name in HOSTS if name not in ("freebsd13", "solaris7"))
each_kind = pytest.mark.parametrize("name", KINDS)


def both(name: str, *vips: str) -> list[str]:
    """Of these VIPs, those that the host can serve."""
    return [vip for vip in vips if ":" not in vip or name not in IPV4_ONLY]


def service(vip: str, forwarding: str = "dr") -> dict[str, t.Any]:
    name = f"http{'6' if ':' in vip else ''}{vip[-3:]}"
    # An IPv6 VIP is for the realservers that can serve it; the group is made by conftest.
    pool = "dual" if ":" in vip else "realservers"
    return {"name": name, "vip": vip, "port": 80, "forwarding": forwarding, "realservers": pool}


class Scene(t.NamedTuple):
    """What a run did to a host, and the host after it."""

    recap: Recap
    host: Emulation
    snapshot: dict[str, t.Any]


Story = dict[str, dict[str, Scene]]


def look(farm: Farm, recaps: dict[str, Recap]) -> dict[str, Scene]:
    return {name: Scene(recaps[name], box.host, box.snapshot()) for name, box in farm.hosts.items()}


def served(scene: Scene, *vips: str) -> list[str]:
    """Those of the VIPs that the host serves."""
    return [vip for vip in vips if scene.host.serves(vip)]


NOTHING = Recap(0, 0, "")


@pytest.fixture(scope="module")
def direct(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """LVS-DR on all hosts at once, scene by scene."""
    farm = Farm(tmp_path_factory.mktemp("dr"))
    one = [service(VIP), service(VIP6)]
    two = [*one, service(SECOND), service(SECOND6)]
    nothing = dict.fromkeys(farm.hosts, NOTHING)
    story = {"virgin": look(farm, nothing)}
    story["checked"] = look(farm, farm.play(ROLE, one, "--check", "--diff"))
    story["added"] = look(farm, farm.play(ROLE, one))
    story["second"] = look(farm, farm.play(ROLE, two))
    for box in farm.hosts.values():
        box.reboot()
    story["rebooted"] = look(farm, nothing)
    story["repeated after the reboot"] = look(farm, farm.play(ROLE, two))
    for name, box in farm.hosts.items():
        for vip in both(name, VIP, VIP6):
            box.change(operator.methodcaller("meddle", vip))
    story["meddled"] = look(farm, nothing)
    story["repaired"] = look(farm, farm.play(ROLE, two))
    for box in farm.hosts.values():
        box.reboot()
    story["repaired and rebooted"] = look(farm, nothing)
    other = [service(SECOND), service(SECOND6)]
    story["not released yet"] = look(farm, farm.play(ROLE, other))
    story["release checked"] = look(farm, farm.play([*ROLE, *RELEASE], other, "--check", "--diff"))
    story["released"] = look(farm, farm.play([*ROLE, *RELEASE], other))
    for box in farm.hosts.values():
        box.reboot()
    story["released and rebooted"] = look(farm, nothing)
    # The inventory has forgotten these by now.
    story["all gone"] = look(farm, farm.play(TEARDOWN, one))
    story["absent again"] = look(farm, farm.play(TEARDOWN, one))
    for box in farm.hosts.values():
        box.reboot()
    story["gone and rebooted"] = look(farm, nothing)
    return story


# A story is told once, so all that is asked about it is asked in one process.
@pytest.mark.xdist_group("direct")
@each_host
class TestDirectRouting:
    def test_a_virgin_host_serves_no_vip(self, direct: Story, name: str) -> None:
        assert served(direct["virgin"][name], VIP, VIP6) == []

    def test_check_mode_announces_and_changes_nothing(self, direct: Story, name: str) -> None:
        scene = direct["checked"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert scene.recap.changed >= 1
        assert scene.snapshot == direct["virgin"][name].snapshot

    def test_the_vip_is_served_and_not_announced(self, direct: Story, name: str) -> None:
        scene = direct["added"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert served(scene, VIP, VIP6) == both(name, VIP, VIP6)
        assert not scene.host.answers_arp_for(VIP)
        assert not scene.host.answers_arp_for(VIP6)
        assert scene.host.answers_arp_for(scene.host.rip)

    def test_a_second_vip_joins(self, direct: Story, name: str) -> None:
        scene = direct["second"][name]
        assert scene.recap.changed >= 1
        assert served(scene, *ALL) == both(name, *ALL)

    def test_a_reboot_brings_both_back_and_a_run_changes_nothing(self, direct: Story, name: str) -> None:
        assert served(direct["rebooted"][name], *ALL) == both(name, *ALL)
        assert direct["rebooted"][name].host.defaults() == [ROUTER]
        scene = direct["repeated after the reboot"][name]
        assert (scene.recap.failed, scene.recap.changed) == (0, 0), scene.recap.output
        assert scene.snapshot == direct["rebooted"][name].snapshot

    def test_drift_is_repaired_now_and_at_boot(self, direct: Story, name: str) -> None:
        assert served(direct["meddled"][name], VIP, VIP6) == []
        scene = direct["repaired"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert served(scene, *ALL) == both(name, *ALL)
        assert served(direct["repaired and rebooted"][name], *ALL) == both(name, *ALL)

    def test_a_vip_that_leaves_the_inventory_stays_until_directors_have_changed(self, direct: Story, name: str) -> None:
        assert (direct["not released yet"][name].recap.changed) == 0
        scene = direct["release checked"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert scene.recap.changed == 1
        assert served(scene, *ALL) == both(name, *ALL)

    def test_then_it_leaves_the_host_now_and_at_boot(self, direct: Story, name: str) -> None:
        scene = direct["released"][name]
        assert (scene.recap.failed, scene.recap.changed) == (0, 1), scene.recap.output
        for moment in ("released", "released and rebooted"):
            host = direct[moment][name].host
            assert [vip for vip in (VIP, VIP6) if host.holds(vip)] == []
            assert served(direct[moment][name], *ALL) == both(name, SECOND, SECOND6)

    def test_nothing_is_left(self, direct: Story, name: str) -> None:
        scene = direct["all gone"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert scene.snapshot == direct["virgin"][name].snapshot
        assert direct["absent again"][name].recap.changed == 0
        assert direct["gone and rebooted"][name].snapshot == direct["virgin"][name].snapshot


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """LVS-NAT on all hosts at once: the director becomes the gateway, and goes again."""
    farm = Farm(tmp_path_factory.mktemp("nat"), KINDS)
    services = [service(VIP, "nat")]
    nothing = dict.fromkeys(farm.hosts, NOTHING)
    story = {"virgin": look(farm, nothing)}
    story["checked"] = look(farm, farm.play(ROLE, services, "--check", "--diff"))
    story["added"] = look(farm, farm.play(ROLE, services))
    story["repeated"] = look(farm, farm.play(ROLE, services))
    for box in farm.hosts.values():
        box.reboot()
    story["rebooted"] = look(farm, nothing)
    story["in no pool"] = look(farm, farm.play([*ROLE, *RELEASE], [{**services[0], "realservers": [KEEPER]}]))
    story["again"] = look(farm, farm.play(ROLE, services))
    story["gone"] = look(farm, farm.play(TEARDOWN, services))
    for box in farm.hosts.values():
        box.reboot()
    story["gone and rebooted"] = look(farm, nothing)
    return story


@pytest.mark.xdist_group("translated")
@pytest.mark.parametrize("name", [name for name in KINDS if HOSTS[name].sets_gateway])
class TestNetworkAddressTranslation:
    def test_check_mode_changes_nothing(self, translated: Story, name: str) -> None:
        scene = translated["checked"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert scene.recap.changed == 1
        assert scene.snapshot == translated["virgin"][name].snapshot

    def test_the_director_is_the_gateway_and_there_is_no_vip(self, translated: Story, name: str) -> None:
        scene = translated["added"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert scene.host.defaults() == [DIRECTOR]
        assert not scene.host.holds(VIP)

    def test_a_second_run_changes_nothing(self, translated: Story, name: str) -> None:
        scene = translated["repeated"][name]
        assert (scene.recap.failed, scene.recap.changed) == (0, 0), scene.recap.output

    def test_a_reboot_keeps_it(self, translated: Story, name: str) -> None:
        assert translated["rebooted"][name].host.defaults() == [DIRECTOR]

    def test_in_no_pool_it_is_as_it_was(self, translated: Story, name: str) -> None:
        scene = translated["in no pool"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert scene.snapshot == translated["added" if name == KEEPER else "virgin"][name].snapshot
        assert translated["again"][name].snapshot == translated["added"][name].snapshot

    def test_the_gateway_from_before_comes_back(self, translated: Story, name: str) -> None:
        scene = translated["gone"][name]
        assert scene.recap.failed == 0, scene.recap.output
        assert scene.snapshot == translated["virgin"][name].snapshot
        assert translated["gone and rebooted"][name].snapshot == translated["virgin"][name].snapshot


@pytest.mark.xdist_group("translated")
@pytest.mark.parametrize("name", [name for name in KINDS if not HOSTS[name].sets_gateway])
def test_a_gateway_that_belongs_to_others_is_refused_and_left(translated: Story, name: str) -> None:
    for scene in ("checked", "added", "repeated"):
        assert translated[scene][name].recap.failed == 1
        assert "sets the default route of this host" in translated[scene][name].recap.output
        assert translated[scene][name].snapshot == translated["virgin"][name].snapshot


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """An IPv6 VIP on the hosts that cannot serve it."""
    farm = Farm(tmp_path_factory.mktemp("refused"), IPV4_ONLY)
    story = {"virgin": look(farm, dict.fromkeys(farm.hosts, NOTHING))}
    everywhere = {**service(VIP6), "realservers": "realservers"}
    story["added"] = look(farm, farm.play(ROLE, [everywhere]))
    return story


@pytest.mark.xdist_group("refused")
@pytest.mark.parametrize("name", IPV4_ONLY)
def test_where_ipv6_cannot_be_served_it_is_refused_before_anything_changes(refused: Story, name: str) -> None:
    scene = refused["added"][name]
    assert scene.recap.failed == 1
    problems = " ".join(scene.recap.output.replace("''", "'").split()).split("fatal: ")
    (said,) = (problem for problem in problems if problem.startswith(f"[{name}]"))
    assert "is an IPv6 address, which this release does not set up on" in said
    assert f"(got '{VIP6}')" in said
    assert scene.snapshot == refused["virgin"][name].snapshot


CHECK = ("--tags", "realserver_check", "-e", "realserver_check_port=true", "-e", "realserver_check_timeout=1")


@pytest.fixture(scope="module")
def waited(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """All hosts wait for a service, in vain and then not."""
    farm = Farm(tmp_path_factory.mktemp("waited"), KINDS)
    story = {"in vain": look(farm, farm.play(ROLE, [service(VIP)], *CHECK))}
    for box in farm.hosts.values():
        box.change(lambda host: host.serve("tcp4", "*", 80))
    story["not in vain"] = look(farm, farm.play(ROLE, [service(VIP)], *CHECK))
    return story


@pytest.mark.xdist_group("waited")
@each_kind
def test_the_role_waits_for_the_service_if_asked(waited: Story, name: str) -> None:
    scene = waited["in vain"][name]
    assert scene.recap.failed == 1
    words = f"Nobody listens on {VIP} port 80 of {name} after 1 seconds. Let the service listen on"
    assert words in " ".join(scene.recap.output.split())
    scene = waited["not in vain"][name]
    assert (scene.recap.failed, scene.recap.changed) == (0, 0), scene.recap.output


Listening = tuple[tuple[str, str, int], ...]
ANY, ANY6 = ("tcp4", "*", 80), ("tcp6", "*", 80)


LISTENERS: dict[str, tuple[Listening, list[str]]] = {
    "freebsd15-any": ((ANY, ANY6), []),
    "freebsd15-both": ((("tcp46", "*", 80),), []),
    "freebsd15-vips": ((("tcp4", VIP, 80), ("tcp6", VIP6, 80)), []),
    "freebsd15-ipv4": ((ANY,), [VIP6]),
    "freebsd15-elsewhere": ((("tcp4", VIP, 8080), ("tcp4", SECOND, 80), ANY6), [VIP]),
    "solaris11-other": ((("tcp4", VIP.replace(".", "1"), 80),), [VIP, VIP6]),
}


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Recap]:
    """Hosts with services of all kinds, asked at once."""
    farm = Farm(tmp_path_factory.mktemp("listening"), LISTENERS)
    for name, (services, _missed) in LISTENERS.items():
        for one in services:
            farm.hosts[name].change(operator.methodcaller("serve", *one))
    return farm.play(ROLE, [service(VIP), service(VIP6)], *CHECK)


@pytest.mark.xdist_group("listening")
@pytest.mark.parametrize("name", LISTENERS)
def test_who_listens_elsewhere_does_not_count(listening: dict[str, Recap], name: str) -> None:
    missed = LISTENERS[name][1]
    said = " ".join(listening[name].output.split())
    assert [vip for vip in (VIP, VIP6) if f"Nobody listens on {vip} port 80 of {name}" in said] == missed
    assert listening[name].failed == bool(missed)
