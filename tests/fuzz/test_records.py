# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that lost something are read, or count as absent and are said; the next run writes them anew."""

from __future__ import annotations

import contextlib
import json
import typing as t
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import (
    changes,
    finish,
    keeper,
    ledger,
    vip_record,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.records import Found
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import drained, restore
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import arp, decide
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel.arptables import Rule
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.shapes import listed
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table_shapes import SERVICE_KEY
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import default_gateway as body
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import rollback
from ansible_collections.linuxvirtualserver.lvs.plugins.modules import (
    arp_hide,
    default_gateway,
    kernel_setup,
    tunnel_decap,
    vip_address,
)
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.conftest import Chance, Inputs
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.mutations import mutated, mutated_bytes, mutated_text
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.test_decoder import TABLE
from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_kernel import FakeHost
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_machine import Machine

VIP = "192.168.1.110"
RECORDS = Path(__file__).parents[1] / "unit" / "fixtures" / "records"
_MEMORY = {(service.key, one.key): one for service in TABLE for one in service.realservers}
_VIEW: dict[str, t.Any] = {"effective": [], "others": [], "routes": [], "persistent": {}}
_PENDING = {"run_id": "1", "connection": "10.0.0.1 50000 192.168.1.11 22"}


@dataclass(frozen=True)
class Kind:
    """One kind of record: a whole one, how it is read, and how it is written."""

    whole: bytes
    read: Callable[[bytes], Found[t.Any]]
    write: Callable[[t.Any], bytes]


def _text(read: Callable[[str], Found[t.Any]]) -> Callable[[bytes], Found[t.Any]]:
    """As a Host reads a file."""
    return lambda data: read(data.decode("utf-8", "surrogateescape"))


def _kept(needed: keeper.Fields, value: dict[str, t.Any], process: int | None = 4711) -> Kind:
    return Kind(
        json.dumps({**value, "pid": process}).encode(),
        lambda data: keeper.parse(data, "record", needed),
        lambda found: json.dumps(found).encode(),
    )


def _arp_record() -> decide.Record:
    names = ("net.ipv4.conf.all.arp_ignore", "net.ipv4.conf.eth0.arp_announce")
    changes = (decide.Change(names[0], "0", "1"), decide.Change(names[1], "1", "2"))
    hiding = arp.Hiding((VIP,), "arptables", (Rule("INPUT", ("-j", "DROP", "-d", VIP)),))
    return decide.Record((), changes, hiding.notes)


def _kernel_record() -> decide.Record:
    changes = (decide.Change("net.ipv4.ip_forward", "0", "1"), decide.Change("net.ipv4.vs.conntrack", None, "1"))
    return decide.Record(("ip_vs", "ip_vs_rr"), changes)


KINDS = {
    "kernel": Kind(
        decide.render_record(_kernel_record()).encode(),
        _text(lambda content: decide.parse_record(content, "record")),
        lambda found: decide.render_record(found).encode(),
    ),
    "arp_hide": Kind(
        decide.render_record(_arp_record()).encode(),
        _text(lambda content: decide.parse_record(content, "record", arp.RECORD)),
        lambda found: decide.render_record(found).encode(),
    ),
    "arp_hide of an older release": Kind(
        (RECORDS / "arp_hide_arptables.json").read_bytes(),
        _text(lambda content: decide.parse_record(content, "record", arp.RECORD)),
        lambda found: decide.render_record(found).encode(),
    ),
    "table": Kind(
        restore.render_record(TABLE),
        lambda data: restore.parse_record(data, "record"),
        restore.render_record,
    ),
    "drained": Kind(
        drained.render_memory(_MEMORY),
        lambda data: drained.parse_memory(data, "record"),
        drained.render_memory,
    ),
    "vip_address": Kind(
        vip_record.render({vip_record.Placed(VIP, "lo"), vip_record.Placed("2001:db8::110", "dummy0")}).encode(),
        _text(lambda content: vip_record.parse(content, "record")),
        lambda found: vip_record.render(found).encode() or b'{"lvs": []}',
    ),
    "claims": Kind(
        ledger.render({"web": ledger.Lvs("alice", 1, {"vip_address": {f"vip {VIP}": "lo"}})}).encode(),
        _text(lambda content: ledger.parse(content, "record")),
        lambda found: ledger.render(found).encode() or b'{"lvs": {}}',
    ),
    "changed": Kind(
        changes.render({"web": changes.Change("alice at controller", 1, "ipvs_table")}).encode(),
        _text(lambda content: changes.parse(content, "record")),
        lambda found: changes.render(found).encode() or b'{"lvs": {}}',
    ),
    "trial": _kept({"services": listed(SERVICE_KEY)}, {"services": [service.key._asdict() for service in TABLE]}),
    "gateway": _kept(
        rollback.RECORDED,
        {**_PENDING, "result": {"changed": True, "before": _VIEW, "after": _VIEW, "commands": ["ip route"]}},
        process=None,
    ),
}


def damaged(whole: bytes, random: Chance) -> bytes:
    """A record that was cut off, zeroed, overwritten, edited, or written by another program."""
    way = random.randrange(6)
    if way == 0:
        return random.choice((b"", b"\0" * 64, b"\n", b"null", b"[]", b"{}", b"\xef\xbb\xbf{}", b"[" * 9000))
    if way == 1:
        return mutated_bytes(whole, random)
    if way == 2:
        return mutated_text(whole.decode(), random).encode("utf-8", "surrogatepass")
    with contextlib.suppress(ValueError, RecursionError):  # a number that is too long to be written
        return json.dumps(mutated(json.loads(whole), random)).encode()
    return b""


def is_newer(data: bytes) -> bool:
    with contextlib.suppress(ValueError, RecursionError):
        return (
            isinstance(value := json.loads(data), dict) and isinstance(value.get("format"), int) and value["format"] > 1
        )
    return False


@pytest.mark.parametrize("name", KINDS)
def test_a_damaged_record_is_read_or_absent(inputs: Inputs, name: str) -> None:
    kind = KINDS[name]
    for random in inputs(400):
        data = damaged(kind.whole, random)
        if is_newer(data):
            with pytest.raises(LvsError, match="the format of a newer release"):
                kind.read(data)
            continue
        found = kind.read(data)
        if found.value is None:
            assert "so it counts as absent: " in str(found.problem)
        else:
            assert found.problem is None
            assert kind.read(kind.write(found.value)) == found, "what was read can be written and is then the same"


@dataclass(frozen=True)
class Life:
    """A module with a file of its own that says what was before: what sets it up, and where the file is."""

    module: t.Any
    machine: Callable[[Path], t.Any]
    args: dict[str, t.Any]
    path: str


def _director(folder: Path) -> FakeHost:
    return FakeHost(folder)


def _realserver(folder: Path) -> Machine:
    return Machine(folder, neighbours={"192.168.1.9"})


LIVES = {
    "kernel_setup": Life(
        kernel_setup,
        _director,
        {"kernel_modules": ["ip_vs"], "sysctls": {"net.ipv4.ip_forward": "1"}},
        "/var/lib/lvs/kernel_setup.json",
    ),
    "tunnel_decap": Life(
        tunnel_decap, _director, {"tunnels": [{"type": "ipip"}]}, "/etc/systemd/system/lvs-tunnel-decap.service"
    ),
    "tunnel_decap's kernel": Life(
        tunnel_decap, _director, {"tunnels": [{"type": "gue", "port": 6080}]}, "/var/lib/lvs/tunnel_decap.json"
    ),
    "arp_hide": Life(arp_hide, _realserver, {"vips": [VIP]}, "/var/lib/lvs/arp_hide.json"),
    "vip_address": Life(
        vip_address,
        _realserver,
        {"vips": [VIP], "interface": "lo", "hidden": False},
        "/var/lib/lvs/vip_address.json",
    ),
    "vip_address's claims": Life(
        vip_address,
        _realserver,
        {"vips": [VIP], "interface": "lo", "hidden": False},
        "/var/lib/lvs/claims.json",
    ),
    "vip_address's unit": Life(
        vip_address,
        _realserver,
        {"vips": [VIP], "interface": "lo", "hidden": False},
        "/etc/systemd/system/lvs-vip-lo.service",
    ),
}


def torn(whole: bytes, random: Chance) -> bytes:
    """What a power failure leaves of a file that is no JSON."""
    return random.choice((b"", b"\0" * len(whole), whole[: random.randrange(len(whole))]))


@pytest.mark.parametrize("name", LIVES)
def test_the_next_run_heals_a_damaged_record(
    inputs: Inputs, name: str, tmp_path: Path, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = LIVES[name]
    monkeypatch.setattr(body, "require_answer", lambda *_asked: None)
    for number, random in enumerate(inputs(12)):
        machine = life.machine(tmp_path / str(number))
        monkeypatch.setattr(life.module, "Host", lambda machine=machine: machine.host)
        first = run_module(life.module, life.args)
        assert first["changed"], first
        content = machine.at(life.path) if isinstance(machine, Machine) else machine.root / life.path.lstrip("/")
        whole = content.read_bytes()
        data = damaged(whole, random) if whole.startswith(b"{") else torn(whole, random)
        if is_newer(data):
            continue
        content.write_bytes(data)
        for args in (life.args, life.args):
            last = run_module(life.module, args)
            assert not last.get("failed"), (last["msg"], data)
        assert not last["changed"], data
        assert "warnings" not in last


def test_a_change_that_waits_is_taken_back_also_when_its_record_is_damaged(
    inputs: Inputs, tmp_path: Path, run_module: RunModule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the rollback is armed nobody else changes the gateway, and nothing that it needs is removed."""
    args = {"gateway": "192.168.1.9", **_PENDING}
    monkeypatch.setattr(body, "require_answer", lambda *_asked: None)
    monkeypatch.setattr(finish, "PATIENCE", 0)  # nobody ends it here
    for number, random in enumerate(inputs(12)):
        machine = _realserver(tmp_path / str(number))
        monkeypatch.setattr(default_gateway, "Host", lambda machine=machine: machine.host)
        assert run_module(default_gateway, args)["unconfirmed"]
        record = machine.at(rollback.PENDING)
        record.write_bytes(damaged(record.read_bytes(), random))
        again = run_module(default_gateway, args)
        assert again["failed"], "two changes at once"
        confirmed = run_module(default_gateway, {**args, "confirm": True, "connection": "1.1.1.1 1 2.2.2.2 2"})
        if confirmed.get("failed"):
            assert machine.timer, "the rollback was called off for a change that was not confirmed"
            machine.time_passes()
            assert machine.ours == []
