# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from hypothesis import given

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import (
    ADD,
    EDIT,
    REMOVE,
    Operation,
    apply,
    diff,
    in_scope,
    keep_as_is,
    keep_weights,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    ServiceKey,
    Table,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs import ipvs_tables

TABLES = ipvs_tables.tables()
WEB = {"vip": "192.168.1.110", "port": 80, "realservers": [{"rip": "192.168.1.11"}, {"rip": "192.168.1.12"}]}


@given(TABLES, TABLES)
def test_the_operations_lead_to_what_is_wanted(want: Table, have: Table) -> None:
    assert apply(diff(want, have), have) == want


@given(TABLES)
def test_there_is_nothing_to_do_when_all_is_well(table: Table) -> None:
    assert diff(table, table) == []


@given(TABLES, TABLES)
def test_each_object_is_touched_once(want: Table, have: Table) -> None:
    labels = [operation.label for operation in diff(want, have)]
    assert len(labels) == len(set(labels))


@given(TABLES, TABLES)
def test_order_is_add_edit_remove(want: Table, have: Table) -> None:
    verbs = [operation.verb for operation in diff(want, have)]
    assert verbs == sorted(verbs, key=[ADD, EDIT, REMOVE].index)


@given(TABLES, TABLES)
def test_nothing_runs_empty_on_the_way(want: Table, have: Table) -> None:
    """Neither a family that has services before and after, nor a service that has realservers before and after."""
    families = {service.key.family for service in want} & {service.key.family for service in have}
    filled = {service.key for service in want if service.realservers}
    filled &= {service.key for service in have if service.realservers}
    table = have
    for operation in diff(want, have):
        table = apply([operation], table)
        assert families <= {service.key.family for service in table}
        assert filled <= {service.key for service in table if service.realservers}


def table(*services: dict[str, object]) -> Table:
    return parse_table(services)


def test_a_changed_scheduler_is_an_edit_of_the_service_alone() -> None:
    (want,) = table({**WEB, "scheduler": "rr"})
    assert diff([want], table(WEB)) == [Operation(EDIT, want)]


def test_a_changed_weight_is_one_operation_and_complete() -> None:
    pool = [{"rip": "192.168.1.11"}, {"rip": "192.168.1.12", "weight": 0, "upper_threshold": 9}]
    (want,) = table({**WEB, "realservers": pool})
    (operation,) = diff([want], table(WEB))
    assert operation == (EDIT, want, Realserver("192.168.1.12", 80, weight=0, upper_threshold=9))


def test_removing_a_service_takes_one_operation() -> None:
    assert diff((), table(WEB)) == [Operation(REMOVE, table(WEB)[0])]


def test_exchanging_a_realserver_adds_before_it_removes() -> None:
    want = table({**WEB, "realservers": [{"rip": "192.168.1.11"}, {"rip": "192.168.1.13"}]})
    assert [(verb, one and one.rip) for verb, _service, one in diff(want, table(WEB))] == [
        (ADD, "192.168.1.13"),
        (REMOVE, "192.168.1.12"),
    ]


def test_a_changed_key_adds_before_it_removes() -> None:
    want, have = table({**WEB, "port": 81}), table(WEB)
    assert [(verb, service.key.port) for verb, service, _one in diff(want, have)][:: len(diff(want, have)) - 1] == [
        (ADD, 81),
        (REMOVE, 80),
    ]


def test_labels_name_the_item() -> None:
    (service,) = table({"vip": "2001:db8::25", "port": 25, "realservers": [{"rip": "2001:db8::1"}]})
    assert Operation(ADD, service).label == "service tcp [2001:db8::25]:25"
    assert Operation(ADD, service, service.realservers[0]).label == (
        "service tcp [2001:db8::25]:25, realserver [2001:db8::1]:25"
    )


def test_scope_is_what_is_listed_and_what_may_be_purged() -> None:
    have = table(WEB, {**WEB, "port": 81}, {**WEB, "port": 82})
    listed = {have[0].key}
    assert in_scope(have, listed, lambda _key: False) == have[:1]
    assert in_scope(have, listed, lambda key: key.port == 82) == (have[0], have[2])
    assert in_scope(have, listed, lambda _key: True) == have


def test_kept_weights_are_those_of_the_same_realserver_of_the_same_service() -> None:
    key = ServiceKey("ipv4", "tcp", "192.168.1.110", 80, None)
    old, new = Realserver("192.168.1.11", 80, weight=0), Realserver("192.168.1.12", 80, weight=7)
    have = (Service(key, realservers=(old,)), Service(key._replace(port=81), realservers=(new._replace(weight=3),)))
    want = (Service(key, "rr", realservers=(old._replace(weight=5, upper_threshold=9), new)),)
    assert keep_weights(want, have) == (
        Service(key, "rr", realservers=(old._replace(weight=0, upper_threshold=9), new)),
    )


@given(TABLES, TABLES)
def test_who_is_kept_is_neither_added_nor_edited_nor_removed(want: Table, have: Table) -> None:
    listed = {service.key for service in want}
    rips = {one.rip for service in (*want, *have) for one in service.realservers}
    for rip in rips:
        was = [(service.key, one) for service in have for one in service.realservers if one.rip == rip]
        kept = keep_as_is(want, have, {rip})
        now = [(service.key, one) for service in kept for one in service.realservers if one.rip == rip]
        assert now == [(key, one) for key, one in sorted(was, key=lambda item: item[0].order()) if key in listed]


@given(TABLES, TABLES)
def test_who_is_not_kept_is_as_listed(want: Table, have: Table) -> None:
    assert keep_as_is(want, have, set()) == want
    everybody = {one.rip for service in (*want, *have) for one in service.realservers}
    one_left = {rip for rip in everybody if rip != min(everybody)}
    as_listed = [[one for one in service.realservers if one.rip not in one_left] for service in want]
    kept = keep_as_is(want, have, one_left)
    assert [[one for one in service.realservers if one.rip not in one_left] for service in kept] == as_listed
