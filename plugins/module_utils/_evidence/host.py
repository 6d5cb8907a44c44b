# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Gathers the evidence of one Linux host. It changes nothing and loads no kernel module.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import contextlib
import os
import time
import typing as t
from pathlib import PurePosixPath

from .._errors import LvsError
from .._host import boot, changes, init, ip_batch, ledger, links, vip_record
from .._host.script import Scripts
from .._ipvs import client, drained
from .._ipvs.owners import table_owners
from .._keepalived import seen, vrrp
from .._kernel.boot_lines import lines_at_boot
from .._model.lines import lines_in
from .._model.numbers import as_integer
from . import readers
from .at_boot import at_boot
from .held import held

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    from .._host.host import Completed, Host
    from .._host.records import Found

T = t.TypeVar("T")

_PROC_SYS = "/proc/sys"
_CONF = "/proc/sys/net/ipv4/conf"
_NAMES_OF_LEGACY_TABLES = ("/proc/net/ip_tables_names", "/proc/net/ip6_tables_names")
_SCTP_ENDPOINTS = "/proc/net/sctp/eps"
_STRICT = 1


class Way(t.NamedTuple):
    """A question to the kernel: where would it send a packet to this address?

    `source` is the packet's own source. With `arrives` it is a packet that comes in, and not one of this host: on the
    interface that has this address, or on which it is reached.
    """

    to: str
    source: str | None = None
    arrives: str | None = None


class Questions(t.NamedTuple):
    """What the controller wants to know besides what is always looked at."""

    vips: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    kernel_modules: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # of evidence; without any it is all
    sample: float = 0  # seconds between two looks at the counters
    overhear: float = 0  # seconds of listening for adverts


def gather(host: Host, questions: Questions) -> dict[str, t.Any]:
    """The evidence by its kind; what could not be seen is None, and said with the reason."""
    started = time.monotonic()
    evidence: dict[str, t.Any] = {"system": os.uname().sysname, "kernel": os.uname().release}
    unseen = []
    for kind in questions.kinds or KINDS:
        try:
            evidence[kind] = _LOOKS[kind](host, questions)
        except (LvsError, OSError) as error:
            evidence[kind] = None
            unseen.append({"what": kind, "why": str(error)})
    if questions.sample and evidence.get("ipvs"):
        evidence["later"] = _later(evidence["ipvs"]["taken"] + questions.sample)
    return {**evidence, "unseen": unseen, "seconds": round(time.monotonic() - started, 2)}


def _interfaces(host: Host, _questions: Questions) -> list[readers.Entry]:
    return [readers.interface_entry(one) for one in links.interfaces(host.run, details=True)]


def _neighbours(host: Host, _questions: Questions) -> list[readers.Entry]:
    return [readers.neighbour_entry(one) for one in links.neighbours(host.run)]


def _routes(host: Host, _questions: Questions) -> list[readers.Entry]:
    """Routes of all types in all tables, but for those that the kernel makes for the host's own addresses."""
    words = ("route", "show", "table", "all")
    entries = [one for family in ("-4", "-6") for one in links.ask(host.run, family, *words, needed=("dst",))]
    return [readers.route_entry(one) for one in entries if one.get("table") != "local" or _is_made_local(one)]


def _is_made_local(entry: dict[str, t.Any]) -> bool:
    """Whether somebody made what is sent there the host's own, without an address."""
    return entry.get("type") == "local" and entry.get("protocol") not in ("kernel", "none", "unspec")


def _rules(host: Host, _questions: Questions) -> list[str]:
    return _rules_of(host, "-4")


def _rules6(host: Host, _questions: Questions) -> list[str]:
    return _rules_of(host, "-6")


def _rules_of(host: Host, family: str) -> list[str]:
    """The rules of policy routing; a kernel without it, or without this family, has none."""
    try:
        said = host.run(["ip", family, "rule"])
    except LvsError as error:
        if "not supported" not in str(error):
            raise
        said = ""
    return [" ".join(line.split()) for line in lines_in(said)]


def _ways(host: Host, questions: Questions) -> list[readers.Entry]:
    arrivals = {address: _arrival(host, address) for address in {way.arrives for way in questions.ways}}
    asked = [(way, arrivals[way.arrives]) for way in questions.ways]
    answers = ip_batch.ask(host, [_way_question(way, arrival) for way, arrival in asked])
    return [_way(host, way, arrival, done) for (way, arrival), done in zip(asked, answers)]


def _way_question(way: Way, arrival: str | None) -> tuple[str, ...]:
    return (*links.way_words(way.to, way.source), *(("iif", arrival) if arrival else ()))


def _way(host: Host, way: Way, arrival: str | None, done: Completed) -> readers.Entry:
    found = (
        readers.no_way(way.to, way.source, done.stderr)
        if done.rc
        else readers.parse_way(done.stdout, way.to, way.source)
    )
    if arrival and found["kind"] == "blackhole" and _is_filtered(host, way, arrival):
        found["kind"] = "filtered"
    return {**found, "arrives": way.arrives, "on": arrival}


