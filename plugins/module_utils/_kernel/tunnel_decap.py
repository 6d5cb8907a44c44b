# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of tunnel_decap: a realserver unpacks tunnelled packets, now and at boot.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._errors import LvsError
from .._host import actions as host_actions
from .._host import boot, vip_record
from .._host.claims import Claims
from .._host.finish import make_result, refuse
from .._host.links import ask, interfaces
from .._host.records import tell, text_of
from .._model.claims import CHECKSUM, SYSCTL, TUNNEL, Things, named, thing
from .._model.tunnels import Unpacking
from . import sysctl
from .decide import Wanted, parse_sysctls
from .kernel import Kernel
from .tunnels import (
    JOB,
    Device,
    Links,
    Port,
    Record,
    changes,
    devices_of,
    job,
    links_of,
    modules_of,
    parse_ports,
    parse_record,
    ports_of,
    undoing,
    unpackings_in,
)

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable, Mapping

    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .._host.links import Interface

_LOST = "what the devices were before us is not known any more, so state absent leaves them as they are."
PART = "tunnel_decap"
HIGHEST_PORT = 65535


@dataclass(frozen=True)
class Wish:
    """What the arguments ask for."""

    kernel: Wanted
    devices: list[Device]
    ports: list[Port]


@dataclass(frozen=True)
class State:
    """What is on the host."""

    interfaces: Mapping[str, Interface]
    links: Links
    ports: set[Port]
    texts: Mapping[str, str]  # the job, by its file

    @property
    def record(self) -> Record:
        """What the devices were before us, as the job says."""
        return parse_record(next(iter(self.texts.values()), ""))


def things_of(params: Mapping[str, t.Any]) -> Things:
    """What the arguments ask for, checked."""
    given = params["tunnels"] if params["state"] == "present" else []
    for index, tunnel in enumerate(given):
        if (tunnel["type"] == "gue") != (0 < tunnel["port"] <= HIGHEST_PORT):
            cure = f"is not a port of {tunnel['type']} tunnels. Set one from 1 to 65535 for gue, and only for gue."
            raise LvsError(f"tunnels[{index}].port", tunnel["port"], cure)
    tunnels = sorted({Unpacking(*(tunnel[key] for key in Unpacking._fields)) for tunnel in given})
    sysctls = parse_sysctls(params["sysctls"] if tunnels else {})
    return _things(tunnels, {name: need.value for name, need in sysctls.items()})


def _things(tunnels: Iterable[Unpacking], sysctls: Mapping[str, str]) -> Things:
    listed = list(tunnels)
    return {
        **{thing(TUNNEL, *tunnel): "" for tunnel in listed},
        # What is to be expected of packets is a setting of the whole device.
        **{thing(CHECKSUM, tunnel.interface): tunnel.checksum for tunnel in listed if tunnel.type == "gre"},
        **{thing(SYSCTL, name): value for name, value in sysctls.items()},
    }


def before_names(kernel: Kernel, job: str) -> Things:
    """What our files have the host unpack at boot."""
    _modules, sysctls = kernel.boot.kept()
    return _things(unpackings_in(job), dict(sysctls))


def wish_of(things: Mapping[str, str], persistent: bool) -> Wish:
    """The devices, ports, kernel modules and sysctls by which all of it is decapsulated."""
    tunnels = sorted(Unpacking.of_words(words.split(" ")) for words in named(TUNNEL, things))
    kernel = Wanted(modules_of(tunnels), parse_sysctls(named(SYSCTL, things)), at_boot=persistent)
    return Wish(kernel, devices_of(tunnels), ports_of(tunnels))


def read_state(host: Host, kernel: Kernel) -> State:
    # Without its module the kernel does not know the question.
    ports = parse_ports(ask(host.run, "fou", "show")) if "fou" in kernel.loaded() else set()
    found = interfaces(host.run, details=True)
    known = {one.name: one for one in found}
    return State(known, links_of(found), ports, boot.texts(host, JOB))


def plan_ending(wish: Wish, state: State, record: Record, held: Collection[str]) -> list[host_actions.Action]:
    names = {*held, *(device.name for device in wish.devices)}
    gone = {name: was for name, was in record.former.items() if name not in names}
    ports = sorted(record.ports.difference(wish.ports))
    return [host_actions.Run(argv) for argv in undoing(gone, ports, state.links, state.ports)]


