# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the little of PowerShell that our scripts are written in, from their syntax tree.

There is no PowerShell to be had where the tests run. This knows only the forms that are listed here, in the narrowest
meaning that they have, and refuses all others: what it runs, Windows PowerShell 5.1 should, too, but that is not proven
by it. Unlike PowerShell it refuses a property that an object has not, a variable that was never set, a comparison of
unlike things, an unknown parameter, and output that nobody takes.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

import tree_sitter
import tree_sitter_pwsh

_PARSER = tree_sitter.Parser(tree_sitter.Language(tree_sitter_pwsh.language()))
Node = tree_sitter.Node
Cmdlet = t.Callable[["dict[str, t.Any]", "list[t.Any]"], "list[t.Any]"]


def parse(text: str) -> Node:
    """The syntax tree of a script."""
    return _PARSER.parse(text.encode()).root_node


def named(node: Node, *kinds: str) -> list[Node]:
    """The children that mean something, of these kinds or all."""
    return [
        child
        for child in node.children
        if child.is_named and child.type != "comment" and (not kinds or child.type in kinds)
    ]


def text_of(node: Node) -> str:
    return (node.text or b"").decode()


def walk(node: Node) -> t.Iterator[Node]:
    yield node
    for child in node.children:
        yield from walk(child)


class Refused(Exception):
    """The script does what this interpreter does not know, or what PowerShell would let pass and should not."""


class WindowsError(Exception):
    """An error record, as a script can catch it."""


class Return(Exception):
    """Leaves a function."""


class Exit(Exception):
    """Leaves the script, as Ansible.Basic does when it has printed its answer."""


class Hash(dict[str, t.Any]):
    """A hashtable: its keys are strings in any case."""

    def find(self, key: str) -> str:
        return next((known for known in self if known.lower() == key.lower()), key)

    def __getitem__(self, key: str) -> t.Any:
        return self.get(self.find(key))

    def __setitem__(self, key: str, value: t.Any) -> None:
        super().__setitem__(self.find(key), value)


@dataclass
class Thing:
    """An object with properties, and methods."""

    properties: dict[str, t.Any]
    methods: dict[str, t.Callable[..., t.Any]] = field(default_factory=dict)

    def get(self, name: str) -> t.Any:
        for known, value in self.properties.items():
            if known.lower() == name.lower():
                return value
        raise Refused(f"no property {name} among {sorted(self.properties)}")


@dataclass
class Function:
    """A function of a script."""

    parameters: list[tuple[str, str]]
    body: Node


