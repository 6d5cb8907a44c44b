# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines for the person who runs the playbook.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from ansible import constants
from ansible.utils.display import Display

from .._rules.shown import showable

# The settings of ansible.cfg that say how each style looks.
COLOURS = {"title": "COLOR_HIGHLIGHT", "bad": "COLOR_ERROR", "good": "COLOR_OK", "note": "COLOR_WARN"}


def show(lines: t.Iterable[t.Mapping[str, str]]) -> None:
    """Through what Ansible itself writes with: coloured on a terminal alone."""
    for line in lines:
        setting = COLOURS.get(line["style"])
        Display().display(showable(line["text"]), color=constants.config.get_config_value(setting) if setting else None)


def is_whole() -> bool:
    """Whether everything is to be shown, as with -v, and not only as much as fits on a screen."""
    return bool(Display().verbosity > 0)


def show_text(text: str, style: str = "plain") -> None:
    """A text with lines, all in one style."""
    show({"text": line, "style": style} for line in text.split("\n"))
