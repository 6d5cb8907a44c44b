# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Python's side of the JSON that the scripts on a Windows host write; test_answers.py has the other side."""

from __future__ import annotations

import contextlib
import copy
import json
import typing as t
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows.host import (
    ACTIVE,
    LISTS,
    Adapter,
    Device,
    Host,
    Interface,
    Step,
    parse_host,
)

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures/windows"
ANSWERS: dict[str, dict[str, t.Any]] = {
    path.stem: json.loads(path.read_text()) for path in sorted(FIXTURES.glob("*.json"))
}


@pytest.fixture
def answer() -> dict[str, t.Any]:
    return copy.deepcopy(ANSWERS["windows_vip_steps"])


def test_there_is_an_answer_of_each_script() -> None:
    assert sorted(ANSWERS) == ["windows_gateway_steps", "windows_vip_steps"]


def test_what_a_realserver_says(answer: dict[str, t.Any]) -> None:
    host = parse_host(answer)
    lvs = host.adapter("LVS")
    assert lvs == Adapter("lvs", 10, "{00000000-0000-0000-0000-000000000010}", "ROOT\\NET\\0000", "Up")
    assert Interface(10, "IPv4", 254, False, True, True, False) in host.interfaces
    assert Device("ROOT\\NET\\0000", ("*MSLOOP",), True, "lvs") in host.devices
    assert [(one.ip, one.prefix) for one in host.active if one.index == 10] == [("192.168.1.110", 32)]
    assert host.notes == ("{00000000-0000-0000-0000-000000000004} IPv4", "vip 192.168.1.110 lvs")
    assert (host.name_of(10), host.name_of(1)) == ("lvs", "interface 1")


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_an_answer_is_read_whole(name: str) -> None:
    """But for the words that Windows has for true and false, what is read is what was written."""
    host = parse_host(ANSWERS[name])
    switches = {"Enabled": True, "Disabled": False}
    for listed, entries in ANSWERS[name].items():
        found = [one if isinstance(one, str) else asdict(one) for one in getattr(host, listed)]
        plain = [
            one if isinstance(one, str) else {key: switches.get(str(value), value) for key, value in one.items()}
            for one in entries
        ]
        assert json.loads(json.dumps(found)) == plain
    assert {listed for listed in LISTS if getattr(host, listed)} <= set(ANSWERS[name])


def test_a_link_local_address_loses_its_zone_and_a_mapped_one_its_prefix() -> None:
    found = copy.deepcopy(ANSWERS["windows_gateway_steps"])
    found["addresses"][0]["ip"] = "FE80::0001%4"
    found["peers"][0]["ip"] = "::ffff:10.0.0.1"
    host = parse_host(found)
    assert (host.addresses[0].ip, host.peers[0].ip) == ("fe80::1", "10.0.0.1")


GARBAGE: dict[str, tuple[t.Callable[[dict[str, t.Any]], object], str]] = {
    "one for a list": (lambda said: said.update(adapters=said["adapters"][0]), "adapters: is not a list"),
    "nothing for a list": (lambda said: said.update(notes=None), "notes: is not a list"),
    "number of an enumeration": (
        lambda said: said["interfaces"][0].update(weak_host_receive=1),
        r"interfaces\[0\].weak_host_receive: is no bool",
    ),
    "text for a number": (
        lambda said: said["interfaces"][0].update(metric="25"),
        r"interfaces\[0\].metric: is no",
    ),
    "truth for a number": (lambda said: said["routes"][0].update(metric=True), r"routes\[0\].metric: is no int"),
    "translated switch": (
        lambda said: said["interfaces"][0].update(dhcp="Aktiviert"),
        r"interfaces\[0\].dhcp: is no bool",
    ),
    "one hardware id": (
        lambda said: said["devices"][0].update(hardware="*MSLOOP"),
        r"devices\[0\].hardware: .*'\*MSLOOP'",
    ),
    "no address": (lambda said: said["addresses"][0].update(ip="?"), r"addresses\[0\].ip: is not an IP address"),
    "missing key": (lambda said: said["dns"][0].pop("registers"), r"dns\[0\]: has other keys than index, registers"),
    "more keys": (lambda said: said["dns"][0].update(more=1), r"dns\[0\]: has other keys than"),
    "entry that is none": (lambda said: said["adapters"].append("lvs"), r"adapters\[3\]: has other keys than"),
    "unknown list": (lambda said: said.update(firewall=[]), r"host: is not known here"),
    "no addresses": (lambda said: said.update(addresses=[]), "Log in as one of its administrators"),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_garbage_is_named(answer: dict[str, t.Any], kind: str) -> None:
    spoil, message = GARBAGE[kind]
    spoil(answer)
    with pytest.raises(LvsError, match=message):
        parse_host(answer)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*LISTS, "ip", "index"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(junk)
def test_junk_is_an_error_of_ours_or_a_host(said: object) -> None:
    with contextlib.suppress(LvsError):
        assert isinstance(parse_host(said), Host)


def test_a_step_is_what_the_script_takes() -> None:
    step = Step.of("set_metric", adapter="lvs", metric=254)
    assert step.as_dict() == {"do": "set_metric", "adapter": "lvs", "metric": 254}
    assert step["metric"] == 254
    assert step == Step.of("set_metric", adapter="lvs", metric=254)


def test_stores_are_told_apart(answer: dict[str, t.Any]) -> None:
    host = parse_host(answer)
    assert {one.store for one in host.addresses} == {"ActiveStore", "PersistentStore"}
    assert {one.store for one in host.active} == {ACTIVE}
