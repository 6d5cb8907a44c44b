# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Old files of all kinds: told apart by content, and nothing is lost on the way back."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import no_lookup
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    Table,
    Tunnel,
    sort_realservers,
    sort_services,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import (
    formats,
    inventory,
    ipvsadm,
    keepalived,
    keepalived_server,
    ldirectord,
    lvs_cf,
    render_keepalived,
    render_ldirectord,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import report
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.ipvs_tables import tables
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._formats.old_files import (
    FIXTURES,
    LISTED,
    PIRANHA,
    Reader,
    clean,
    read,
    said,
)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("# x\nLVSCONF_FORMAT=1.1\nSERVICE=t http rr 1.2.3.4", "lvs_conf"),
        ("! x\nvirtual_server 1.2.3.4 80 {", "keepalived"),
        ("checktimeout=1\nvirtual = 1.2.3.4:80", "ldirectord"),
        (PIRANHA, "lvs_cf"),
        ("ipvsadm -A -t 1.2.3.4:80", "ipvsadm"),
        ("-A -f 5 -s rr", "ipvsadm"),
        ("-Af5 -srr", "ipvsadm"),
        (LISTED, "ipvsadm"),
        ("\ufeffvirtual=5", "ldirectord"),
        ("all:\n  hosts:\n", None),
        ("", None),
    ],
)
def test_recognised_by_content(text: str, kind: str | None) -> None:
    assert formats.recognise(text) == kind


# And back again


def test_an_inventory_says_what_the_file_cannot() -> None:
    old = read(ipvsadm.read, "-A -f 5 -s rr\n-a -f 5 -r 127.0.0.1:0 -g -w 1\n-a -f 5 -r 192.168.1.11:0 -g -w 1\n")
    whole = inventory.inventory(old)["all"]
    assert [path for path, _message in said(old)] == ["lvs_dip", "lvs_services", "old:2"]
    assert whole["vars"]["lvs_services"][0]["realservers"] == ["director", "realserver1"]
    assert whole["children"]["directors"]["hosts"] == {"director": {"lvs_localnode": "single"}}


def test_a_director_that_serves_as_well_stays_in_the_pool() -> None:
    text = "-A -t 192.168.1.110:80\n-a -t 192.168.1.110:80 -r {} -w 3\n-a -t 192.168.1.110:80 -r 192.168.1.11\n"
    for address in ("127.0.0.1", "192.168.1.9"):
        old = read(ipvsadm.read, text.format(address))
        whole = inventory.inventory(old, ["192.168.1.9/24"])
        assert [path for path, _message in said(old)] == ["old:2"]
        plan = planned(whole)
        assert not [one for one in plan["findings"] if one["severity"] == "error"]
        (service,) = parse_table(plan["hosts"]["director"]["director"]["services"])
        assert [(one.rip, one.weight) for one in service.realservers] == [("192.168.1.9", 3), ("192.168.1.11", 1)]
    twice = text.format("127.0.0.1") + "-a -t 192.168.1.110:80 -r 127.0.0.2 -g\n"
    old = read(ipvsadm.read, twice)
    inventory.inventory(old, ["192.168.1.9/24"])
    assert old.findings.refused


def named(names: t.Mapping[str, str], *rips: str) -> dict[str, str]:
    return inventory.name_hosts(rips, names)


def test_names_of_hosts() -> None:
    assert named({}, "10.0.0.1", "10.0.0.2", "10.0.0.1") == {"10.0.0.1": "realserver1", "10.0.0.2": "realserver2"}
    taken = {"10.0.0.1": "director", "10.0.0.2": "realserver1", "10.0.0.3": "realserver1", "10.0.0.4": "{{ x }}"}
    assert named(taken, *taken) == {
        "10.0.0.1": "realserver2",
        "10.0.0.2": "realserver1",
        "10.0.0.3": "realserver3",
        "10.0.0.4": "realserver4",
    }


