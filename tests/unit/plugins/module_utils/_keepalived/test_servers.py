# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual servers as keepalived has them, there and back, and what a reload makes of the kernel's table."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.reload import (
    after_reload,
    failing,
    repairs,
    unread,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.servers import (
    Checks,
    Servers,
    drained,
    for_services,
    parse,
    path_of,
    render,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.check import Check
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import apply
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.drains import drain_of
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    RealserverKey,
    Service,
    ServiceKey,
    Table,
    Tunnel,
    sort_realservers,
    sort_services,
)

WEB = ServiceKey("ipv4", "tcp", "192.168.1.110", 80, None)
ONE, TWO, THREE = (Realserver(f"192.168.1.{number}", 80) for number in (11, 12, 13))
HTTP = Check("http", path="/health", host="www.example.org", status=(200,), tls=True, source="192.168.1.9")


def web(*pool: Realserver, **options: t.Any) -> Service:
    return Service(WEB, realservers=pool, **options)


CHECKS = st.one_of(
    st.sampled_from(
        [
            HTTP,
            Check("tcp", 1, 2, 3, 4, 5, source="192.168.1.9"),
            Check("http", path="/"),
            Check("smtp"),
            Check("ping", source="2001:db8::9"),
            Check("dns", name=".", query="SOA"),
            Check("udp", send="0a", expect="0b"),
            Check("udp"),
        ]
    ),
    st.none(),
)
TUNNELS = st.sampled_from([Tunnel(), Tunnel("gue", 6080), Tunnel("gue", 6080, "csum"), Tunnel("gre", 0, "csum")])


@st.composite
def realservers(draw: st.DrawFn, family: str) -> Realserver:
    rip = f"192.168.1.{draw(st.integers(11, 14))}" if family == "ipv4" else f"2001:db8::{draw(st.integers(11, 14))}"
    forwarding = draw(st.sampled_from(["nat", "dr", "tun"]))
    upper = draw(st.sampled_from([0, 10]))
    return Realserver(
        rip,
        80,
        forwarding,
        draw(st.integers(0, 3)),
        upper,
        upper and draw(st.sampled_from([0, 5])),
        draw(TUNNELS) if forwarding == "tun" else None,
    )


@st.composite
def virtual(draw: st.DrawFn) -> Service:
    family = draw(st.sampled_from(["ipv4", "ipv6"]))
    vip = "192.168.1.110" if family == "ipv4" else "2001:db8::110"
    key = draw(
        st.sampled_from(
            (
                ServiceKey(family, "tcp", vip, 80, None),
                ServiceKey(family, "udp", vip, 53, None),
                ServiceKey(family, None, None, 0, 7),
            )
        )
    )
    scheduler = draw(st.sampled_from(["rr", "sh", "mh", "wlc"]))
    flags = draw(st.sampled_from([(), (f"{scheduler}-fallback", f"{scheduler}-port")])) if "h" in scheduler else ()
    persistence = draw(st.sampled_from([0, 360]))
    mask = draw(st.sampled_from([None, "255.255.255.0" if family == "ipv4" else 64])) if persistence else None
    pool = {one.key: one for one in draw(st.lists(realservers(family), min_size=1, max_size=4))}
    engine = "sip" if persistence and key.protocol == "udp" and draw(st.booleans()) else None
    ops = key.protocol == "udp" and draw(st.booleans())
    return Service(key, scheduler, flags, persistence, mask, engine, ops, sort_realservers(pool.values()))


TABLES = st.lists(virtual(), max_size=4, unique_by=lambda one: one.key).map(sort_services)


@given(TABLES, st.data())
@settings(max_examples=100)
def test_what_is_written_is_read_back(table: Table, data: st.DataObject) -> None:
    checks = {(one.key, rs.key): data.draw(CHECKS) for one in table for rs in one.realservers}
    servers = Servers(table, {name: check for name, check in checks.items() if check})
    assert parse(render(servers)) == servers


@given(TABLES, st.data())
def test_what_somebody_changed_in_it_is_read_as_far_as_it_can_be(table: Table, data: st.DataObject) -> None:
    lines = render(for_services({}, table)).splitlines()
    numbers = st.sets(st.integers(0, len(lines) - 1))
    gone, cut = data.draw(numbers), data.draw(numbers)
    left = [line.split()[0] if number in cut else line for number, line in enumerate(lines) if number not in gone]
    assert len(parse("\n".join(left)).table) <= len(table)


def test_the_file_of_a_service() -> None:
    text = render(Servers((web(ONE._replace(weight=3, upper_threshold=9)),), {(WEB, ONE.key): HTTP}))
    assert (
        text
        == """\
# Written by linuxvirtualserver.lvs; what is changed here is lost.
track_file tcp_192.168.1.110_80-192.168.1.11_80 {
    file "/var/lib/lvs/drain/tcp_192.168.1.110_80-192.168.1.11_80"
    weight 0
    init_file 0
}
virtual_server 192.168.1.110 80 {
    protocol TCP
    lvs_sched wlc
    real_server 192.168.1.11 80 {
        weight 3
        lvs_method DR
        uthreshold 9
        FILE_CHECK {
            track_file tcp_192.168.1.110_80-192.168.1.11_80
            weight -3
        }
        SSL_GET {
            url {
                path /health
                virtualhost www.example.org
                status_code 200
            }
            enable_sni
            bindto 192.168.1.9
            connect_timeout 2
            retry 2
            delay_before_retry 1
            delay_loop 5
        }
    }
}
"""
    )


