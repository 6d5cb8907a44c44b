# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pages of HTML: self-contained, in one style, and whatever they are filled with is text.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it reads the templates of the collection alone.
"""

from __future__ import annotations

import functools
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from .._rules.shown import showable_lines


@functools.cache
def template(owner: str) -> Template:
    """The page.html.j2 beside a file of ours."""
    folders = [Path(owner).parent, Path(__file__).parent]  # style.css.j2 is here
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=_as_the_page_may_have_it, loader=FileSystemLoader(folders)
    )
    return environment.get_template("page.html.j2")


def _as_the_page_may_have_it(value: object) -> object:
    return value if isinstance(value, Markup) else showable_lines(value)
