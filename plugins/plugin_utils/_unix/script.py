# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A commented script for the operator of a realserver that is not Linux, where Ansible has no login. Pure.

Private: this file may change in any release; do not import it from outside the collection.

It says what the modules would do on a host that was just installed. What they would find out, the operator has to look
up: a comment says so. Lines for a file of somebody else are added to it unless they are there.
"""

from __future__ import annotations

import shlex
import typing as t

from . import decide, shell
from .steps import INET6, Step, Write, family_of
from .systems import BACKENDS
from .text import lines_of

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator, Sequence

    from .unix import Unix


def lines(system: str, vips: Sequence[str], gateways: Sequence[str]) -> Iterator[str]:
    """The script's lines for a host of a system."""
    for backend in BACKENDS:
        if backend.name == system:
            host = backend.imagine()
            possible = [vip for vip in vips if host.without_ipv6 is None or family_of(vip) != INET6]
            host.expect(possible)
            yield f"# On {host.title}, with no address on {host.loopback} but those of every host yet:"
            commands = list(_setup(host, possible))
            if host.present_if is not None and commands:
                commands = [f"if {host.present_if}; then", *commands, "fi"]
            yield from commands
            for gateway in gateways:
                yield f"# Set the default gateway to {gateway} where {host.title} keeps it, from the console."
            for vip in sorted(set(vips) - set(possible)):
                yield f"# On {host.title} {vip} must be set up by hand: {host.without_ipv6}."


def _setup(host: Unix, vips: Sequence[str]) -> Iterator[str]:
    if not vips:
        return
    for condition in host.conditions():
        yield f"# {condition.name} must be {condition.good[0]}. {condition.why}."
    for warning in host.warnings():
        yield f"# {warning}"
    for step in [*decide.hide(host, vips), *decide.vips_present(host, vips, True)]:
        yield f"# {step.why}."
        yield from _spell(step)


def _spell(step: Step) -> Iterator[str]:
    """A file of ours is written whole; a line for another's is added if it is not there."""
    if not isinstance(step, Write) or step.mode is not None:
        yield shell.spell(step)
        return
    path = shlex.quote(step.path)
    for line in lines_of(step.text):
        quoted = shlex.quote(line)
        # A last line without an end must not become one with it.
        whole = f'test -z "$(tail -c 1 {path} 2>/dev/null)" || echo >>{path}'
        yield f"if grep -Fx {quoted} {path} >/dev/null 2>&1; then :; else {whole}; echo {quoted} >>{path}; fi"