def plan_beginning(host: Host, wish: Wish, state: State, record: Record) -> list[host_actions.Action]:
    """The job has the record of what was before, so it is written before anything is set, and removed last."""
    if not wish.devices:
        return boot.dropping(host, JOB)
    place = boot.chosen(host, wish.kernel.at_boot)
    path = place.path(JOB)
    record = record.extended(wish.devices, wish.ports, state.links, state.ports)
    text = place.render(job(wish.devices, wish.ports, record, host.which("ip") or "ip"))
    live = [host_actions.Run(argv) for argv in changes(wish.devices, wish.ports, state.links, state.ports)]
    elsewhere = boot.dropping(host, JOB, but=path)
    if text == state.texts.get(path) and place.is_active(path):
        return [*live, *elsewhere]
    return [*place.enable(path, text), *live, *place.start(path), *elsewhere]


def put_back(host: Host, kernel: Kernel, before: State) -> None:
    """The devices and ports are again what they were, however far the task came."""
    now = read_state(host, kernel)
    ours = {name: was for name, was in before.links.items() if name in now.links}
    for argv in (
        *undoing(ours, now.ports - before.ports, now.links, now.ports),
        *changes([Device(name, was.mode) for name, was in ours.items() if was.up], before.ports, now.links, now.ports),
    ):
        host.run(argv)


def taken_over(host: Host, wish: Wish, state: State) -> list[str]:
    """The devices of others that take any packet of their kind before ours do, and then drop it."""
    kinds = {state.interfaces[one.name].kind: one.name for one in wish.devices if one.name in state.interfaces}
    return [
        f"{one.name} is external and decapsulates what {kinds[one.kind]} should. Reverse path filtering drops what"
        f" comes out of it while net.ipv4.conf.{one.name}.rp_filter or net.ipv4.conf.all.rp_filter is not 0."
        for one in state.interfaces.values()
        if one.kind in kinds and one.is_up and one.details.get("external") and not one.addresses
        if any(sysctl.read_live(host, sysctl.conf(name, "rp_filter")) not in ("0", None) for name in ("all", one.name))
    ]


def view(wish: Wish, state: State, record: Record) -> dict[str, t.Any]:
    """The devices and ports that concern us."""
    names = {*record.former, *(device.name for device in wish.devices)}
    return {
        "devices": sorted(name for name in names if name in state.links and state.links[name].up),
        "ports": sorted(one.number for one in state.ports & {*record.ports, *wish.ports}),
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    mine, persistent = things_of(module.params), module.params["persistent"]
    wish_of(mine, persistent)
    if mine and persistent:
        boot.require(host)
    kernel = Kernel(host, PART)
    state = read_state(host, kernel)
    found = [text_of(text, path, _LOST) for path, text in state.texts.items()]
    former = before_names(kernel, next((one.value for one in found if one.value), ""))
    claims = Claims(host, module, PART, former, persistent=persistent)
    tell(module.warn, kernel.found, *found, claims.found)
    wish = wish_of(claims.with_foreign(mine), claims.lasts(mine))
    record = state.record
    vips = vip_record.read(host).value or ()
    ports = {str(port.number) for port in record.ports}
    work = kernel.decide(wish.kernel, ours={*(one.vip for one in vips), *ports})
    # Devices come with their kernel modules and go with them.
    held = {name for others in work.held.values() for name in others}
    ending, beginning = plan_ending(wish, state, record, held), plan_beginning(host, wish, state, record)
    refuse(module, work.problems())
    for warning in taken_over(host, wish, state):
        module.warn(warning)
    changed = work.differs or bool(ending or beginning) or claims.differs(mine)
    for warning in work.kept():
        module.warn(warning)
    if changed:
        work.prepare([*ending, *beginning, *claims.ending(mine)], check_mode=module.check_mode)
    if changed and not module.check_mode:
        claims.begin(mine)
        if ending or beginning:
            host.undo_by("the tunnels as they were", lambda: put_back(host, kernel, state))
        for warning in work.apply(ending, beginning):
            module.warn(warning)
        claims.end(mine)
    after = {"devices": [device.name for device in wish.devices], "ports": [port.number for port in wish.ports]}
    return make_result(
        module,
        changed,
        {**work.before(), **view(wish, state, record)},
        {**work.after(), **after},
        work.commands(ending, beginning),
        [*work.file_diffs(), *host_actions.file_diffs([*ending, *beginning], state.texts)],
    )
