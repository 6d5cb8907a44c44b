# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task changes, in the words of the inventory and on a screen."""

from __future__ import annotations

import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    ServiceKey,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.changes import (
    SCREEN,
    Words,
    lines_of,
    screen,
    whole_of,
    words_of,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import plan, service

NOBODY = Words({}, {})
HTTP, HTTPS = "tcp 192.168.1.110:80", "tcp 192.168.1.110:443"
WORDS = Words({HTTP: "http"}, {"192.168.1.11": "realserver1", "192.168.1.12": "realserver2"})


def vip(number: int) -> str:
    return f"10.9.{number // 250}.{number % 250 + 1}"


def addresses(number: int, interface: str = "lo") -> dict[str, t.Any]:
    return {"addresses": sorted(f"{vip(one)}/32 dev {interface}" for one in range(number))}


def entry(address: str = "192.168.1.110", port: int = 80, **weights: int) -> Service:
    rips = {"rs1": "192.168.1.11", "rs2": "192.168.1.12"}
    pool = tuple(Realserver(rips[name], port, "dr", weight) for name, weight in weights.items())
    return Service(ServiceKey("ipv4", "tcp", address, port, None), "rr", realservers=pool)


def table(before: list[Service], after: list[Service], words: Words = WORDS) -> list[str]:
    return lines_of({"before": listing(before), "after": listing(after)}, words)


def test_500_vips_are_one_line() -> None:
    said = lines_of({"before": addresses(0), "after": addresses(500)}, NOBODY)
    assert said == ["+ 500 VIPs on lo: 10.9.0.1 to 10.9.1.250"]


def test_a_few_vips_are_each_a_line() -> None:
    before, after = (
        {"addresses": ["10.9.0.9/24 dev eth0"]},
        {"addresses": ["10.9.0.9/32 dev eth0", "::1:9/128 dev eth0"]},
    )
    assert lines_of({"before": before, "after": after}, NOBODY) == [
        "+ VIP on eth0 10.9.0.9",
        "+ VIP on eth0 ::1:9",
        "- VIP on eth0 10.9.0.9 with the prefix /24",
    ]


def test_a_weight_is_said_by_the_names_of_the_inventory() -> None:
    assert table([entry(rs1=1, rs2=1)], [entry(rs1=3, rs2=1)]) == ["~ service http: weight of realserver1 1 -> 3"]


def test_services_and_realservers_come_and_go() -> None:
    assert table([entry(rs1=1)], [entry(rs1=1, rs2=2)]) == ["+ service http: realserver realserver2 (dr, weight 2)"]
    assert table([entry(rs1=1, rs2=2)], [entry(rs2=2)]) == ["- service http: realserver realserver1 (dr, weight 1)"]
    assert table([], [entry(rs1=1)]) == ["+ service http, rr, to realserver1 (dr, weight 1)"]
    assert table([entry(port=443)], [], NOBODY) == [f"- service {HTTPS}, rr"]


def test_the_same_change_of_500_services_is_one_line() -> None:
    named = Words({f"tcp {vip(one)}:80": f"web{one}" for one in range(500)}, WORDS.hosts)
    before = [entry(vip(one), rs1=1, rs2=1) for one in range(500)]
    after = [entry(vip(one), rs1=3, rs2=1) for one in range(500)]
    assert table(before, after, named) == ["~ 500 services: web0 to web499 (each: weight of realserver1 1 -> 3)"]
    assert table([], after, named) == [
        "+ 500 services: web0 to web499 (each, rr, to realserver1 (dr, weight 3), realserver2 (dr, weight 1))"
    ]


def test_other_states_are_said_key_by_key() -> None:
    before = {"sysctls": {"net.ipv4.ip_forward": "0", "a": "1"}, "kernel_modules": [], "persistent": False}
    after = {"sysctls": {"net.ipv4.ip_forward": "1", "a": "1"}, "kernel_modules": ["ip_vs"], "persistent": True}
    assert lines_of({"before": before, "after": after}, NOBODY) == [
        "+ kernel_modules ip_vs",
        "~ persistent: false -> true",
        "~ sysctls net.ipv4.ip_forward: 0 -> 1",
    ]


def test_files_are_counted_and_what_they_keep_at_boot() -> None:
    path = "/etc/systemd/system/lvs-vip-lo.service"
    file = {"before_header": path, "after_header": path, "before": "[Unit]\na\nb\n", "after": "[Unit]\na\nc\nd\n"}
    before, after = {"persistent": {path: ["10.9.0.1"]}}, {"persistent": {path: ["10.9.0.2", "10.9.0.3"]}}
    result = {"before": before, "after": after, "diff": [{"before": before, "after": after}, file]}
    assert lines_of(result, NOBODY) == [
        f"+ persistent {path}: 2 at boot",
        f"~ file {path}: 2 lines come, 1 go",
        f"- persistent {path}: 1 at boot",
    ]
    (new,) = lines_of({"diff": [{**file, "before": ""}]}, NOBODY)
    assert new == f"+ file {path}"


def test_what_changes_nothing_that_is_shown_is_its_commands() -> None:
    result = {"before": {}, "after": {}, "commands": ["systemctl restart lvs-ipvs.service"]}
    assert lines_of(result, NOBODY) == ["systemctl restart lvs-ipvs.service"]


def test_the_order_of_what_came_does_not_matter() -> None:
    services = [entry(vip(one), rs1=one % 3) for one in range(30)]
    shuffled = [*services[7::3], *services[8::3], *services[:7], *services[9::3]]
    assert table([], services) == table([], shuffled)


def test_the_plan_has_the_words() -> None:
    words = words_of(plan(service()))
    assert words.service(HTTP) == "http"
    assert words.realserver("192.168.1.12:80") == "realserver2"
    assert words_of("{{ nonsense }}") == NOBODY


def test_whatever_a_host_says_is_shown_and_not_believed() -> None:
    odd: list[object] = [None, 3, "x\x1b[31m", [1, {"a": []}], {"a": "\x1b"}, {1: {2: [3]}}, ["-A -t", "-a -t x -r"]]
    for before in odd:
        for after in odd:
            for line in lines_of({"before": before, "after": after, "diff": [before, {"before": after}]}, NOBODY):
                assert "\x1b" not in line


def test_of_more_than_a_screen_it_is_said_where_the_rest_is() -> None:
    lines = [str(number) for number in range(SCREEN + 2)]
    assert screen(lines[:SCREEN], "-v") == lines[:SCREEN]
    assert screen(lines, "-v") == [*lines[: SCREEN - 1], "and 3 more changes: -v"]


def test_the_whole_has_every_line() -> None:
    diff = [
        {"before": addresses(0), "after": addresses(500)},
        {"before_header": "a", "after_header": "b", "before": "1"},
    ]
    whole = whole_of({"diff": diff})
    assert len([line for line in whole if line.startswith("+") and "dev lo" in line]) == 500
    assert [line for line in whole if line in ("--- a", "+++ b")] == ["--- a", "+++ b"]
