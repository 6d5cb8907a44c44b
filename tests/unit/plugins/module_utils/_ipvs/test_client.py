# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import client as client_module
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import codec, netlink, refusals
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.attributes import (
    DEST_STATS,
    DEST_STATS64,
    decode_attributes,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import SyncDaemon, Timeouts
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import (
    ADD,
    EDIT,
    REMOVE,
    Operation,
    diff,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    ServiceKey,
    Table,
    Tunnel,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs import fake_ipvs, ipvs_tables

WEB = ServiceKey("ipv4", "tcp", "192.168.1.110", 80, None)


little = pytest.mark.skipif(
    struct.pack("=H", 1) != b"\1\0", reason="the golden bytes are those of a little-endian host"
)


# --- bytes, written down by hand from include/uapi/linux/ip_vs.h ---

WEB_KEY = "06000100 0200000006000200 0600000014000300 c0a8016e 00000000000000000000000006000400 00500000"


@little
def test_bytes_of_a_service_key() -> None:
    assert codec.encode_service_key(WEB) == bytes.fromhex(WEB_KEY)
    dns = ServiceKey("ipv6", "udp", "2001:db8::10", 53, None)
    assert codec.encode_service_key(dns) == bytes.fromhex(
        "06000100 0a00000006000200 1100000014000300 20010db800000000000000000000001006000400 00350000"
    )
    mark = ServiceKey("ipv6", None, None, 0, 3000000000)
    assert codec.encode_service_key(mark) == bytes.fromhex("06000100 0a00000008000500 005ed0b2")


@little
def test_bytes_of_a_plain_service() -> None:
    assert (
        codec.encode_service(Service(WEB, "rr"))
        == bytes.fromhex(
            "54000100" + WEB_KEY + "07000600 72720000"
            "0c000700 00000000 3d000000"  # flags, and the mask without the kernel's own 0x2
            "08000800 00000000"
            "08000900 ffffffff"
        )
    )


@little
def test_bytes_of_a_service_with_everything() -> None:
    service = Service(
        ServiceKey("ipv6", "udp", "2001:db8::10", 5060, None),
        scheduler="mh",
        scheduler_flags=("mh-fallback", "mh-port"),
        persistence=360,
        persistence_netmask=64,
        persistence_engine="sip",
        one_packet=True,
    )
    assert codec.encode_service(service) == bytes.fromhex(
        "5c000100"
        "06000100 0a000000"
        "06000200 11000000"
        "14000300 20010db8000000000000000000000010"
        "06000400 13c40000"
        "07000600 6d680000"
        "0c000700 1d000000 3d000000"
        "08000800 68010000"
        "08000900 40000000"  # a prefix length, in host order
        "08000b00 73697000"
    )


@little
def test_bytes_of_an_ipv4_netmask() -> None:
    service = Service(WEB, persistence=1, persistence_netmask="255.255.255.0")
    assert bytes.fromhex("08000900 ffffff00") in codec.encode_service(service)


@little
def test_bytes_of_a_destination() -> None:
    realserver = Realserver("192.168.1.11", 80, "dr", 10, 100, 50)
    assert codec.encode_destination(realserver) == bytes.fromhex(
        "60000200"
        "14000100 c0a8010b 000000000000000000000000"
        "06000200 00500000"
        "08000300 03000000"
        "08000400 0a000000"
        "08000500 64000000"
        "08000600 32000000"
        "06000b00 02000000"
        "05000d00 00000000"
        "06000e00 00000000"
        "06000f00 00000000"
    )
    assert codec.encode_destination_key(realserver) == bytes.fromhex(
        "2800020014000100 c0a8010b 00000000000000000000000006000200 0050000006000b00 02000000"
    )


@little
def test_the_port_of_a_tunnel_is_in_network_order() -> None:
    """pyroute2 0.9.7 sends it in host order: its 5555 is 45845 to the kernel."""
    realserver = Realserver("192.168.1.11", 80, "tun", tunnel=Tunnel("gue", 5555, "remcsum"))
    assert bytes.fromhex("05000d00 0100000006000e00 15b3000006000f00 02000000") in codec.encode_destination(realserver)


def test_a_destination_message_has_the_size_that_was_measured() -> None:
    """164 bytes of headers, service key and destination: 128 of them fit the send buffer several times."""
    command, body = codec.encode_operation(Operation(ADD, Service(WEB), Realserver("192.168.1.11", 80)))
    assert command == 5
    assert 20 + len(body) == 164


def test_removing_sends_keys_alone() -> None:
    one = Realserver("192.168.1.11", 80, weight=9)
    command, body = codec.encode_operation(Operation(REMOVE, Service(WEB, realservers=(one,)), one))
    assert (command, set(decode_attributes(decode_attributes(body)[2]))) == (7, {1, 2, 11})
    command, body = codec.encode_operation(Operation(REMOVE, Service(WEB)))
    assert (command, set(decode_attributes(decode_attributes(body)[1]))) == (3, {1, 2, 3, 4})


# --- encode and decode ---


@given(ipvs_tables.services())
def test_what_is_encoded_is_decoded(service: Service) -> None:
    nested = decode_attributes(codec.encode_service(service))[1]
    assert codec.decode_service(decode_attributes(nested)) == service._replace(realservers=())
    for realserver in service.realservers:
        inner = decode_attributes(decode_attributes(codec.encode_destination(realserver))[2])
        assert codec.decode_realserver(inner, service.key.family) == realserver


def test_the_hashed_flag_is_the_kernels_own() -> None:
    attributes = decode_attributes(decode_attributes(codec.encode_service(Service(WEB)))[1])
    attributes[7] = struct.pack("=II", 2, 0xFFFFFFFF)
    assert codec.decode_service(attributes) == Service(WEB)


def test_a_timeout_or_netmask_without_persistence_means_nothing() -> None:
    attributes = decode_attributes(decode_attributes(codec.encode_service(Service(WEB)))[1])
    attributes[8], attributes[9] = struct.pack("=I", 300), b"\xff\xff\0\0"
    assert codec.decode_service(attributes) == Service(WEB)


def test_nonsense_in_the_kernel_goes_through_unchanged() -> None:
    odd = Realserver("192.168.1.11", 8080, "5", tunnel=None)
    tunnel = Realserver("192.168.1.12", 80, "tun", tunnel=Tunnel("9", 1, "3"))
    for realserver in (odd, tunnel, odd._replace(forwarding="local"), odd._replace(forwarding="bypass")):
        inner = decode_attributes(decode_attributes(codec.encode_destination(realserver))[2])
        assert codec.decode_realserver(inner, "ipv4") == realserver
    gre = Service(WEB._replace(protocol="47"))
    nested = decode_attributes(codec.encode_service(gre))[1]
    assert codec.decode_service(decode_attributes(nested)) == gre


def test_tunnel_attributes_of_a_direct_destination_mean_nothing() -> None:
    direct = Realserver("192.168.1.11", 80)
    attributes = decode_attributes(decode_attributes(codec.encode_destination(direct))[2])
    assert codec.decode_realserver({**attributes, 13: b"\1", 14: b"\x15\xb3"}, "ipv4") == direct


def test_a_kernel_before_3_18_does_not_say_the_family() -> None:
    attributes = decode_attributes(decode_attributes(codec.encode_destination(Realserver("::1", 80)))[2])
    del attributes[11]
    assert codec.decode_realserver(attributes, "ipv6").rip == "::1"


def counters(form: str, numbers: range) -> bytes:
    return fake_ipvs.pack(
        {index: struct.pack("=Q" if index in (4, 5) else form, number) for index, number in enumerate(numbers, 1)}
    )


def test_wide_counters_win_over_narrow_ones() -> None:
    big = range(2**40, 2**40 + 10)
    both = {10: counters("=I", range(10)), 12: counters("=Q", big)}
    assert codec.decode_counters(both, DEST_STATS64, DEST_STATS) == tuple(big)
    assert codec.decode_counters({10: both[10]}, DEST_STATS64, DEST_STATS) == tuple(range(10))
    assert codec.decode_counters({}, DEST_STATS64, DEST_STATS) == (0,) * 10


# --- the decoder and what it must survive ---

SERVICE_BYTES = codec.encode_service(Service(WEB, "wlc", persistence=5, persistence_engine="sip"))
DEST_BYTES = codec.encode_destination(Realserver("192.168.1.11", 80, "tun", tunnel=Tunnel("gue", 9, "csum")))


def complaint(data: bytes) -> str:
    """What the decoder says to an answer; nothing when it makes sense of it, or skips it."""
    try:
        for message in netlink.decode_messages(data):
            assert not message.ends or 0 <= message.error <= 4095
            top = message.attributes()
            codec.decode_service(decode_attributes(top.get(1, b"")))
            inner = decode_attributes(top.get(2, b""))
            codec.decode_realserver(inner, "ipv4")
            codec.decode_counters(inner, DEST_STATS64, DEST_STATS)
    except LvsError as error:
        return error.item
    return ""


def message(body: bytes) -> bytes:
    return struct.pack("=IHHIIBBH", 20 + len(body), 31, 0, 1, 0, 4, 1, 0) + body


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    data = bytearray(message(SERVICE_BYTES + DEST_BYTES))
    for index, value in draw(st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=6)):
        data[index] = value
    return bytes(data[: draw(st.integers(0, len(data)))])


@given(mangled() | st.binary(max_size=300))
def test_a_garbled_answer_is_told_or_skipped(data: bytes) -> None:
    assert complaint(data) in ("", "the kernel's answer")


def error(number: int, sequence: int) -> bytes:
    return struct.pack("=IHHIIi", 20, 2, 0, sequence, 0, number)


class Answering:
    """A kernel that knows IPVS, and answers every command with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        name = struct.pack("=HH5s3xHHH2x", 9, 2, b"IPVS\0", 6, 1, 31)
        self._answers = [struct.pack("=IHHIIBBH", 20 + len(name), 16, 0, 1, 0, 1, 2, 0) + name + error(0, 1), answer]

    def send(self, data: bytes) -> int:
        return len(data)

    def recv(self, _size: int) -> bytes:
        return self._answers.pop(0)

    def close(self) -> None:
        self._answers.clear()


@pytest.mark.parametrize("answer", [error(-(2**31), 2), error(5, 2), error(0, 99), error(-22, 3)])
def test_an_acknowledgement_of_what_was_never_sent_is_told(answer: bytes) -> None:
    client = client_module.Ipvs(Answering(answer))
    with pytest.raises(LvsError, match="not what"):
        client.execute(diff(table(1)[:1], ())[:1])


def test_each_truncation_is_told_or_skipped() -> None:
    whole = message(SERVICE_BYTES + DEST_BYTES)
    for end in range(len(whole)):
        assert complaint(whole[:end]) in ("", "the kernel's answer")
    assert complaint(whole) == ""


def test_unknown_attributes_are_skipped() -> None:
    known = decode_attributes(SERVICE_BYTES)[1]
    extra = fake_ipvs.pack({99: b"from a kernel of next year", 0x8000 | 200: b""})
    assert codec.decode_service(decode_attributes(extra + known + extra)) == codec.decode_service(
        decode_attributes(known)
    )


# --- talking to a kernel ---


@pytest.fixture
def kernel() -> fake_ipvs.FakeKernel:
    return fake_ipvs.FakeKernel()


def fill(kernel: fake_ipvs.FakeKernel, table: Table) -> client_module.Ipvs:
    client = client_module.Ipvs(kernel)
    assert client.execute(diff(table, ())) == []
    return client


def table(count: int, pool: int = 2) -> Table:
    listed: list[dict[str, Any]] = [
        {"vip": "192.168.1.110", "port": port, "realservers": [{"rip": f"10.0.0.{n}"} for n in range(1, pool + 1)]}
        for port in range(1, count + 1)
    ]
    return parse_table(listed)


@given(ipvs_tables.tables())
def test_a_table_comes_back_as_it_went(wanted: Table) -> None:
    kernel = fake_ipvs.FakeKernel()
    kernel.schedulers = (*fake_ipvs.SCHEDULERS, b"twos")
    client = fill(kernel, wanted)
    assert client.table() == wanted
    assert [client.service(service.key) for service in wanted] == list(wanted)
    states = client.states(lambda _key: True)
    assert tuple(state.service for state in states) == wanted
    assert [len(state.realservers) for state in states] == [len(service.realservers) for service in wanted]


def test_a_missing_service_is_none(kernel: fake_ipvs.FakeKernel) -> None:
    assert client_module.Ipvs(kernel).service(WEB) is None


def test_states_read_only_the_destinations_of_what_is_wanted(kernel: fake_ipvs.FakeKernel) -> None:
    client = fill(kernel, table(5))
    kernel.commands.clear()
    (state,) = client.states(lambda key: key.port == 3)
    assert state.service.key.port == 3
    assert kernel.commands == [4, 8]


def test_info(kernel: fake_ipvs.FakeKernel) -> None:
    assert client_module.Ipvs(kernel).info() == {"version": "1.2.1", "connection_table_size": 4096}


def test_reading_loads_nothing(kernel: fake_ipvs.FakeKernel) -> None:
    kernel.loaded = False
    client = client_module.Ipvs(kernel)
    assert (client.table(), client.states(lambda _key: True), client.service(WEB), client.daemons()) == (
        (),
        (),
        None,
        [],
    )
    assert client.info() == {"version": None, "connection_table_size": None}
    assert client.timeouts() == (900, 120, 300)
    assert client.execute([]) == []
    assert not client.loaded
    assert not kernel.loaded
    assert kernel.commands == []


def test_the_first_write_loads(kernel: fake_ipvs.FakeKernel) -> None:
    kernel.loaded = False
    client = client_module.Ipvs(kernel)
    assert client.execute(diff(table(2), ())) == []
    assert client.loaded
    assert client.table() == table(2)
    assert client.info()["version"] == "1.2.1"


def test_operations_go_in_few_sends_with_one_acknowledgement_each(kernel: fake_ipvs.FakeKernel) -> None:
    client = client_module.Ipvs(kernel)
    kernel.sends.clear()
    kernel.acknowledged = 0
    assert client.execute(diff(table(100), ())) == []
    assert (kernel.sends, kernel.acknowledged) == ([128, 128, 44], 3)


def test_no_operation_sends_nothing(kernel: fake_ipvs.FakeKernel) -> None:
    client = client_module.Ipvs(kernel)
    kernel.sends.clear()
    assert client.execute([]) == []
    assert kernel.sends == []


def test_each_failure_is_tied_to_its_operation(kernel: fake_ipvs.FakeKernel) -> None:
    wanted = table(3)
    client = fill(kernel, wanted[:1])
    missing = Operation(EDIT, wanted[0], Realserver("10.0.0.9", 1))
    operations = [*diff(wanted, wanted[:1]), missing, Operation(ADD, wanted[0]), Operation(REMOVE, wanted[0])]
    assert client.execute(operations) == [(missing, errno.ENOENT), (Operation(ADD, wanted[0]), errno.EEXIST)]
    assert client.table() == wanted[1:]


def test_nothing_is_sent_after_a_batch_with_a_failure(kernel: fake_ipvs.FakeKernel) -> None:
    client = client_module.Ipvs(kernel)
    kernel.sends.clear()
    bad = Operation(ADD, Service(WEB, "nosuch"))
    assert client.execute([bad, *diff(table(100), ())]) == [(bad, errno.ENOENT)]
    assert kernel.sends == [128]


def test_what_is_left_of_an_earlier_answer_is_skipped(kernel: fake_ipvs.FakeKernel) -> None:
    client = client_module.Ipvs(kernel)
    kernel._answer(2, 0, struct.pack("=i", -errno.EINVAL))
    assert client.table() == ()


# --- refusals in words ---


def test_no_ipvs_in_the_kernel(kernel: fake_ipvs.FakeKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel.loaded = kernel.loadable = False
    client = client_module.Ipvs(kernel)
    monkeypatch.setattr(refusals, "_in_container", lambda: False)
    with pytest.raises(
        LvsError, match=r"the kernel: has no IPVS and could not load it \(got '.*'\)\. Fix: Run `modprobe ip_vs`"
    ):
        client.execute(diff(table(1), ()))
    monkeypatch.setattr(refusals, "_in_container", lambda: True)
    with pytest.raises(LvsError, match=r"the host of this container must load it"):
        client.set_timeouts(Timeouts(900, 120, 300))
    with pytest.raises(LvsError, match=r"the host of this container must load it"):
        client.start_daemon(SyncDaemon("master", "eth0"))


def test_not_root(kernel: fake_ipvs.FakeKernel) -> None:
    client = client_module.Ipvs(kernel)
    kernel.permitted = False
    for read in (client.table, client.info, lambda: client.service(WEB)):
        with pytest.raises(LvsError, match=r"may not even read the table .*Run as root \(`become: true`\)"):
            read()
    (failure,) = client.execute([Operation(ADD, Service(WEB))])
    assert "become" in str(refusals.refused(failure))


ONE = Realserver("192.168.1.11", 80)
REFUSALS = [
    (Operation(ADD, Service(WEB, "twos")), errno.ENOENT, "is not a scheduler this kernel can load"),
    (Operation(ADD, Service(WEB, persistence_engine="sip")), errno.ENOENT, "or persistence engine 'sip'"),
    (Operation(ADD, Service(WEB)), errno.EAFNOSUPPORT, "needs a family that"),
    (Operation(ADD, Service(WEB), ONE), errno.EEXIST, "something else writes this table"),
    (Operation(EDIT, Service(WEB), ONE), errno.ENOENT, "something else writes this table"),
    (Operation(EDIT, Service(WEB)), errno.ESRCH, "something else writes this table"),
    (Operation(ADD, Service(WEB), ONE), errno.EINVAL, "synchronisation daemon"),
    (Operation(ADD, Service(WEB)), errno.ENOMEM, "Cannot allocate memory"),
]


@pytest.mark.parametrize(("operation", "number", "words"), REFUSALS)
def test_a_refusal_names_item_value_and_cure(operation: Operation, number: int, words: str) -> None:
    error = refusals.refused(refusals.Failure(operation, number))
    assert error.item.startswith(operation.label)
    assert words in str(error)


@pytest.mark.parametrize(("operation", "number", "words"), REFUSALS)
def test_a_lost_race_is_no_refusal(operation: Operation, number: int, words: str) -> None:
    assert refusals.lost_race(refusals.Failure(operation, number)) == ("something else writes" in words)


GUE = Realserver("192.168.1.11", 80, "tun", tunnel=Tunnel("gue", 6080))


def test_a_tunnel_that_the_kernel_would_ignore_is_refused_when_wished_for(kernel: fake_ipvs.FakeKernel) -> None:
    kernel.tunnels = False
    client = fill(kernel, table(1))
    client.table()
    wish = [Operation(ADD, Service(WEB), GUE)]
    error = refusals.attributes_unknown(wish, client.known_destination)
    assert error is not None
    assert error.item == "service tcp 192.168.1.110:80, realserver 192.168.1.11:80: tunnel"
    plain = [Operation(ADD, Service(WEB), ONE._replace(forwarding="tun", tunnel=Tunnel()))]
    assert refusals.attributes_unknown([*plain, Operation(REMOVE, Service(WEB), GUE)], client.known_destination) is None
    assert refusals.attributes_unknown(wish, None) is None


def test_a_kernel_that_knows_tunnels_takes_them(kernel: fake_ipvs.FakeKernel) -> None:
    client = fill(kernel, table(1))
    client.table()
    assert refusals.attributes_unknown([Operation(ADD, Service(WEB), GUE)], client.known_destination) is None


def test_a_host_without_netlink_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError(errno.EPROTONOSUPPORT, "Protocol not supported")

    monkeypatch.setattr(client_module, "open_socket", fail)
    with pytest.raises(LvsError, match="has no IPVS"):
        client_module.connect()


def test_a_kernel_that_stays_silent_is_told(kernel: fake_ipvs.FakeKernel, monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_module.Ipvs(kernel)

    def silence(_size: int) -> bytes:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(kernel, "recv", silence)
    with pytest.raises(LvsError, match="did not come within a minute"):
        client.table()