def _is_filtered(host: Host, way: Way, arrival: str) -> bool:
    """Some kernels name their filtering of reverse paths, and others say no more than that the packet is invalid."""
    values = [host.read(f"{_CONF}/{name}/rp_filter") or "" for name in ("all", arrival)]
    strict = max(as_integer(value.strip()) or 0 for value in values) == _STRICT
    back = readers.interface_of(host.attempt(links.way_question(way.source or "", way.to)))
    return strict and back not in (None, arrival)


def _arrival(host: Host, address: str | None) -> str | None:
    """The interface that has this address, or on which it is reached."""
    if address is None:
        return None
    own = next((one.name for one in links.interfaces(host.run) if one.holds(address)), None)
    return own or readers.interface_of(host.attempt(links.way_question(address)))


def _listeners(host: Host, _questions: Questions) -> list[readers.Entry]:
    """ss lists no listener of SCTP."""
    found = readers.parse_listeners(host.run(["ss", "-Hntul"]))
    return found + readers.parse_sctp_endpoints(host.read(_SCTP_ENDPOINTS) or "")


def _sockets(host: Host, questions: Questions) -> list[readers.Entry]:
    """Connections of this host itself to a VIP, to an identd and to a name server."""
    vips = [f"[{vip}]" if ":" in vip else vip for vip in questions.vips]
    wanted = " or ".join([*(f"dst {vip}" for vip in vips), "dport = :113", "dport = :53"])
    return readers.parse_sockets(host.run(["ss", "-Hntua", f"( {wanted} )"]))


def _settings(host: Host, _questions: Questions) -> dict[str, str]:
    paths = [f"{_PROC_SYS}/{name.replace('.', '/')}" for name in readers.HOST_SETTINGS]
    paths += [path for name in readers.INTERFACE_SETTINGS for path in host.glob(_CONF, f"*/{name}")]
    texts = {path: host.read(path) for path in paths}
    return {_setting_name(path): text.strip() for path, text in texts.items() if text is not None}


def _setting_name(path: str) -> str:
    """As sysctl(8) names it, with a dot inside the name of an interface left as it is."""
    return ".".join(PurePosixPath(path).relative_to(_PROC_SYS).parts)


def _boot(host: Host, _questions: Questions) -> dict[str, readers.Entry]:
    return readers.boot_settings(lines_at_boot(host))


def _iptables(host: Host, _questions: Questions) -> dict[str, list[str]]:
    """The rules by the command that prints them. A table is only read where its kernel module is loaded already."""
    commands = []
    for prefix, names in zip(("ip", "ip6"), _NAMES_OF_LEGACY_TABLES):
        if host.read(names):
            commands.append(
                f"{prefix}tables-legacy-save" if host.which("iptables-legacy-save") else f"{prefix}tables-save"
            )
        if _has(host, "nf_tables") and host.which(f"{prefix}tables-nft-save"):
            commands.append(f"{prefix}tables-nft-save")
    return {command: lines_in(host.run([command, "-c"])) for command in commands}


def _nft(host: Host, _questions: Questions) -> str:
    if not (_has(host, "nf_tables") and host.which("nft")):
        return ""
    return host.run(["nft", "-j", "list", "ruleset"])


def _arptables(host: Host, _questions: Questions) -> list[str]:
    """Of both kinds: the one that speaks to nf_tables needs no module of its own."""
    commands = []
    if _has(host, "arptable_filter"):
        commands += [name for name in ("arptables-legacy-save", "arptables-save") if host.which(name)][:1]
    if _has(host, "nf_tables") and host.which("arptables-nft-save"):
        commands.append("arptables-nft-save")
    return [line for command in commands for line in lines_in(host.run([command]))]


def _conntrack(host: Host, _questions: Questions) -> dict[str, int] | None:
    numbers = {name: host.read(f"{_PROC_SYS}/net/netfilter/nf_conntrack_{name}") for name in ("count", "max")}
    known = {name: as_integer(text.strip()) for name, text in numbers.items() if text}
    return {name: number for name, number in known.items() if number is not None} or None


def _counters(host: Host, _questions: Questions) -> dict[str, int]:
    return readers.parse_counters((host.read("/proc/net/snmp") or "") + (host.read("/proc/net/netstat") or ""))


def _loaded(host: Host) -> set[str]:
    return {line.split(" ", 1)[0] for line in lines_in(host.read("/proc/modules") or "")}


def _has(host: Host, module: str) -> bool:
    """Whether the kernel has it already, loaded or built in, so that a look loads nothing."""
    built_in = f"/lib/modules/{os.uname().release}/modules.builtin"
    return module in _loaded(host) or f"/{module}.ko" in (host.read(built_in) or "")


def _kernel_modules(host: Host, questions: Questions) -> dict[str, str]:
    loaded = _loaded(host)
    return {name: _module_state(host, name, loaded) for name in questions.kernel_modules}


def _module_state(host: Host, name: str, loaded: set[str]) -> str:
    tried = None if name in loaded else host.attempt(["modprobe", "-nv", name])
    return readers.module_state(name, loaded, tried and (tried.rc, tried.stdout))


