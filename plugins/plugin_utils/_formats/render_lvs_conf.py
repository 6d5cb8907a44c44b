# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan as a file of the HOWTO's configure script, with what that format cannot say as findings.

Private: this file may change in any release; do not import it from outside the collection.
Pure: the same plan gives the same file.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ...module_utils._model.parse import parse_table
from ...module_utils._model.port_names import WELL_KNOWN
from ...module_utils._model.table import Service as Virtual
from ...module_utils._model.table import ServiceKey
from .._rules.findings import Findings
from .._rules.report import describe
from . import lvs_conf
from .lvs_conf import Conf, Device, Member, Service

_HEAD = "# Written by linuxvirtualserver.lvs. What this format cannot say is listed at the end.\n"
_CURE = "Keep it in an inventory."
_LOSSES = {
    "scheduler_flags": (),
    "persistence": 0,
    "persistence_netmask": None,
    "persistence_engine": None,
    "one_packet": False,
}


def render(plan: Mapping[str, t.Any], device: str, netmask: int) -> str:
    """The text of the file. `device` and `netmask` are the director's on the realserver network."""
    findings = Findings()
    conf = conf_of(plan, device, netmask, findings)
    listed = [describe(finding) for finding in findings.sorted()]
    tail = "".join(f"# {line}\n" for text in listed for line in text.split("\n"))
    return _HEAD + ("" if conf is None else lvs_conf.render(conf)) + tail


def conf_of(plan: Mapping[str, t.Any], device: str, netmask: int, findings: Findings) -> Conf | None:
    """The plan as values of the file; None when there is nothing that the file could say."""
    directors = {host: role["director"] for host, role in plan["hosts"].items() if "director" in role}
    gateways = sorted(
        {str(role["realserver"]["gateway"] or "") for role in plan["hosts"].values() if "realserver" in role}
    )
    if len(directors) != 1:
        findings.error("hosts", ", ".join(directors) or None, "must be one director", _CURE, "3.13.1")
        return None
    director = next(iter(directors.values()))
    dips = [dip for dip in director["dips"] if ":" not in dip]
    table = [service for service in parse_table(director["services"]) if _sayable(service, findings)]
    if not dips or not table:
        what = "has no IPv4 address and TCP or UDP service that this format can say"
        findings.error("hosts", next(iter(directors)), what, _CURE)
        return None
    vip, forwarding = str(table[0].key.vip), table[0].realservers[0].forwarding
    services = [service for service in table if _fits(service, vip, forwarding, findings)]
    return Conf(
        forwarding=forwarding,
        vip=Device(f"{device}:{vip.rpartition('.')[2]}", vip, vip, 32),
        dip=Device(device, dips[0], dips[0], netmask),
        services=tuple(_service(service, findings) for service in services),
        server_gateway="" if forwarding == "nat" else _one_gateway(gateways, findings),
        server_vip_device="" if forwarding == "nat" else _server_vip_device(plan, vip, findings),
        server_net_device=device,
    )


def _one_gateway(gateways: list[str], findings: Findings) -> str:
    if len(gateways) > 1:
        findings.warning("lvs_server_gateway", ", ".join(gateways), "is more than one gateway", _CURE)
    return gateways[0] if len(gateways) == 1 and ":" not in gateways[0] else ""


def _server_vip_device(plan: Mapping[str, t.Any], vip: str, findings: Findings) -> str:
    """The interface that has the VIP on the realservers, with the alias that the script made there."""
    realservers = [role["realserver"] for role in plan["hosts"].values() if "realserver" in role]
    devices = sorted({one["interface"] for role in realservers for one in role["addresses"] if one["address"] == vip})
    if len(devices) > 1:
        findings.warning("lvs_server_vip_device", ", ".join(devices), "is more than one device", _CURE)
    return f"{devices[0]}:{vip.rpartition('.')[2]}" if len(devices) == 1 else ""


def _sayable(service: Virtual, findings: Findings) -> bool:
    key = service.key
    if key.vip is None or key.family != "ipv4" or key.protocol == "sctp" or not key.port or not service.realservers:
        what = "is not a service of an IPv4 address, one TCP or UDP port and realservers"
        findings.warning(_path(key), key.label, what, _CURE)
        return False
    return True


def _fits(service: Virtual, vip: str, forwarding: str, findings: Findings) -> bool:
    """A file has one VIP and one type of LVS."""
    methods = {one.forwarding for one in service.realservers}
    rips = {one.rip for one in service.realservers if ":" in one.rip}
    if service.key.vip != vip or methods != {forwarding} or rips:
        what = f"differs from the first service in its VIP, {vip}, in the method, {forwarding}, or has IPv6 realservers"
        findings.warning(_path(service.key), service.key.label, what, _CURE)
        return False
    return True


def _service(service: Virtual, findings: Findings) -> Service:
    key = service.key
    for path, value in _lost(service):
        findings.warning(f"{_path(key)}.{path}", value, "cannot be said in this format", _CURE)
    by_port = {port: name for name, port in sorted(WELL_KNOWN.items(), reverse=True)}
    members = tuple(Member(one.rip, one.rip, one.port, one.weight) for one in service.realservers)
    return Service(str(key.protocol), by_port.get(key.port, ""), key.port, service.scheduler, members)


def _lost(service: Virtual) -> Iterator[tuple[str, object]]:
    for name, default in _LOSSES.items():
        value = getattr(service, name)
        if value != default:
            yield name, ", ".join(value) if isinstance(value, tuple) else value
    for one in service.realservers:
        for name in ("upper_threshold", "lower_threshold"):
            if getattr(one, name):
                yield f"realservers[{one.key.label}].{name}", getattr(one, name)
        if one.tunnel is not None and one.tunnel.type != "ipip":
            yield f"realservers[{one.key.label}].tunnel", one.tunnel.type


def _path(key: ServiceKey) -> str:
    return f"services[{key.label}]"
