# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A kernel whose answers are damaged: who reads them gets a value or an LvsError, and the next question is heard."""

from __future__ import annotations

import contextlib
import errno
import os

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import refusals
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.client import Ipvs
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import SyncDaemon
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import diff
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table_shapes import SERVICE
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.conftest import Chance, Inputs
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.mutations import mutated_bytes
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel

TABLE: Table = parse_table(
    [
        {
            "vip": "192.168.1.110",
            "port": 80,
            "scheduler": "sh",
            "scheduler_flags": ["sh-port"],
            "persistence": 300,
            "persistence_netmask": 24,
            "realservers": [{"rip": "192.168.1.11"}, {"rip": "2001:db8::11", "forwarding": "tun"}],
        },
        {"vip": "2001:db8::110", "port": 53, "protocol": "udp", "realservers": [{"rip": "2001:db8::12"}]},
        {"fwmark": 5, "realservers": [{"rip": "192.168.1.12", "port": 80, "forwarding": "nat"}]},
    ]
)


class Silence(BlockingIOError):
    """No answer came in time, which is all that the socket itself ever says."""


class Damaged:
    """A transport whose answers are damaged now and then."""

    def __init__(self, kernel: FakeKernel, random: Chance) -> None:
        self._kernel = kernel
        self._random = random
        self.sound = False

    def send(self, data: bytes) -> int:
        return self._kernel.send(data)

    def recv(self, size: int) -> bytes:
        if not self._kernel._answers:
            raise Silence(errno.EAGAIN, os.strerror(errno.EAGAIN))
        data = self._kernel.recv(size)
        return data if self.sound or self._random.random() < 0.7 else mutated_bytes(data, self._random)

    def close(self) -> None:
        self._kernel._answers.clear()


def kernel() -> FakeKernel:
    fake = FakeKernel()
    ipvs = Ipvs(fake)
    assert ipvs.execute(diff(TABLE, ())) == []
    ipvs.start_daemon(SyncDaemon("master", "eth0", 7))
    ipvs.close()
    return fake


def test_damaged_answers_are_read_or_refused(inputs: Inputs) -> None:
    fake = kernel()
    for random in inputs(700):
        transport = Damaged(fake, random)
        with contextlib.suppress(LvsError):
            ipvs = Ipvs(transport)
            table = ipvs.table()
            assert len(listing(table)) >= len(table)
            for service in table:
                assert SERVICE(service.to_dict(), "service"), "what the kernel said would not travel"
            ipvs.states(lambda _key: True)
            ipvs.service(TABLE[0].key)
            ipvs.daemons()
            ipvs.timeouts()
            ipvs.info()
        transport.close()
        transport.sound = True
        assert Ipvs(transport).table() == TABLE


def test_damaged_acknowledgements_are_failures_or_refused(inputs: Inputs) -> None:
    for random in inputs(300):
        transport = Damaged(FakeKernel(), random)
        transport.sound = True
        ipvs = Ipvs(transport)
        transport.sound = False
        with contextlib.suppress(LvsError, Silence):
            for failure in ipvs.execute(diff(TABLE, ())):
                assert refusals.refused(failure).text
        transport.close()
        transport.sound = True
        assert Ipvs(transport).table(), "the kernel has carried out what it understood"
