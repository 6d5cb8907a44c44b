# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kernel's IPVS over generic netlink, with the standard library alone.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import errno
import typing as t
from collections.abc import Callable, Sequence

from .._model.diff import Operation
from .._model.table import Service, ServiceKey, Table, sort_services
from . import attributes as ip_vs
from .attributes import Attributes, garbled
from .codec import (
    NO_COUNTERS,
    NO_STATE,
    ServiceState,
    decode_counters,
    decode_daemon,
    decode_realserver,
    decode_service,
    decode_state,
    encode_daemon,
    encode_operation,
    encode_service_key,
)
from .daemon import INITIAL_TIMEOUTS, SyncDaemon, Timeouts
from .netlink import Family, Message, Transport, open_socket
from .refusals import Failure, absent, unreadable

_TIMEOUTS = (ip_vs.TIMEOUT_TCP, ip_vs.TIMEOUT_TCP_FIN, ip_vs.TIMEOUT_UDP)


def connect() -> Ipvs:
    """The IPVS of this host, or why there is none."""
    try:
        return Ipvs(open_socket())
    except OSError as error:
        raise absent(error.errno or 0) from error


class Ipvs:
    """The IPVS of this network namespace.

    Reading loads nothing: where the kernel's IPVS is not loaded there are no services and no daemons. The first write
    loads the module ip_vs where that is possible.
    """

    def __init__(self, transport: Transport) -> None:
        # Which destination attributes this kernel sends, as soon as it has sent one: how we ask what it knows.
        self.known_destination: frozenset[int] | None = None
        try:
            self._family = Family(transport, "IPVS")
        except OSError as error:
            raise unreadable(error) from error

    @property
    def loaded(self) -> bool:
        """Whether the kernel has IPVS loaded, or built in."""
        return self._family.loaded

    def _load(self) -> None:
        if self.loaded:
            return
        try:
            self._family.load()
        except OSError as error:
            raise absent(error.errno or 0) from error

    # --- reading ---

    def table(self) -> Table:
        """All services with their realservers, sorted."""
        return sort_services(
            self._read_realservers(decode_service(found), found, counters=False).service
            for found in self._read_services()
        )

    def states(self, wanted: Callable[[ServiceKey], bool]) -> tuple[ServiceState, ...]:
        """The wanted services with their realservers and counters, sorted."""
        states = []
        for found in self._read_services():
            service = decode_service(found)
            if wanted(service.key):
                states.append(self._read_realservers(service, found, counters=True))
        return tuple(sorted(states, key=lambda state: state.service.key.order()))

    def service(self, key: ServiceKey) -> Service | None:
        """One service with its realservers, None when the kernel does not have it."""
        if not self.loaded:
            return None
        try:
            messages = self._family.ask(ip_vs.GET_SERVICE, ip_vs.SERVICE.holding(encode_service_key(key)))
        except OSError as error:
            if error.errno == errno.ESRCH:
                return None
            raise unreadable(error) from error
        for message in messages:
            found = ip_vs.SERVICE.read_nested(message.attributes())
            return self._read_realservers(decode_service(found), found, counters=False).service
        return None

    def _read_services(self) -> list[Attributes]:
        listed = self._list(ip_vs.GET_SERVICE) if self.loaded else []
        return [ip_vs.SERVICE.read_nested(message.attributes()) for message in listed]

    def _list(self, command: int, body: bytes = b"") -> list[Message]:
        try:
            return self._family.dump(command, body)
        except OSError as error:
            raise unreadable(error) from error

    def _read_realservers(self, service: Service, attributes: Attributes, *, counters: bool) -> ServiceState:
        found = []
        for message in self._list(ip_vs.GET_DEST, ip_vs.SERVICE.holding(encode_service_key(service.key))):
            inner = ip_vs.DEST.read_nested(message.attributes())
            state = decode_state(inner) if counters else NO_STATE
            found.append((decode_realserver(inner, service.key.family), state))
            if self.known_destination is None:
                self.known_destination = frozenset(inner)
        found.sort(key=lambda pair: pair[0].key.order())
        return ServiceState(
            service._replace(realservers=tuple(realserver for realserver, _state in found)),
            decode_counters(attributes, ip_vs.SVC_STATS64, ip_vs.SVC_STATS) if counters else NO_COUNTERS,
            tuple(state for _realserver, state in found),
        )

    def _figures(self, command: int) -> Attributes:
        try:
            for message in self._family.ask(command):
                return message.attributes()
        except OSError as error:
            raise unreadable(error) from error
        raise garbled(f"nothing to command {command}")

    def info(self) -> dict[str, t.Any]:
        """IPVS_CMD_GET_INFO: the version and the number of buckets of the connection table; None: nothing is loaded."""
        if not self.loaded:
            return {"version": None, "connection_table_size": None}
        found = self._figures(ip_vs.GET_INFO)
        version = ip_vs.INFO_VERSION.read(found)
        return {
            "version": f"{version >> 16 & 0xFF}.{version >> 8 & 0xFF}.{version & 0xFF}",
            "connection_table_size": ip_vs.INFO_CONN_TAB_SIZE.read(found),
        }

    def timeouts(self) -> Timeouts:
        """IPVS_CMD_GET_CONFIG, or what it will be as soon as IPVS is loaded."""
        if not self.loaded:
            return INITIAL_TIMEOUTS
        found = self._figures(ip_vs.GET_CONFIG)
        return Timeouts(*(one.read(found) for one in _TIMEOUTS))

    def daemons(self) -> list[SyncDaemon]:
        """IPVS_CMD_GET_DAEMON: the synchronisation daemons that run, none, one or both."""
        listed = self._list(ip_vs.GET_DAEMON) if self.loaded else []
        found = [decode_daemon(ip_vs.DAEMON.read_nested(message.attributes())) for message in listed]
        return sorted(found, key=lambda daemon: daemon.role, reverse=True)

    # --- writing ---

    def set_timeouts(self, timeouts: Timeouts) -> None:
        """IPVS_CMD_SET_CONFIG."""
        self._load()
        self._family.ask(ip_vs.SET_CONFIG, b"".join(one.pack(seconds) for one, seconds in zip(_TIMEOUTS, timeouts)))

    def start_daemon(self, daemon: SyncDaemon) -> None:
        """IPVS_CMD_NEW_DAEMON."""
        self._load()
        self._family.ask(ip_vs.NEW_DAEMON, encode_daemon(daemon))

    def stop_daemon(self, daemon: SyncDaemon) -> None:
        """IPVS_CMD_DEL_DAEMON. The kernel wants no more than the role, in full."""
        self._family.ask(ip_vs.DEL_DAEMON, encode_daemon(SyncDaemon(daemon.role, daemon.interface, daemon.sync_id)))

    def execute(self, operations: Sequence[Operation]) -> list[Failure]:
        """Carry out the operations in their order, and say which the kernel refused."""
        if not operations:
            return []
        self._load()
        refused = self._family.tell([encode_operation(operation) for operation in operations])
        return [Failure(operations[index], number) for index, number in refused]

    def close(self) -> None:
        self._family.close()

    def __enter__(self) -> Ipvs:
        return self

    def __exit__(self, *_reason: object) -> None:
        self.close()
