# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What holds for every inventory: no garbage raises, order means nothing, and a plan is quick."""

from __future__ import annotations

import json
import random
import time
import timeit
import typing as t
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import TUNNEL_KEYS, parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._picture.topology import PICTURES
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.inventory import HOST_VARIABLES
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.services import (
    MEMBER_KEYS,
    SERVICE_KEYS,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import GROUPS, HOSTVARS

HOSTS = ["director", "realserver1", "realserver2", "client", "web1", "{{ evil }}"]

# Near misses find more than noise: every value is one that some key takes, or nearly so.
_WORDS = st.sampled_from(
    [
        *("192.168.1.110", "192.168.1.110/24", "192.168.1.9", "256.1.1.1", "1.2.3.4/", "/", "2001:db8::1", "fe80::1"),
        *("http", "rr", "wlc", "sh", "sh-port", "dr", "nat", "tun", "ipip", "gue", "tcp", "udp", "ipv6", "yes", "sip"),
        *("realservers", "directors", "webs", "24", "255.255.255.0", "80", "-1", "\u0661", "\u00b2", "a\nb", "{{ x }}"),
        *HOSTS,
    ]
)
_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2**33)
    | st.just(10**4000)
    | st.floats()
    | st.text(max_size=70)
    | st.binary(max_size=3)
    | _WORDS
)


def _mappings(keys: Collection[str], values: st.SearchStrategy[t.Any]) -> st.SearchStrategy[t.Any]:
    return st.dictionaries(st.sampled_from(sorted(keys)) | _SCALARS, values, max_size=6)


_ANYTHING = st.recursive(_SCALARS, lambda inner: st.lists(inner, max_size=3) | _mappings(("x",), inner), max_leaves=6)
_TUNNELS = _ANYTHING | _mappings(TUNNEL_KEYS, _ANYTHING)
_MEMBERS = _ANYTHING | _mappings(MEMBER_KEYS, _ANYTHING | _TUNNELS)
_SERVICES = _ANYTHING | _mappings(SERVICE_KEYS, _ANYTHING | st.lists(_MEMBERS, max_size=3))
_GROUPS = _ANYTHING | st.dictionaries(
    st.sampled_from([*GROUPS, "web"]) | _SCALARS, st.lists(st.sampled_from(HOSTS), max_size=4) | _ANYTHING
)
_HOSTVARS = _ANYTHING | st.dictionaries(
    st.sampled_from(HOSTS),
    _ANYTHING | st.dictionaries(st.sampled_from(HOST_VARIABLES), _ANYTHING),
)


@given(_ANYTHING | st.lists(_SERVICES, max_size=3), st.just(GROUPS) | _GROUPS, st.just(HOSTVARS) | _HOSTVARS)
def test_garbage_gives_findings_and_never_an_exception(services: object, groups: object, hostvars: object) -> None:
    planned = make_plan(services, groups, hostvars)
    json.dumps(planned)
    report(planned["findings"]).encode()
    for draw in PICTURES.values():
        draw(planned).encode()
    refused = any(finding["severity"] == "error" for finding in planned["findings"])
    assert not (refused and planned["hosts"])


@given(_ANYTHING | st.lists(_SERVICES, max_size=3), st.just(GROUPS) | _GROUPS, st.just(HOSTVARS) | _HOSTVARS)
def test_nothing_that_is_planned_could_be_taken_for_a_template(
    services: object, groups: object, hostvars: object
) -> None:
    planned = make_plan(services, groups, hostvars)
    text = json.dumps({key: planned[key] for key in planned if key not in ("clients", "findings")})
    # JSON itself writes '{{' only for an empty key, which is no template either.
    pictures = [draw({**planned, "clients": {}}) for draw in PICTURES.values()]
    assert not any(mark in one for one in [text, *pictures] for mark in ("{{", "{%", "{#"))


_GOOD_MEMBERS = st.fixed_dictionaries(
    {"host": st.sampled_from(["realserver1", "realserver2"]), "upper_threshold": st.integers(10, 20)},
    optional={"weight": st.integers(0, 65535), "lower_threshold": st.integers(0, 10)},
)
_GOOD_SERVICES = st.fixed_dictionaries(
    {"vip": st.sampled_from(["192.168.1.110", "192.168.1.111/32"]), "port": st.integers(1, 65535)},
    optional={
        "forwarding": st.sampled_from(["dr", "nat", "tun", "gatewaying"]),
        "scheduler": st.sampled_from(["rr", "wrr", "sh"]),
        "protocol": st.sampled_from(["tcp", "udp", "sctp"]),
        "persistence": st.integers(1, 1000),
        "realservers": st.lists(_GOOD_MEMBERS, min_size=1, max_size=2, unique_by=lambda one: one["host"]),
    },
)
_GOOD = st.lists(_GOOD_SERVICES, max_size=4, unique_by=lambda one: one["port"])