class Script:
    """One module with what it imports, on one host."""

    def __init__(self, cmdlets: dict[str, Cmdlet], types: dict[str, dict[str, t.Callable[..., t.Any]]]) -> None:
        self.cmdlets = {name.lower(): cmdlet for name, cmdlet in cmdlets.items()}
        self.types = types
        self.functions: dict[str, Function] = {}
        self.scopes: list[dict[str, t.Any]] = [{"true": True, "false": False, "null": None, "args": []}]

    def run(self, text: str) -> None:
        """Run a script to its end; it must print nothing but by Ansible.Basic."""
        output = self._statements(parse(text))
        if output:
            raise Refused(f"the script wrote output of its own: {output}")

    # Statements: each gives the list of what it writes.

    def _statements(self, node: Node) -> list[t.Any]:
        output: list[t.Any] = []
        for child in named(node):
            output += self._statement(child)
        return output

    def _statement(self, node: Node) -> list[t.Any]:
        if node.type == "ERROR" or node.is_missing:
            raise Refused(f"syntax error at {node.start_point}: {text_of(node)!r}")
        handler = getattr(self, f"_do_{node.type}", None)
        if handler is None:
            raise Refused(f"statement {node.type} at {node.start_point}: {text_of(node)!r}")
        result: list[t.Any] = handler(node)
        return result

    def _do_statement_list(self, node: Node) -> list[t.Any]:
        return self._statements(node)

    _do_statement_block = _do_statement_list
    _do_script_block_body = _do_statement_list

    def _do_function_statement(self, node: Node) -> list[t.Any]:
        name, block = named(node)
        parameters = [
            (text_of(named(parameter, "variable")[0])[1:], self._type_of(parameter))
            for lists in [child for child in walk(block) if child.type == "parameter_list"]
            for parameter in named(lists, "script_parameter")
        ]
        self.functions[text_of(name).lower()] = Function(parameters, named(block, "script_block_body")[0])
        return []

    @staticmethod
    def _type_of(parameter: Node) -> str:
        literals = [child for child in walk(parameter) if child.type == "type_literal"]
        return text_of(literals[-1])[1:-1] if literals else "object"

    def _do_foreach_statement(self, node: Node) -> list[t.Any]:
        variable, items, body = named(node)
        output: list[t.Any] = []
        for item in _listed(self._value(items)):
            self._set(text_of(variable), item)
            output += self._statement(body)
        return output

    def _do_for_statement(self, node: Node) -> list[t.Any]:
        start, condition, step, body = named(node)
        self._statements(start)
        output: list[t.Any] = []
        while _truth(self._value(named(condition)[0])):
            output += self._statement(body)
            self._statements(step)
        return output

    def _do_if_statement(self, node: Node) -> list[t.Any]:
        condition, block, *others = named(node)
        if _truth(self._value(condition)):
            return self._statement(block)
        return [one for other in others for one in self._statement(named(other)[0])]

    def _do_switch_statement(self, node: Node) -> list[t.Any]:
        condition, body = named(node)
        wanted = self._value(named(condition)[0])
        otherwise: Node | None = None
        for clause in named(named(body)[0]):
            label, block = named(clause)
            if text_of(label) == "default":
                otherwise = block
            elif self._expression(named(label)[0]) == wanted:
                # Only words of ours are switched on, so no two clauses are meant.
                return self._statement(block)
        return [] if otherwise is None else self._statement(otherwise)

    def _do_try_statement(self, node: Node) -> list[t.Any]:
        block, clauses = named(node)
        try:
            return self._statement(block)
        except WindowsError as error:
            self._set("$_", _record(error))
            self._caught = error
            return self._statement(named(named(clauses)[0])[-1])

    def _do_flow_control_statement(self, node: Node) -> list[t.Any]:
        word = text_of(node).split()[0]
        values = named(node)
        if word == "return":
            raise Return(self._output(values[0]) if values else [])
        if word == "throw" and not values:
            raise self._caught
        if word == "throw":
            raise WindowsError(_text(self._value(values[0])))
        raise Refused(f"flow control {word}")

    def _do_pipeline(self, node: Node) -> list[t.Any]:
        return self._output(node)

    # Pipelines and commands.

    def _output(self, node: Node) -> list[t.Any]:
        """What a pipeline writes, one by one."""
        if node.type == "pipeline":
            (node,) = named(node)
        if node.type == "assignment_expression":
            self._assign(node)
            return []
        output: list[t.Any] = []
        for place, part in enumerate(named(node)):
            if part.type == "command":
                output = self._command(part, output)
            elif place == 0 and [child.type for child in named(part)] == ["post_increment_expression"]:
                self._increment(named(part)[0])
            elif place == 0:
                output = _unrolled(self._expression(part))
            else:
                raise Refused(f"an expression amid a pipeline: {text_of(part)!r}")
        return output

    def _value(self, node: Node) -> t.Any:
        """What a pipeline gives to a variable: an expression's own value, or what commands write, unwrapped."""
        while (
            node.type in ("pipeline", "pipeline_chain") and len(named(node)) == 1 and named(node)[0].type != "command"
        ):
            (node,) = named(node)
        if node.type not in ("pipeline", "pipeline_chain"):
            return self._expression(node)
        output = self._output(node)
        return (output[0] if len(output) == 1 else output) if output else None

    def _command(self, node: Node, piped: list[t.Any]) -> list[t.Any]:
        name_node, *rest = named(node)
        if name_node.type != "command_name":
            raise Refused(f"a command that is not named: {text_of(node)!r}")
        arguments = self._arguments(named(rest[0]) if rest else [])
        name = text_of(name_node).lower()
        if name in self.functions:
            return self._call(self.functions[name], arguments)
        if name not in self.cmdlets:
            raise Refused(f"the command {text_of(name_node)} is not known")
        action = arguments.get("ErrorAction", "Stop")
        try:
            return self.cmdlets[name](arguments, piped)
        except WindowsError:
            if action == "SilentlyContinue":
                return []
            raise

    def _arguments(self, nodes: list[Node]) -> dict[str, t.Any]:
        arguments: dict[str, t.Any] = {}
        waiting: str | None = None
        for node in nodes:
            if node.type == "command_argument_sep":
                continue
            if node.type == "command_parameter":
                waiting = text_of(node)[1:]
                arguments[waiting] = True  # a switch, until a value follows
                continue
            if waiting is None:
                raise Refused(f"an argument without the name of its parameter: {text_of(node)!r}")
            arguments[waiting] = text_of(node) if node.type == "generic_token" else self._expression(node)
            waiting = None
        return arguments

    def _call(self, function: Function, arguments: dict[str, t.Any]) -> list[t.Any]:
        known = {name.lower(): (name, form) for name, form in function.parameters}
        unknown = set(map(str.lower, arguments)) - set(known)
        if unknown:
            raise Refused(f"no parameters {sorted(unknown)}")
        given = {known[name.lower()][0]: _cast(known[name.lower()][1], value) for name, value in arguments.items()}
        self.scopes.append({name.lower(): given.get(name) for name, _form in function.parameters})
        try:
            return self._statement(function.body)
        except Return as leaving:
            returned: list[t.Any] = leaving.args[0]
            return returned
        finally:
            self.scopes.pop()

    # Variables.

    def _set(self, variable: str, value: t.Any) -> None:
        self.scopes[-1][variable[1:].lower()] = value

    def _get(self, variable: str) -> t.Any:
        name = variable[1:].lower()
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        raise Refused(f"{variable} was never set")

    def _increment(self, node: Node) -> None:
        variable = text_of(named(node)[0])
        self._set(variable, self._get(variable) + 1)

    def _assign(self, node: Node) -> None:
        left, operator, right = named(node)
        if text_of(operator) != "=":
            raise Refused(f"assignment by {text_of(operator)}")
        value = self._value(named(right)[0])
        target = named(named(left)[0])[0]
        if target.type == "variable":
            self._set(text_of(target), value)
            return
        holder = self._expression(named(target)[0])
        if not isinstance(holder, Hash):
            raise Refused(f"{text_of(target)} is set, which is in no hashtable")
        holder[self._key(target)] = value

    def _key(self, access: Node) -> str:
        _holder, key = named(access)
        return text_of(key) if access.type == "member_access" else _text(self._expression(key))

    # Expressions.

    def _expression(self, node: Node) -> t.Any:
        handler = getattr(self, f"_is_{node.type}", None)
        if handler is None:
            raise Refused(f"expression {node.type} at {node.start_point}: {text_of(node)!r}")
        return handler(node)

    def _is_unary_expression(self, node: Node) -> t.Any:
        (inner,) = named(node)
        return self._expression(inner)

    def _is_parenthesized_expression(self, node: Node) -> t.Any:
        return self._value(named(node)[0])

    def _is_variable(self, node: Node) -> t.Any:
        return self._get(text_of(node))

    def _is_integer_literal(self, node: Node) -> int:
        return int(text_of(node))

    def _is_string_literal(self, node: Node) -> str:
        (inner,) = named(node)
        written = text_of(inner)[1:-1]
        if inner.type == "verbatim_string_characters":
            return written.replace("''", "'")
        if re.search(r"[`(]", written):
            raise Refused(f"a string with more than variables in it: {written!r}")
        return re.sub(r"\$\w+", lambda match: _text(self._get(match.group())), written)

    def _is_array_expression(self, node: Node) -> list[t.Any]:
        return [one for inner in named(node) for one in self._statement(inner)]

    def _is_array_literal_expression(self, node: Node) -> list[t.Any]:
        return [self._expression(one) for one in named(node)]

    def _is_hash_literal_expression(self, node: Node) -> Hash:
        found = Hash()
        for entry in [child for body in named(node) for child in named(body)]:
            key, value = named(entry)
            written = text_of(key)
            if written in found:
                raise Refused(f"the key {written} is there twice")
            found[written] = self._value(value) if value.type == "pipeline" else self._statement(value)
        return found

    def _is_member_access(self, node: Node) -> t.Any:
        holder = self._expression(named(node)[0])
        name = text_of(named(node)[1])
        if isinstance(holder, Thing):
            return holder.get(name)
        if isinstance(holder, Hash):
            return holder[name]
        raise Refused(f".{name} of {holder!r}")

    def _is_element_access(self, node: Node) -> t.Any:
        holder = self._expression(named(node)[0])
        if not isinstance(holder, Hash):
            raise Refused(f"[] of {holder!r}")
        return holder[self._key(node)]

    def _is_invocation_expression(self, node: Node) -> t.Any:
        holder, name, arguments = named(node)
        values = [self._expression(named(one)[0]) for one in walk(arguments) if one.type == "argument_expression"]
        if holder.type == "type_literal":
            return self.types[text_of(holder)[1:-1]][text_of(name)](*values)
        thing = self._expression(holder)
        if not isinstance(thing, Thing) or text_of(name) not in thing.methods:
            raise Refused(f"no method {text_of(name)} on {thing!r}")
        return thing.methods[text_of(name)](*values)

    def _is_expression_with_unary_operator(self, node: Node) -> t.Any:
        (inner,) = named(node)
        if inner.type == "cast_expression":
            form, value = named(inner)
            return _cast(text_of(form)[1:-1], self._expression(value))
        operator = text_of(node.children[0])
        if operator == ",":
            return [self._expression(inner)]
        if operator == "-not":
            return not _truth(self._expression(inner))
        raise Refused(f"unary {operator}")

    def _is_logical_expression(self, node: Node) -> bool:
        left, right = named(node)
        if text_of(node.children[1]).lower() != "-and":
            raise Refused(text_of(node))
        return _truth(self._expression(left)) and _truth(self._expression(right))

    def _is_comparison_expression(self, node: Node) -> bool:
        left, operator, right = named(node)
        return _compare(text_of(operator), self._expression(left), self._expression(right))


