# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a template of an inventory lacks: the names that nothing defines, however deep.

Private: this file may change in any release; do not import it from outside the collection.
Pure: it reads templates and evaluates none. Ansible has evaluated them: what it could not is an object of jinja2's from
ansible-core 2.19 on, and before that the template itself.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from jinja2 import Environment, TemplateSyntaxError, Undefined, nodes
from jinja2.meta import find_undeclared_variables

Variables = Mapping[t.Any, object]

# Of extensions those that Ansible has, too. Nothing is rendered.
_PARSER = Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], autoescape=True)
_MARKS = ("{{", "{%")
# What Ansible puts into every template and no list of a host's variables has.
_ALWAYS_THERE = frozenset(_PARSER.globals) | {"hostvars", "lookup", "now", "omit", "q", "query", "undef", "vars"}
_DEEPEST = 10
_OF_THE_CONNECTION = ("ansible_host", "ansible_port", "ansible_user", "ansible_connection")


def may_lack(value: object) -> bool:
    """Whether a value of Ansible's is no value: not before every other is it asked what its template lacks."""
    return any(isinstance(leaf, Undefined) or _is_template(leaf) for leaf in _leaves(value))


def is_undefined(value: object) -> bool:
    """Whether Ansible found something undefined in a value."""
    return any(isinstance(leaf, Undefined) for leaf in _leaves(value))


def lacking(written: object, variables: Variables) -> list[str]:
    """The names that keep a variable from its value; `written` is what the inventory says, `variables` of the host."""
    names = sorted({name for leaf in _leaves(written) for name in _lacks(leaf, variables, 0)})
    return [name for name in names if not any(longer.startswith(f"{name}.") for longer in names)]


def is_fact(name: str) -> bool:
    """Whether only a host itself says this."""
    return name.startswith("ansible_") and name not in _OF_THE_CONNECTION


def _is_template(leaf: object) -> bool:
    return isinstance(leaf, str) and any(mark in leaf for mark in _MARKS)


def _leaves(value: object) -> t.Iterator[object]:
    """Without recursion: a list of services has tens of thousands."""
    rest = [(value, 0)]
    while rest:
        one, depth = rest.pop()
        if depth > _DEEPEST or isinstance(one, (str, Undefined)):
            yield one
        elif isinstance(one, Mapping):
            rest += [(inner, depth + 1) for inner in one.values()]
        elif isinstance(one, (list, tuple)):
            rest += [(inner, depth + 1) for inner in one]
        else:
            yield one


def _lacks(template: object, variables: Variables, depth: int) -> t.Iterator[str]:
    if not _is_template(template) or depth > _DEEPEST:
        return
    try:
        parsed = _PARSER.parse(str(template))
    except TemplateSyntaxError:
        return
    for name in find_undeclared_variables(parsed) - _ALWAYS_THERE:
        if name not in variables:
            yield next((path for path in _paths(parsed) if path.partition(".")[0] == name), name)
        else:
            for leaf in _leaves(variables[name]):
                yield from _lacks(leaf, variables, depth + 1)
    yield from (path for path in _paths(parsed) if _is_lacking(path.split("."), variables))


def _paths(parsed: nodes.Template) -> t.Iterator[str]:
    """Every name with its attributes, such as ansible_facts.default_ipv4.address."""
    for node in parsed.find_all((nodes.Getattr, nodes.Getitem)):
        path = _path(node)
        if path:
            yield path


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        inner, key = _path(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
        inner, key = _path(node.node), node.arg.value
    else:
        return ""
    return f"{inner}.{key}" if inner else ""


def _is_lacking(path: list[str], variables: Variables) -> bool:
    """A mapping on the way that lacks the next key; whatever else may have an attribute of the name."""
    value: object = variables
    for position, key in enumerate(path):
        if not isinstance(value, Mapping):
            return False
        if key not in value:
            return position > 0 and not hasattr(value, key)
        value = value[key]
    return False