@given(_GOOD)
def test_a_good_inventory_gives_a_table_that_the_module_takes_as_it_is(services: list[dict[str, t.Any]]) -> None:
    planned = make_plan(services, GROUPS, HOSTVARS)
    assert [finding for finding in planned["findings"] if finding["severity"] == "error"] == []
    written = planned["hosts"]["director"]["director"]["services"]
    assert [service.to_dict() for service in parse_table(written)] == written
    assert len(written) == len(services)


@given(_GOOD, st.randoms())
def test_the_order_of_the_inventory_means_nothing(services: list[dict[str, t.Any]], dice: random.Random) -> None:
    shuffled = [_shuffled({**service, "realservers": _pool(service, dice)}, dice) for service in _mixed(services, dice)]
    groups = _shuffled({name: _mixed(hosts, dice) for name, hosts in GROUPS.items()}, dice)
    hostvars = _shuffled({host: _shuffled(variables, dice) for host, variables in HOSTVARS.items()}, dice)
    one = make_plan(services, GROUPS, HOSTVARS)
    other = make_plan(shuffled, groups, hostvars)
    # A finding names the place in the list as it was written.
    assert sorted(finding["id"] for finding in one.pop("findings")) == sorted(
        finding["id"] for finding in other.pop("findings")
    )
    assert json.dumps(one) == json.dumps(other)
    assert [draw(one) for draw in PICTURES.values()] == [draw(other) for draw in PICTURES.values()]


def _mixed(items: t.Iterable[t.Any], dice: random.Random) -> list[t.Any]:
    listed = list(items)
    dice.shuffle(listed)
    return listed


def _shuffled(mapping: dict[str, t.Any], dice: random.Random) -> dict[str, t.Any]:
    return dict(_mixed(mapping.items(), dice))


def _pool(service: dict[str, t.Any], dice: random.Random) -> t.Any:
    pool = service.get("realservers")
    return _mixed(pool, dice) if pool else pool


def _seconds(*arguments: t.Any) -> float:
    """What a plan takes. The best of three: other work on the machine can only make it slower."""
    return min(timeit.repeat(lambda: make_plan(*arguments), timer=time.process_time, number=1, repeat=3))


def _services(number: int) -> tuple[t.Any, ...]:
    groups = {"all": ["director", "realserver"], "directors": ["director"], "realservers": ["realserver"]}
    hostvars = {"director": {"lvs_dip": "10.0.0.1/16"}, "realserver": {"lvs_rip": "10.0.1.1/16"}}
    services = [{"vip": f"10.0.{2 + one // 250}.{one % 250 + 1}", "port": 80} for one in range(number)]
    return services, groups, hostvars


def _services_of_realservers(number: int) -> tuple[t.Any, ...]:
    names = [f"realserver{one}" for one in range(number)]
    groups = {"all": ["director", *names], "directors": ["director"], "realservers": names}
    hostvars = {name: {"lvs_rip": f"10.0.1.{one + 1}/16"} for one, name in enumerate(names)}
    hostvars["director"] = {"lvs_dip": "10.0.0.1/16"}
    pool = [{"host": name, "weight": 2} for name in names]
    services = [{"vip": f"10.0.2.{one + 1}", "port": 80, "realservers": pool} for one in range(number)]
    return services, groups, hostvars


@pytest.mark.parametrize(
    ("farm", "few", "many", "times"),
    [(_services, 200, 2000, 10), (_services_of_realservers, 50, 200, 16)],
    ids=["services", "services of realservers"],
)
def test_a_plan_grows_as_what_is_planned(
    farm: t.Callable[[int], tuple[t.Any, ...]], few: int, many: int, times: int
) -> None:
    """Also what holds one service against all others. Half as much again is what this measurement varies by."""
    assert make_plan(*farm(many))["findings"] == []
    assert _seconds(*farm(many)) < 1.5 * times * _seconds(*farm(few))
