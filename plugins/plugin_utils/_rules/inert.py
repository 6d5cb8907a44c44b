# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The border between us and Ansible's templates: no text that leaves the collection is ever taken for a template.

Private: this file may change in any release; do not import it from outside the collection.

From ansible-core 2.19 on, a text is a template only when it came from a playbook or an inventory, so there is nothing
to do. Before, every text was one that was not marked as unsafe, and a mark on what a filter returns is lost: Ansible
writes a mapping down and reads it again. What is kept is the mark on the whole template, which lookups set as well.
"""

from __future__ import annotations

import functools
import importlib
import typing as t

from ansible import template
from ansible.errors import AnsibleConnectionFailure, AnsibleFilterError
from jinja2 import pass_context

from .shown import showable, showable_lines

Filter = t.Callable[..., object]

_EVERY_TEXT_IS_A_TEMPLATE = not hasattr(template, "trust_as_template")
# What a body may stumble over that was given something else than it takes, such as a plan that somebody edited.
_NOT_FOR_IT = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def inert(filters: t.Mapping[str, Filter]) -> dict[str, Filter]:
    """The filters by name, so that what they return is text and nothing else, and what they cannot use is refused."""
    return {name: _inert(name, body) for name, body in filters.items()}


def _inert(name: str, body: Filter) -> Filter:
    @pass_context
    @functools.wraps(body)
    def marking(context: t.Any, *arguments: object, **options: object) -> object:
        if _EVERY_TEXT_IS_A_TEMPLATE:
            context.unsafe = True
        try:
            return body(*arguments, **options)
        except _NOT_FOR_IT as error:
            raise AnsibleFilterError(
                f"linuxvirtualserver.lvs.{name}: what it was given is not what it takes ({type(error).__name__}: "
                f"{showable(error)}). See ansible-doc -t filter linuxvirtualserver.lvs.{name}; -vvv says where."
            ) from error

    return marking


def failed(reason: object) -> dict[str, t.Any]:
    """The result of an action that failed. Were it raised, Ansible would keep the words of hosts in it unmarked."""
    return {"failed": True, "msg": inert_value(showable_lines(reason))}


def unreachable(lost: AnsibleConnectionFailure) -> dict[str, t.Any]:
    """The result of an action whose host cannot be reached. What is raised, old cores keep unmarked as well.

    Whoever can take the address of a host that is down speaks there, and a play may go on with such a result.
    """
    if not _EVERY_TEXT_IS_A_TEMPLATE:
        raise lost
    return {"unreachable": True, "msg": inert_value(showable_lines(lost))}


def inert_value(value: t.Any) -> t.Any:
    """A value that is handed to Ansible past all templates, such as a variable of an inventory."""
    if not _EVERY_TEXT_IS_A_TEMPLATE:
        return value
    # Newer cores warn of this module, and will not have it.
    return importlib.import_module("ansible.utils.unsafe_proxy").wrap_var(value)
