# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Graphviz, where the controller has it.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import subprocess

_SECONDS = 30  # a picture of five hundred services takes five


def svg_of(graph: str) -> str:
    """The graph as an SVG to put into a page; nothing where there is no `dot`, or it fails: then the text must do."""
    command = ["dot", "-Tsvg"]
    try:
        drawn = subprocess.run(command, input=graph.encode(), capture_output=True, timeout=_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    _declaration, tag, picture = drawn.stdout.decode("utf-8", "replace").partition("<svg")
    return tag + picture