def _record(error: WindowsError) -> Thing:
    return Thing({"Exception": Thing({"Message": str(error)})})


def _listed(value: t.Any) -> list[t.Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _unrolled(value: t.Any) -> list[t.Any]:
    """What an expression writes: the items of a list, one level deep."""
    return list(value) if isinstance(value, list) else [value]


def _truth(value: t.Any) -> bool:
    if value is None or isinstance(value, (bool, int, str)):
        return bool(value)
    raise Refused(f"the truth of {value!r}")


def _text(value: t.Any) -> str:
    if isinstance(value, (list, dict, Thing)):
        raise Refused(f"the string of {value!r}")
    return "" if value is None else str(value)


def _cast(form: str, value: t.Any) -> t.Any:
    if form in ("string", "Parameter"):
        return _text(value)
    if form == "int":
        return 0 if value is None else int(value)
    if form == "bool":
        return _truth(value)
    if form == "string[]":
        return [_text(one) for one in _listed(value)]
    if form == "System.Collections.IDictionary" and isinstance(value, Hash):
        return value
    raise Refused(f"a cast of {value!r} to {form}")


def _compare(operator: str, left: t.Any, right: t.Any) -> bool:
    if operator == "-in":
        return any(_compare("-eq", left, one) for one in _listed(right))
    if operator == "-ne":
        return not _compare("-eq", left, right)
    if operator == "-eq" and (left is None or right is None):
        return left is right
    if type(left) is not type(right) or not isinstance(left, (str, int)):
        raise Refused(f"{left!r} {operator} {right!r}")
    if operator == "-eq":
        return bool(left.lower() == right.lower() if isinstance(left, str) else left == right)
    if operator == "-lt" and isinstance(left, int):
        return bool(left < right)
    raise Refused(f"comparison by {operator}")
