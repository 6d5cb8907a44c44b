# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Conditions that are sysctls, live and in /etc/sysctl.conf, as the BSDs have them. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import typing as t

from ...module_utils._errors import LvsError
from .steps import (
    INET,
    Answers,
    Command,
    Condition,
    Files,
    Question,
    Remove,
    Run,
    Step,
    Write,
)
from .text import (
    drop_block,
    has_block,
    lines_of,
    put_block,
)
from .unix import Unix

_CONF = "/etc/sysctl.conf"
_BLOCK = "arp_hide"
_LINE = re.compile(r"(?P<name>[a-z][\w.]*)\s*\??=\s*(?P<value>[^\s#]+)")


class Wanted(t.NamedTuple):
    """A sysctl, the values that serve a VIP, and the one that the system has when nobody sets it."""

    name: str
    good: tuple[str, ...]
    default: str
    why: str
    family: str = INET


def questions(wanted: t.Sequence[Wanted], confs: tuple[str, ...] = (_CONF,)) -> tuple[Question, ...]:
    return (*(Command(("sysctl", one.name)) for one in wanted), *map(Files, confs))


class SysctlUnix(Unix):
    """A host whose conditions are sysctls. Of those wanted it has some: releases name them differently."""

    wanted: tuple[Wanted, ...]
    set_sysctl: tuple[str, ...] = ("sysctl",)
    confs: tuple[str, ...] = (_CONF,)
    """The files that set them at boot, in their order."""

    def __init__(self, answers: Answers) -> None:
        super().__init__(answers)
        self._live = {
            one: _value(answers.of("sysctl", one.name), one.name)
            for one in self.wanted
            if answers.succeeded("sysctl", one.name)
        }
        # What comes last wins, so it is where ours must be.
        self._conf = next((path for path in reversed(self.confs) if path in answers.files), _CONF)
        self._text = answers.file(self._conf)

    def at_boot(self, settings: dict[str, str]) -> dict[str, str]:
        """What is set at boot when the files say this."""
        return settings

    def _settings(self) -> dict[str, str]:
        return self.at_boot(_settings("\n".join(map(self.answers.file, self.confs))))

    def _former(self) -> dict[str, str]:
        """The same without what is ours."""
        texts = (drop_block(self.answers.file(path), _BLOCK) for path in self.confs)
        return self.at_boot(_settings("\n".join(texts)))

    def conditions(self) -> list[Condition]:
        boot, former = self._settings(), self._former()
        return [
            Condition(
                one.name, live, boot.get(one.name, one.default), former.get(one.name, one.default), one.good, one.why
            )
            for one, live in self._live.items()
            if one.family in self.families
        ]

    def meet(self) -> list[Step]:
        wanted = {one: live for one, live in self._live.items() if one.family in self.families}
        steps: list[Step] = [self._set(one, one.good[0]) for one, live in wanted.items() if live not in one.good]
        late = [condition for condition in self.conditions() if not condition.holds_at_boot]
        if not late:
            return steps
        # What the block says already it must go on saying.
        now, before = self._settings(), self._former()
        needed = [one for one in self._live if one in wanted or now.get(one.name, one.default) in one.good]
        ours = [one for one in needed if before.get(one.name, one.default) not in one.good]
        names = {one.name for one in ours}
        lines = [f"{one.name}={one.good[0]}" for one in ours]
        text = put_block(self._text, _BLOCK, lines, lambda line: _name(line) in names)
        return [*steps, Write("; ".join(condition.why for condition in late), self._conf, text)]

    def release(self) -> list[Step]:
        ours = {path: text for path in self.confs if has_block(text := self.answers.file(path), _BLOCK)}
        if not ours:
            return []
        why = "What was set for the VIPs goes back to what it was"
        before = self._former()
        back = [
            self._set(one, value, why)
            for one, live in self._live.items()
            if (value := before.get(one.name, one.default)) != live
        ]
        texts = {path: drop_block(text, _BLOCK) for path, text in ours.items()}
        return [*(Write(why, path, text) if text else Remove(why, path) for path, text in texts.items()), *back]

    def _set(self, one: Wanted, value: str, why: str = "") -> Run:
        return Run(why or one.why, (*self.set_sysctl, f"{one.name}={value}"))


def _value(text: str, name: str) -> str:
    match = re.search(rf"^{re.escape(name)}\s*[:=]\s*(\S+)\s*$", text, re.MULTILINE)
    if match is None:
        raise LvsError(f"sysctl {name}", text.strip()[:80], "is not a value. Run it on this host and see what it says.")
    return match[1]


def _name(line: str) -> str:
    match = _LINE.match(line)
    return match["name"] if match else ""


def _settings(text: str) -> dict[str, str]:
    """What /etc/sysctl.conf sets; the last line wins."""
    matches = (_LINE.match(line) for line in lines_of(text))
    return {match["name"]: match["value"] for match in matches if match}
