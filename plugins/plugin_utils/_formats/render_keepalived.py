# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table as a keepalived.conf.

Private: this file may change in any release; do not import it from outside the collection.
Pure. Reading it back gives the same table, but for what keepalived does not have: services without realservers, and
ports of realservers that get their packets by firewall mark and by dr or tun.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...module_utils._keepalived.servers import method, settings, thresholds
from ...module_utils._model.table import Realserver, Service, ServiceKey, sort_realservers

_INDENT = "    "
_HEAD = (
    "# The virtual servers of linuxvirtualserver.lvs for keepalived.",
    "# There are no checks in it: every realserver counts as healthy. Add TCP_CHECK or another to each real_server.",
    "# There is no VRRP in it: add a vrrp_instance, or set the VIPs up otherwise:",
)


def render(table: Iterable[Service]) -> str:
    """The text of the file."""
    services = [as_keepalived_has_it(service) for service in table]
    vips = sorted({service.key.vip for service in services if service.key.vip is not None})
    lines = [*_HEAD, f"#   {', '.join(vips) or 'none is known, for firewall marks select the packets'}"]
    for service in services:
        lines += ["", *(_virtual_server(service) if service.realservers else _empty(service.key))]
    return "\n".join(lines) + "\n"


def as_keepalived_has_it(service: Service) -> Service:
    """By dr and tun, keepalived clears the ports of realservers that a firewall mark leads to."""
    if service.key.vip is not None:
        return service
    cleared = (one if one.forwarding == "nat" else one._replace(port=0) for one in service.realservers)
    once = {one.key: one for one in cleared}
    return service._replace(realservers=sort_realservers(once.values()))


def _empty(key: ServiceKey) -> Iterator[str]:
    yield f"# {key.label} has no realserver, and keepalived has no such service."


def _virtual_server(service: Service) -> Iterator[str]:
    key = service.key
    yield f"virtual_server {f'fwmark {key.fwmark}' if key.vip is None else f'{key.vip} {key.port}'} {{"
    yield from (_INDENT + line for line in (*settings(service), method(service.realservers[0])))
    for realserver in service.realservers:
        yield ""
        yield f"{_INDENT}real_server {realserver.rip}{f' {realserver.port}' if realserver.port else ''} {{"
        yield from (_INDENT * 2 + line for line in _real_server(realserver, service.realservers[0]))
        yield f"{_INDENT}}}"
    yield "}"


def _real_server(realserver: Realserver, first: Realserver) -> Iterator[str]:
    yield f"weight {realserver.weight}"
    if method(realserver) != method(first):
        yield method(realserver)
    yield from thresholds(realserver)
