# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Solaris 11 and illumos: addresses of lo0 by ipadm, which makes them for now and for boot at once. Pure.

Private: this file may change in any release; do not import it from outside the collection.

They answer ARP only for addresses of the interface that is asked, and take packets for those of lo0 unless the host
model is strong. The exit status of route(8) means little, so what became of its commands is looked at.
"""

from __future__ import annotations

import base64
import ipaddress
import re
import typing as t

from ...module_utils._errors import LvsError
from ...module_utils._model.address import canonical_address
from ...module_utils._model.lines import lines_in
from .route import SHOW_ROUTES, persistent_defaults
from .steps import (
    INET,
    INET6,
    Answers,
    Command,
    Condition,
    Files,
    Gateways,
    Held,
    Kept,
    Remove,
    Run,
    Write,
    family_of,
    full,
)
from .text import (
    edit_lines,
    first_words,
    lines_of,
)
from .unix import RUN_LATE, Unix, boot_gateway, keep_gateway

if t.TYPE_CHECKING:  # pragma: no cover
    from .steps import Step, Wish

_SHOW = ("ipadm", "show-addr", "-p", "-o", "addrobj,type,state,addr")
_PERSISTENT = ("ipadm", "show-addr", "-p", "-o", "addrobj,persistent")
_PROTOCOLS = {INET: "ipv4", INET6: "ipv6"}
_SHOW_MODEL = ("ipadm", "show-prop", "-c", "-o", "CURRENT,PERSISTENT", "-p", "hostmodel")
_DEFAULTROUTER = "/etc/defaultrouter"
_RECORD = "/etc/lvs_arp_hide"
# net-loopback of illumos makes lo0 anew at each boot, and ipadm keeps nothing on an interface that it does not keep.
_SCRIPT = "/etc/rc2.d/S99lvs_vip"
_HEAD = """\
#!/sbin/sh
# Written by linuxvirtualserver.lvs.vip_address; the next run puts back what is changed here.
# To undo it, run the same task with state: absent.
"""
_LINE = re.compile(r"^/usr/sbin/ipadm create-addr -t -T static -a (?P<ip>[\da-f.:]+)/\d+ lo0/\w+$", re.MULTILINE)

_FIELD = re.compile(r"(?<!\\):")
_ADDRESS = re.compile(r"(?P<ip>\d+\.\d+\.\d+\.\d+|[\da-f:]*:[\da-f:.]*)(?:/(?P<length>\d+))?", re.IGNORECASE)
_WHY = "Answer clients by the gateway that the forwarding method needs"


class Object(t.NamedTuple):
    """A line of `ipadm show-addr`."""

    name: str
    type: str
    state: str
    address: str


class Solaris11(Unix):
    """One host with ipadm."""

    name = "SunOS"
    title = "Solaris 11 or illumos"
    questions = (
        Command(_SHOW),
        Command(_PERSISTENT),
        *(Command((*_SHOW_MODEL, protocol)) for protocol in ("ipv4", "ipv6")),
        Command(SHOW_ROUTES),
        Files(_DEFAULTROUTER),
        Files(_RECORD),
        Files(_SCRIPT),
    )

    fresh: t.ClassVar = {
        _SHOW: "lo0/v4:static:ok:127.0.0.1/8",
        _PERSISTENT: "",
        SHOW_ROUTES: "",
        (*_SHOW_MODEL, "ipv4"): "weak:",
        (*_SHOW_MODEL, "ipv6"): "weak:",
    }
    scripts = RUN_LATE
    own = (_SCRIPT,)
    present_if = "test -x /usr/sbin/ipadm"

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._objects = parse_objects(answers.of(*_SHOW))
        fields = (split(line, 1) for line in lines_in(answers.of(*_PERSISTENT)))
        self._script = answers.file(_SCRIPT)
        self._persistent = {field[0] for field in fields if len(field) == 2 and "U" in field[1]}
        self.one_store = any(name.startswith("lo0/") for name in self._persistent)

    @classmethod
    def fits(cls, answers: Answers) -> bool:
        return answers.succeeded(*_SHOW)

    def addresses(self) -> list[Held]:
        found = ((one, _ADDRESS.match(one.address)) for one in self._objects)
        return [
            Held(
                ip,
                int(match["length"]) if match["length"] else None,
                one.name.partition("/")[0],
                one.name,
                one.state == "ok",
            )
            for one, match in found
            if match and (ip := canonical_address(match["ip"]))
        ]

    def kept(self) -> list[Kept]:
        stored = [Kept(held.ip, held.handle) for held in self.addresses() if held.handle in self._persistent]
        return [*stored, *(Kept(match["ip"], _SCRIPT) for match in _LINE.finditer(self._script))]

    def put(self, wish: Wish) -> list[Step]:
        by_ipadm = wish.keep if self.one_store else frozenset()
        live = [
            Run(
                "Take the VIP, now and at boot" if vip in by_ipadm else "Take the VIP until the next boot",
                ("ipadm", *_create(vip, vip not in by_ipadm)),
            )
            for vip in wish.take
        ]
        return [*live, *self._store(frozenset() if self.one_store else wish.keep, wish.forget)]

    def _store(self, keep: frozenset[str], forget: frozenset[str]) -> list[Step]:
        """A script, where ipadm makes addresses of lo0 only until the next boot."""
        new = keep - {match["ip"] for match in _LINE.finditer(self._script)}
        text = edit_lines(
            self._script or _HEAD,
            lambda line: (match := _LINE.match(line)) is not None and match["ip"] in forget,
            [f"/usr/sbin/ipadm {' '.join(_create(vip, True))}" for vip in sorted(new)],
        )
        if text in (self._script, _HEAD):
            return [Remove("Bring no VIP back at boot", _SCRIPT)] if self._script and text == _HEAD else []
        return [Write("Have the VIPs at boot", _SCRIPT, text, "744")]

    def remove(self, held: Held) -> list[Step]:
        # A logical interface that ifconfig made has no name here.
        by_ifconfig = held.handle.endswith("/?")
        argv = (
            ("ifconfig", held.interface, "removeif", held.ip) if by_ifconfig else ("ipadm", "delete-addr", held.handle)
        )
        return [Run("Give the address up", argv)]

    def conditions(self) -> list[Condition]:
        return [self._model(protocol) for family, protocol in _PROTOCOLS.items() if family in self.families]

    def _model(self, protocol: str) -> Condition:
        current, _colon, persistent = self.answers.of(*_SHOW_MODEL, protocol).strip().partition(":")
        former = self._former().get(protocol, persistent or current)
        why = "With a strong host model packets for a VIP on lo0 are dropped"
        return Condition(f"hostmodel {protocol}", current, persistent or current, former, ("weak", "src-priority"), why)

    def _former(self) -> dict[str, str]:
        """The host models from before, which the record has as `hostmodel PROTOCOL MODEL`."""
        words = (line.split() for line in lines_of(self.answers.file(_RECORD)))
        return {line[1]: line[2] for line in words if len(line) == 3}

    def meet(self) -> list[Step]:
        strong = [one for one in self.conditions() if not (one.holds_live and one.holds_at_boot)]
        if not strong:
            return []
        former = {**self._former(), **{one.name.split()[1]: one.former for one in strong}}
        text = "".join(f"hostmodel {protocol} {model}\n" for protocol, model in sorted(former.items()))
        record = Write("Remember the host model from before", _RECORD, text, "644")
        return [record, *(Run(one.why, _set_model("weak", one.name.split()[1])) for one in strong)]

    def release(self) -> list[Step]:
        why = "The host model as it was before"
        back: list[Step] = [Run(why, _set_model(model, protocol)) for protocol, model in self._former().items()]
        return [*back, Remove("It is as it was before", _RECORD)] if back else []

    def warnings(self) -> list[str]:
        protected = ", ".join(one.handle for one in self.interfaces if "L3PROTECT" in one.flags)
        text = (
            f"Link protection (L3PROTECT) on {protected} drops what this host sends from a VIP. Allow the "
            "VIPs in the global zone: vmadm update, allowed_ips (SmartOS); dladm set-linkprop -p allowed-ips; "
            "allowed-address of the zone."
        )
        return [text] if protected else []

    def _persistent_defaults(self) -> list[str]:
        return persistent_defaults(self.answers.of(*SHOW_ROUTES))

    def gateways(self) -> Gateways:
        dhcp = [one.name for one in self._objects if one.type == "dhcp"]
        routers = [*first_words(self.answers.file(_DEFAULTROUTER)), *self._persistent_defaults()]
        said = [*routers, *self.default_routes()]
        boot, unclear = boot_gateway(f"{_DEFAULTROUTER} or route -p", said)
        return Gateways(self.live_gateways(), boot, f"DHCP ({', '.join(dhcp)})" if dhcp else None, unclear)

    def reroute(self, old: list[str], new: str | None) -> list[Run]:
        """Two may be there at once, so the new one comes first."""
        added = [] if new is None else [Run(_WHY, ("route", "add", "default", new), checked=False)]
        gone = "Remove this default gateway"
        return [*added, *(Run(gone, ("route", "delete", "default", one), checked=False) for one in old)]

    def save_gateway(self, gateway: str | None) -> list[Step]:
        before = self.answers.file(_DEFAULTROUTER)
        in_file = bool(first_words(before))
        stale = [one for one in self._persistent_defaults() if in_file or one != gateway]
        gone = "Remove this default gateway from the boot configuration"
        steps: list[Step] = [Run(gone, ("route", "-p", "delete", "default", one), checked=False) for one in stale]
        if in_file:
            steps += keep_gateway(_DEFAULTROUTER, before, gateway)
        elif gateway is not None and gateway not in self._persistent_defaults():
            steps.append(Run("Have the gateway at boot", ("route", "-p", "add", "default", gateway), checked=False))
        return steps


def split(line: str, fields: int) -> list[str]:
    """The fields of a line of ipadm -p: colons between them, and a backslash before one that belongs to a field."""
    return [field.replace("\\", "") for field in _FIELD.split(line, maxsplit=fields)]


def parse_objects(text: str) -> list[Object]:
    """The address objects that `ipadm show-addr -p` lists."""
    found = [split(line, 3) for line in lines_in(text) if line.strip()]
    bad = [fields for fields in found if len(fields) != 4 or "/" not in fields[0]]
    if bad or not found:
        shown = ":".join(bad[0])[:80] if bad else text
        raise LvsError(" ".join(_SHOW), shown, "lists no address object. Run it on this host and see what it says.")
    return [Object(*fields) for fields in found]


def _object(vip: str) -> str:
    """A name that begins with a letter and has letters and digits only, 32 at most: IPv6 is packed for that."""
    if family_of(vip) == INET6:
        packed = base64.b32encode(ipaddress.IPv6Address(vip).packed).decode()
        return f"lo0/lvs{packed.rstrip('=').lower()}"
    return f"lo0/lvs{vip.replace('.', 'x')}"


def _create(vip: str, until_boot: bool) -> tuple[str, ...]:
    return ("create-addr", *(("-t",) if until_boot else ()), "-T", "static", "-a", full(vip), _object(vip))


def _set_model(model: str, protocol: str) -> tuple[str, ...]:
    return ("ipadm", "set-prop", "-p", f"hostmodel={model}", protocol)
