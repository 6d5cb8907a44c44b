# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an inventory has from a vault: read like any other value, and not shown to people.

A plan names these texts under `vaulted`, so that whoever shows something of an LVS can hide them. On hosts they are as
the configuration needs them.

Private: this file may change in any release; do not import it from outside the collection.

Before ansible-core 2.19 a text from a vault is of a type of its own, which no parser takes for a text; from 2.19 on it
is one, with a mark. Ansible's own test knows both. It cannot know a file that is encrypted as a whole.
"""

from __future__ import annotations

import re
import typing as t

from ansible.plugins.test.core import vault_encrypted
from jinja2 import Undefined, UndefinedError

_HIDDEN = "(vaulted)"
_PART_OF_A_WORD = r"[\w.:-]"
_NO_MORE_OF_IT = r"(?![\w-]|\.\w|:)"
_NO_MORE_BUT_A_PORT = r"(?![\w-]|\.\w|:(?!\d{1,5}(?![\w.:])))"
# What a role or Ansible itself goes by in the result of a module of ours.
_GONE_BY = ("rc", "unserved", "lead")
# Of these very types, what is from a vault is none: most that a plan reads, which need not be asked for it.
_NEVER_VAULTED = frozenset({type(None), bool, int, float, str})
_DEEPEST = 50  # no value of an LVS is nested so deep, and whoever reads it refuses it as it is


class Vault:
    """Makes plain texts of those from a vault, and hides these again."""

    def __init__(self, texts: t.Iterable[str] = ()) -> None:
        self._texts = set(texts)
        self._pattern: re.Pattern[str] | None = None

    @property
    def texts(self) -> list[str]:
        """What is hidden."""
        return sorted(self._texts)

    def plain(self, value: t.Any) -> t.Any:
        """The same value without a vault in it."""
        return value if type(value) in _NEVER_VAULTED else self._plain(value, {}, 0)

    def _plain(self, value: t.Any, known: dict[int, tuple[t.Any, t.Any]], depth: int) -> t.Any:
        """`known` has each container with its copy: one may stand in several places, also in itself."""
        if type(value) in _NEVER_VAULTED or isinstance(value, Undefined):
            return value
        if vault_encrypted(value):
            return self._opened(value)
        if id(value) in known:
            return known[id(value)][1]
        if depth == _DEEPEST:
            return value
        if isinstance(value, t.Mapping):
            mapping: dict[t.Any, t.Any] = {}
            known[id(value)] = (value, mapping)
            for key in value:
                inner = self._plain(_inner(value, key), known, depth + 1)
                mapping[self._opened(key) if vault_encrypted(key) else key] = inner
            return mapping
        if isinstance(value, (list, tuple)):
            listed: list[t.Any] = []
            known[id(value)] = (value, listed)
            listed.extend(self._plain(_inner(value, index), known, depth + 1) for index in range(len(value)))
            return listed
        return value

    def _opened(self, value: t.Any) -> str:
        text = str(value)
        # The address is as much of a secret as the address with its prefix.
        self._texts.update(filter(None, (text, text.partition("/")[0])))
        return text

    def hide(self, value: t.Any) -> t.Any:
        """The value without the texts that came from a vault, where they stand as words, in keys, or as numbers."""
        if not self._texts:
            return value
        self._pattern = re.compile("|".join(map(_as_word, sorted(self._texts, key=lambda text: (-len(text), text)))))
        return self._hide(value)

    def _hide(self, value: t.Any) -> t.Any:
        if isinstance(value, str):
            return self._pattern.sub(_HIDDEN, value) if self._pattern else value
        if isinstance(value, t.Mapping):
            return {self._hide(key): inner if key in _GONE_BY else self._hide(inner) for key, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._hide(inner) for inner in value]
        if isinstance(value, (int, float)) and not isinstance(value, bool) and str(value) in self._texts:
            return _HIDDEN
        return value


def _inner(container: t.Any, key: object) -> t.Any:
    """What a container has there. From ansible-core 2.19 on a template is evaluated now, and may lack something."""
    try:
        return container[key]
    except UndefinedError:
        return Undefined()


def _as_word(text: str) -> str:
    end = _NO_MORE_OF_IT if ":" in text else _NO_MORE_BUT_A_PORT
    return rf"(?<!{_PART_OF_A_WORD}){re.escape(text)}{end}"


def vault_of(variables: t.Mapping[str, t.Any], arguments: object = None) -> Vault:
    """What is hidden of a task: what the plan of the run has from a vault, and what its own arguments have."""
    plans = (variables.get(name) for name in ("lvs_plan", "__director_plan", "__realserver_plan"))
    listed = [plan.get("vaulted") for plan in plans if isinstance(plan, t.Mapping)]
    # A host may have its own say in such a variable until it is refused.
    vault = Vault(
        text for texts in listed if isinstance(texts, list) for text in texts if isinstance(text, str) and text
    )
    vault.plain(arguments)
    return vault