def test_who_has_no_weight_is_never_taken_for_one_that_failed() -> None:
    assert "FILE_CHECK" not in render(Servers((web(ONE._replace(weight=0)),), {}))


def test_each_realserver_of_each_service_is_drained_by_a_file_of_its_own() -> None:
    other = ServiceKey("ipv6", "tcp", "2001:db8::110", 80, None)
    mark = ServiceKey("ipv4", None, None, 0, 7)
    paths = [drain_of(one) for one in ((WEB, ONE.key), (WEB, TWO.key), (other, RealserverKey("2001:db8::11", 80)))]
    assert [*paths, drain_of((mark, ONE.key))] == [
        "/var/lib/lvs/drain/tcp_192.168.1.110_80-192.168.1.11_80",
        "/var/lib/lvs/drain/tcp_192.168.1.110_80-192.168.1.12_80",
        "/var/lib/lvs/drain/tcp_2001_db8__110_80-2001_db8__11_80",
        "/var/lib/lvs/drain/fwmark_7_ipv4-192.168.1.11_80",
    ]
    servers = Servers((web(ONE, TWO),), {})
    assert drained(servers, {drain_of((WEB, ONE.key))}) == (web(ONE._replace(weight=0), TWO),)


def test_a_service_without_realservers_is_no_service_of_keepalived() -> None:
    checks: Checks = {(WEB, ONE.key): Check("tcp"), (WEB, TWO.key): Check("none"), (WEB, THREE.key): Check("tcp")}
    dns = Service(ServiceKey("ipv4", "udp", "192.168.1.110", 53, None))
    assert for_services(checks, (web(ONE, TWO), dns)) == Servers((web(ONE, TWO),), {(WEB, ONE.key): Check("tcp")})


def test_the_file_stands_beside_that_of_the_addresses() -> None:
    assert path_of("lvs") == "/etc/keepalived/lvs/lvs.servers.conf"


HEAVY = ONE._replace(weight=9)
FULL = ONE._replace(upper_threshold=9)


@pytest.mark.parametrize(
    ("old", "new", "kernel", "after"),
    [
        ((), (web(ONE),), (), (web(ONE),)),  # a start
        (
            (),
            (web(ONE),),
            (web(HEAVY, TWO, scheduler="rr"),),
            (web(HEAVY, TWO, scheduler="rr"),),
        ),  # beside what is there
        ((web(ONE, TWO),), (web(ONE, TWO, THREE),), (web(ONE),), (web(ONE, THREE),)),  # one failed, and stays out
        ((web(ONE, TWO),), (web(TWO),), (web(ONE, TWO),), (web(TWO),)),
        ((web(ONE),), (), (web(ONE),), ()),
        ((web(ONE),), (web(HEAVY),), (web(ONE),), (web(HEAVY),)),
        ((web(ONE),), (web(ONE),), (web(HEAVY),), (web(HEAVY),)),  # changed by hand
        ((web(ONE),), (web(FULL),), (web(ONE),), (web(ONE),)),  # thresholds alone are missed
        ((web(ONE),), (web(ONE, scheduler="rr"),), (web(ONE),), (web(ONE, scheduler="rr"),)),
        ((web(ONE),), (web(ONE),), (web(ONE, scheduler="rr"),), (web(ONE, scheduler="rr"),)),
    ],
)
def test_what_a_reload_does_and_misses(old: Table, new: Table, kernel: Table, after: Table) -> None:
    assert after_reload(old, new, kernel) == after


def test_what_is_of_somebody_else_stays() -> None:
    other = Service(ServiceKey("ipv4", "udp", "192.168.1.110", 53, None), realservers=(ONE,))
    assert after_reload((web(ONE),), (), (other, web(ONE))) == (other,)


@given(TABLES, TABLES, TABLES, st.data())
@settings(max_examples=100)
def test_after_a_reload_and_its_repairs_nothing_is_missing_but_who_fails(
    old: Table, new: Table, kernel: Table, data: st.DataObject
) -> None:
    checks = {(one.key, rs.key): data.draw(CHECKS) for one in new for rs in one.realservers}
    mine = {service.key for service in new}
    after = tuple(service for service in after_reload(old, new, kernel) if service.key in mine)
    end = apply(repairs(new, after, {name: check for name, check in checks.items() if check}), after)
    assert unread(new, end) == []
    assert [one._replace(realservers=()) for one in end] == [one._replace(realservers=()) for one in new]
    pools = {service.key: service.realservers for service in new}
    assert all(set(service.realservers) <= set(pools[service.key]) for service in end)
    gone = {(one.key, rs.key) for one in new for rs in one.realservers}
    gone -= {(one.key, rs.key) for one in end for rs in one.realservers}
    assert all(checks[name] for name in gone)
    assert len(failing(new, end)) == len(gone)


def test_what_keepalived_has_not_done_is_said() -> None:
    dns = Service(ServiceKey("ipv4", "udp", "192.168.1.110", 53, None), realservers=(ONE,))
    assert unread((web(ONE), dns), (web(ONE, TWO),)) == [
        "service udp 192.168.1.110:53 is not in the kernel's table",
        "192.168.1.12:80 of tcp 192.168.1.110:80 is still there",
    ]
