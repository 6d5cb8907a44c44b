# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others have made of a kernel module and would lose with it, although the kernel counts no user of it.

Private: this file may change in any release; do not import it from outside the collection.

A device holds no reference to the module of its kind: with the module goes every device of the kind, in the network
namespaces of containers as well, and so do the ports of fou and the tables of nf_tables.
"""

from __future__ import annotations

import contextlib
import functools
import typing as t

from .._errors import LvsError
from .._host.links import Run, ask, interfaces
from .._model.lines import lines_in

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from .._host.host import Host

# The kinds of device that come with a module, and the devices of those that it makes by itself.
_KINDS = {
    "dummy": ("dummy",),
    "ip6_gre": ("ip6gre", "ip6gretap", "ip6erspan"),
    "ip6_tunnel": ("ip6tnl",),
    "ip_gre": ("gre", "gretap", "erspan"),
    "ipip": ("ipip",),
    "sit": ("sit",),
}
_FALLBACKS = frozenset(("erspan0", "gre0", "gretap0", "ip6gre0", "ip6tnl0", "sit0", "tunl0"))
_FOU = {"fou": ("inet", "inet6"), "fou6": ("inet6",)}
_OWN = "/proc/self/ns/net"
# What the kernel gives a device by itself: a link-local address, and to sit0 each IPv4 address of the host.
_BY_ITSELF = ("fe80:", "::")

Holders = dict[str, list[str]]
Look = t.Callable[[Run, t.Collection[str]], t.Iterator[str]]


def holders(host: Host, modules: Iterable[str], ours: Collection[str] = ()) -> Holders:
    """What others have of these modules, by module. ``ours`` is what we set up: addresses, fou ports, nft tables."""
    found: Holders = {}
    for name in modules:
        others = list(_others(host, name, ours))
        if others:
            found[name] = others
    return found


def _others(host: Host, module: str, ours: Collection[str]) -> Iterator[str]:
    look = _look_of(host, module)
    if look is None:
        return
    yield from look(host.run, ours)
    for path in _namespaces(host):
        try:
            yield from [f"{name} of {path}" for name in look(functools.partial(_run_in, host, path), ())]
        except LvsError:
            # Whoever was in it may have ended.
            if host.at(path).exists():
                yield f"something that cannot be seen in {path}"


def _look_of(host: Host, module: str) -> Look | None:
    """How to find out what somebody has of this module; None: the kernel counts its users."""
    if module in _KINDS:
        return functools.partial(_devices, _KINDS[module])
    if module in _FOU:
        return functools.partial(_ports, _FOU[module])
    return _tables if module == "nf_tables" and host.which("nft") else None


def _run_in(host: Host, namespace: str, argv: Sequence[str]) -> str:
    return host.run(("nsenter", f"--net={namespace}", *argv))


def _devices(kinds: Sequence[str], run: Run, ours: Collection[str]) -> Iterator[str]:
    """A device that comes with the module is somebody's when it has an address that is not of ours."""
    for interface in interfaces(run, details=True):
        taken = [one for one in interface.addresses if one.ip not in ours and not one.ip.startswith(_BY_ITSELF)]
        if interface.kind in kinds and (interface.name not in _FALLBACKS or taken):
            yield interface.name


def _ports(families: Sequence[str], run: Run, ours: Collection[str]) -> Iterator[str]:
    for entry in ask(run, "fou", "show"):
        port = str(entry.get("port"))
        if entry.get("family") in families and port not in ours:
            yield f"fou port {port}"


def _tables(run: Run, ours: Collection[str]) -> Iterator[str]:
    for line in lines_in(run(("nft", "list", "tables"))):
        if line not in ours:
            yield f"nft {line}"


def _namespaces(host: Host) -> list[str]:
    """One path to each network namespace but our own: of a process in it, or of the name that somebody gave it."""
    paths = [*host.glob("/proc", "[0-9]*/ns/net"), *host.glob("/run/netns", "*")]
    known: dict[int, str] = {}
    for path in (_OWN, *paths):
        # A process may end between the listing and the reading.
        with contextlib.suppress(OSError):
            known.setdefault(host.at(path).stat().st_ino, path)
    return [path for path in known.values() if path != _OWN]