def captured(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def test_what_keepalived_made_of_our_file_as_ipvsadm_printed_it() -> None:
    """Captured on Debian 12: keepalived 2.2.7 read the file, ipvsadm 1.31 -Sn printed the kernel's table.

    ipvsadm loses the thresholds, and the third flag of the schedulers sh and mh.
    """
    wrote = clean(keepalived.read, captured("keepalived/2.2.7-debian12.conf"))
    printed = read(ipvsadm.read, captured("ipvsadm/1.31-debian12.txt"))
    assert said(printed) == [("old:144 -b", "is missing: ipvsadm lost which flags the scheduler has.")]
    assert len(printed.services) == 56
    assert tuple(map(as_ipvsadm_prints, wrote)) == tuple(printed.services)


def as_ipvsadm_prints(service: Service) -> Service:
    pool = (one._replace(upper_threshold=0, lower_threshold=0) for one in service.realservers)
    lost = "flag-3" if service.scheduler in ("sh", "mh") else ""
    flags = tuple(flag for flag in service.scheduler_flags if flag != lost)
    return service._replace(realservers=tuple(pool), scheduler_flags=flags)


def with_realservers(table: Table) -> Table:
    return tuple(service for service in table if service.realservers)


@given(tables())
def test_ipvsadm_rules_are_read_back(table: Table) -> None:
    assert tuple(read(ipvsadm.read, "\n".join(listing(table))).services) == table


@given(tables())
def test_keepalived_is_read_back(table: Table) -> None:
    expected = tuple(map(render_keepalived.as_keepalived_has_it, with_realservers(table)))
    assert clean(keepalived.read, render_keepalived.render(table)) == expected


def lvs_cf_text(table: Table, network: str) -> str:
    lines = [f"network = {network}"]
    for number, service in enumerate(table):
        key = service.key
        lines += [f"virtual s{number} {{", " active = 1", f" scheduler = {service.scheduler}"]
        lines += [f" fwmark = {key.fwmark}"] if key.vip is None else []
        lines += [f" address = {key.vip}", f" port = {key.port}", f" protocol = {key.protocol}"] if key.vip else []
        lines += [f" persistent = {service.persistence}"] if service.persistence else []
        lines += [f" pmask = {service.persistence_netmask}"] if service.persistence_netmask else []
        for one in service.realservers:
            lines += [f" server {one.rip} {{", "  active = 1", f"  address = {one.rip}", f"  port = {one.port}"]
            lines += [f"  weight = {one.weight}", " }"]
        lines.append("}")
    return "\n".join(lines)


SCHEDULERS_OF_PIRANHA = ("dh", "lblc", "lblcr", "lc", "rr", "sh", "wlc", "wrr")


def plain(table: Table, method: str | None = None, families: tuple[str, ...] = ("ipv4", "ipv6")) -> Table:
    """The part of a table that piranha can say."""
    kept = []
    for service in table:
        key = service.key
        if key.protocol == "sctp" or key.family not in families:
            continue
        pool = {}
        for one in service.realservers:
            forwarding = method or one.forwarding
            port = one.port if forwarding == "nat" or key.vip is None else key.port
            if forwarding != "tun" and (":" in one.rip) != (key.family == "ipv6"):
                continue
            tunnel = Tunnel() if forwarding == "tun" else None
            pool[one.rip, port] = Realserver(one.rip, port, forwarding, one.weight, tunnel=tunnel)
        bare = service._replace(scheduler_flags=(), persistence_engine=None, one_packet=False)
        kept.append(bare._replace(realservers=sort_realservers(pool.values())))
    return sort_services(kept)


@given(tables())
def test_ldirectord_is_read_back(table: Table) -> None:
    text = render_ldirectord.render(table)
    kept = [render_ldirectord.as_ldirectord_has_it(service) for service in table]
    assert tuple(read(ldirectord.read, text).services) == tuple(service for service in kept if service)
    assert ("LEFT OUT" in text) == (kept != list(table))


@given(tables(), st.sampled_from([("direct", "dr"), ("nat", "nat"), ("tunnel", "tun")]))
def test_lvs_cf_is_read_back(table: Table, method: tuple[str, str]) -> None:
    table = tuple(
        service._replace(scheduler=service.scheduler if service.scheduler in SCHEDULERS_OF_PIRANHA else "wlc")
        for service in plain(table, method[1], ("ipv4",))
    )
    assert tuple(read(lvs_cf.read, lvs_cf_text(table, method[0])).services) == table


def planned(whole: dict[str, t.Any]) -> dict[str, t.Any]:
    hosts = {group: one["hosts"] for group, one in whole["all"]["children"].items()}
    hostvars = {name: variables for members in hosts.values() for name, variables in members.items()}
    groups = {group: list(members) for group, members in hosts.items()}
    services = whole["all"]["vars"]["lvs_services"]
    return make_plan(services, {**groups, "all": list(hostvars)}, hostvars, no_lookup)


@given(tables())
def test_the_plan_of_the_inventory_is_the_table(table: Table) -> None:
    """Only what nobody can mean is different: by dr and tun a service by mark has no port of its own."""
    table = tuple(
        service
        for service in with_realservers(table)
        if len({one.rip for one in service.realservers}) == len(service.realservers)
    )
    old = read(ipvsadm.read, "\n".join(listing(table)))
    whole = inventory.inventory(old, ["192.168.1.9", "2001:db8:9::9"])
    plan = planned(whole)
    if any(finding["severity"] == "error" for finding in plan["findings"]):
        # The table held what the plan refuses, such as a VIP that is a RIP: it says so, and nothing is dropped.
        assert len(whole["all"]["vars"]["lvs_services"]) == len(table)
        return
    expected = sort_services(
        service._replace(
            realservers=sort_realservers(
                one if one.forwarding == "nat" or service.key.vip else one._replace(port=0)
                for one in service.realservers
            )
        )
        for service in table
    )
    assert parse_table(plan["hosts"]["director"]["director"]["services"]) == expected


READERS: dict[str, Reader] = {
    "ipvsadm": ipvsadm.read,
    "keepalived": keepalived.read,
    "ldirectord": ldirectord.read,
    "lvs_cf": lvs_cf.read,
}
PIECES = st.sampled_from(
    [
        *(
            "-A -t 192.168.1.110:80 ",
            "-a -f 5 -r ",
            "-s rr ",
            "-p ",
            "-b ",
            "[",
            "]:80",
            "-f -",
            "{{ 1 + 1 }}",
            "\x1b[2J",
            "\n",
            "{\n",
            "}\n",
        ),
        *(
            "virtual_server ",
            "virtual_server_group g {\n",
            "real_server ",
            "192.168.1.110-",
            "fwmark ",
            "lvs_method TUN type ",
        ),
        *(
            "virtual=",
            "\n real=",
            "->",
            " gate ",
            "network = direct\n",
            "virtual x {\n",
            "active = 1\n",
            "server y {\n",
            " address = ",
        ),
        *(
            "9" * 1900,
            "\x00",
            "\u0663",
            "²",
            '"',
            "!",
            "$",
            "~SEQ",
            "1.2.3.4",
            "2001:db8::",
            "port ",
            "vrrp_instance {\nvirtual_ipaddress {\n",
        ),
    ]
)


@given(st.sampled_from(sorted(READERS)), st.lists(PIECES | st.text(max_size=6), max_size=25).map("".join))
def test_garbage_makes_findings_and_nothing_else(reader: str, text: str) -> None:
    old = read(READERS[reader], text)
    whole = inventory.inventory(old)
    findings = old.findings.sorted()
    assert "{{" not in repr(whole), "an inventory is full of templates"
    assert "\x1b" not in report(findings)
    assert all("\n" not in str(finding["message"]) for finding in findings)


KEYWORDS = {
    "keepalived": {
        *keepalived._ROOT,
        *keepalived_server._OF_VIRTUAL,
        *keepalived_server._OF_REAL,
        *keepalived_server._CHECKERS,
        *keepalived_server._FLAG_WORDS,
    },
    "ldirectord": {*ldirectord._GLOBAL, *ldirectord._INSIDE, *ldirectord._SETTINGS} - {"fallback6"},
    "lvs_cf": {*lvs_cf._GLOBAL, *lvs_cf._TAKEN, *lvs_cf._OF_VIRTUAL, *lvs_cf._OF_SERVICE, *lvs_cf._OF_SERVER},
}


@pytest.mark.parametrize("kind", KEYWORDS)
def test_the_page_about_old_files_names_every_keyword(kind: str) -> None:
    page = (Path(__file__).resolve().parents[5] / "docs/old-files.md").read_text(encoding="utf-8")
    title = {"keepalived": "### keepalived.conf", "ldirectord": "### ldirectord.cf", "lvs_cf": "### lvs.cf"}[kind]
    part = page.split(title, 1)[1].split("\n#", 1)[0]
    words = set(re.findall(r"[A-Za-z0-9_-]+", " ".join(re.findall(r"`([^`]*)`", part))))
    assert KEYWORDS[kind] - words == set()