def _table(_host: Host, _questions: Questions) -> dict[str, t.Any] | None:
    """The kernel's table, None where ip_vs is not loaded."""
    with contextlib.closing(client.connect()) as kernel:
        if not kernel.loaded:
            return None
        taken, found = time.monotonic(), kernel.states(lambda _key: True)
        return {
            "taken": round(taken, 2),
            "services": [one.service.to_dict() for one in found],
            "states": [one.to_dict() for one in found],
            "timeouts": kernel.timeouts()._asdict(),
            "daemons": [daemon._asdict() for daemon in kernel.daemons()],
            **kernel.info(),
        }


def _later(when: float) -> dict[str, t.Any]:
    """The counters again: how fast they run is told by two looks, and by the time between them."""
    time.sleep(max(0.0, when - time.monotonic()))
    with contextlib.closing(client.connect()) as kernel:
        taken, found = time.monotonic(), kernel.states(lambda _key: True)
    return {"taken": round(taken, 2), "states": [one.to_dict() for one in found]}


def _held(_host: Host, questions: Questions) -> list[readers.Entry]:
    return held(questions.vips)


def _at_boot(host: Host, _questions: Questions) -> readers.Entry:
    return at_boot(host)


def _changes(host: Host, _questions: Questions) -> dict[str, readers.Entry]:
    """Who changed the host last, for each LVS; of one that was only set up, who did that."""
    begun = {name: changes.Change(lvs.by, lvs.since, "") for name, lvs in (ledger.read(host).value or {}).items()}
    latest: changes.Changes = _recorded(changes.read(host)) or {}
    return {name: one._asdict() for name, one in {**begun, **latest}.items()}


def _memory(host: Host, _questions: Questions) -> dict[str, int]:
    return readers.parse_memory(host.read("/proc/meminfo") or "")


def _drained(host: Host, _questions: Questions) -> list[readers.Entry]:
    path = str(host.at(drained.MEMORY))
    memory, origins = _recorded(drained.read_memory(path)) or {}, drained.read_origins(path)
    return [
        {
            "service": name[0].label,
            "realserver": name[1].label,
            "weight": one.weight,
            **origins.get(name, drained.UNKNOWN)._asdict(),
        }
        for name, one in {**seen.drained_by_file(host), **memory}.items()
    ]


def _placed(host: Host, _questions: Questions) -> list[readers.Entry]:
    return [one._asdict() for one in sorted(_recorded(vip_record.read(host)) or ())]


def _claims(host: Host, _questions: Questions) -> dict[str, list[str]]:
    """What each LVS of this host asks for."""
    return {name: sorted(lvs.things) for name, lvs in (_recorded(ledger.read(host)) or {}).items()}


def _recorded(found: Found[T]) -> T | None:
    if found.problem:
        raise found.problem
    return found.value


def _owners(_host: Host, _questions: Questions) -> list[str]:
    return table_owners()


def _keepalived(host: Host, _questions: Questions) -> readers.Entry:
    return seen.look(host)


def _adverts(_host: Host, questions: Questions) -> list[readers.Entry] | None:
    """None where nobody asked."""
    return [one._asdict() for one in vrrp.overhear(questions.overhear)] if questions.overhear else None


def _init(host: Host, _questions: Questions) -> readers.Entry:
    """Who starts at boot what is kept for it, if anybody can be told to."""
    return {"name": init.running(host), "known": init.is_known(host)}


def _units(host: Host, _questions: Questions) -> list[readers.Entry]:
    if init.is_systemd(host):
        return readers.parse_units(host.run(["systemctl", "list-units", "--all", "--plain", "--no-legend", "lvs-*"]))
    place = boot.at_boot(host)
    return [_service(path, place.is_lost(path)) for path in place.paths("lvs-*")] if isinstance(place, Scripts) else []


def _service(path: str, lost: bool) -> readers.Entry:
    """In the words of systemd."""
    state = "failed" if lost else "active"
    return {"unit": PurePosixPath(path).name, "loaded": "loaded", "state": state, "detail": ""}


def _nameservers(host: Host, _questions: Questions) -> list[str]:
    return readers.parse_nameservers(host.read("/etc/resolv.conf") or "")


_LOOKS: dict[str, Callable[[Host, Questions], t.Any]] = {
    "interfaces": _interfaces,
    "neighbours": _neighbours,
    "routes": _routes,
    "rules": _rules,
    "rules6": _rules6,
    "ways": _ways,
    "listeners": _listeners,
    "sockets": _sockets,
    "settings": _settings,
    "boot": _boot,
    "iptables": _iptables,
    "nft": _nft,
    "arptables": _arptables,
    "conntrack": _conntrack,
    "counters": _counters,
    "kernel_modules": _kernel_modules,
    "ipvs": _table,
    "memory": _memory,
    "held": _held,
    "at_boot": _at_boot,
    "changes": _changes,
    "drained": _drained,
    "placed": _placed,
    "claims": _claims,
    "owners": _owners,
    "keepalived": _keepalived,
    "adverts": _adverts,
    "init": _init,
    "units": _units,
    "nameservers": _nameservers,
}
KINDS = tuple(_LOOKS)
