# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an inventory has from a vault: read like any other value, and not shown to people.

Private: this file may change in any release; do not import it from outside the collection.

Before ansible-core 2.19 a text from a vault is of a type of its own, which no parser takes for a text; from 2.19 on it
is one, with a mark. Ansible's own test knows both. It cannot know a file that is encrypted as a whole.
"""

from __future__ import annotations

import re
import typing as t

from ansible.plugins.test.core import vault_encrypted

_HIDDEN = "(vaulted)"
_PART_OF_A_WORD = r"[\w.:-]"
_DEEPEST = 50  # no value of an LVS is nested so deep, and whoever reads it refuses it as it is


class Vault:
    """Makes plain texts of those from a vault, and hides these again."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def plain(self, value: t.Any) -> t.Any:
        """The same value without a vault in it."""
        return self._plain(value, {}, 0)

    def _plain(self, value: t.Any, known: dict[int, tuple[t.Any, t.Any]], depth: int) -> t.Any:
        """`known` has each container with its copy: one may stand in several places, also in itself."""
        if vault_encrypted(value):
            return self._opened(value)
        if id(value) in known:
            return known[id(value)][1]
        if depth == _DEEPEST:
            return value
        if isinstance(value, t.Mapping):
            mapping: dict[t.Any, t.Any] = {}
            known[id(value)] = (value, mapping)
            for key, inner in value.items():
                mapping[self._opened(key) if vault_encrypted(key) else key] = self._plain(inner, known, depth + 1)
            return mapping
        if isinstance(value, (list, tuple)):
            listed: list[t.Any] = []
            known[id(value)] = (value, listed)
            listed.extend(self._plain(inner, known, depth + 1) for inner in value)
            return listed
        return value

    def _opened(self, value: t.Any) -> str:
        text = str(value)
        # The address is as much of a secret as the address with its prefix.
        self._texts.update(filter(None, (text, text.partition("/")[0])))
        return text

    def hide(self, value: t.Any) -> t.Any:
        """The value without the texts that came from a vault, where they stand as words."""
        if isinstance(value, str) and self._texts:
            longest_first = "|".join(map(re.escape, sorted(self._texts, key=lambda text: (-len(text), text))))
            return re.sub(rf"(?<!{_PART_OF_A_WORD})(?:{longest_first})(?![\w:-]|\.\w)", _HIDDEN, value)
        if isinstance(value, dict):
            return {key: self.hide(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.hide(inner) for inner in value]
        return value
