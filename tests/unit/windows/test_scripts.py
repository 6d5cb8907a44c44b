# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the PowerShell of the collection may be: well-formed, only known cmdlets with known parameters, no strings run.

And the two sides of its JSON: each script's keys, options and steps, taken from its syntax tree, are those of Python.
"""

from __future__ import annotations

import typing as t
from dataclasses import fields
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._windows import after, gateway, host, vip
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.cmdlets import (
    CHANGING,
    LOOPBACK,
    READING,
    Basic,
    allowed,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.conftest import PLUGINS, vocabulary
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import (
    Exit,
    Hash,
    Node,
    Script,
    named,
    parse,
    text_of,
    walk,
)

MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.ps1"))
SCRIPTS = sorted([*(PLUGINS / "modules").glob("*.ps1"), *(PLUGINS / "module_utils").glob("*.psm1")])
EXECUTING = {"invoke-expression", "iex", "invoke-command", "start-process", "add-type", "new-object", "foreach-object"}

each_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
each_module = pytest.mark.parametrize("module", MODULES)


class Call(t.NamedTuple):
    """A command of a script: its name, its parameters, and the whole text."""

    name: str
    parameters: list[str]
    text: str


def nodes(text: str, *kinds: str) -> list[Node]:
    return [node for node in walk(parse(text)) if node.type in kinds]


def calls(text: str) -> list[Call]:
    return [
        Call(
            text_of(named(node)[0]),
            [
                text_of(one)[1:]
                for elements in named(node, "command_elements")
                for one in named(elements, "command_parameter")
            ],
            text_of(node),
        )
        for node in nodes(text, "command")
    ]


def faults(text: str) -> list[str]:
    """What is not allowed in this script."""
    own = {text_of(node) for node in nodes(text, "function_name")} | {"Get-LvsNetwork", "Get-LvsIndex"}
    found = [f"syntax at {node.start_point}: {text_of(node)}" for node in walk(parse(text)) if _broken(node)]
    for call in calls(text):
        if call.name in own or call.name == "Export-ModuleMember":
            continue
        if call.name not in READING and call.name not in CHANGING:
            found.append(f"the command {call.name}")
            continue
        found += [f"{call.name} -{name}" for name in call.parameters if name not in allowed(call.name)]
        if call.name in CHANGING:
            found += _incautious(call)
    found += [
        f"not a command: {text_of(node)}" for node in nodes(text, "command") if named(node)[0].type != "command_name"
    ]
    found += [f"a subexpression: {text_of(node)}" for node in nodes(text, "sub_expression", "script_block_expression")]
    found += [f"the type {name}" for name in _called_types(text) - {"Ansible.Basic.AnsibleModule", LOOPBACK}]
    return found


def _broken(node: Node) -> bool:
    return node.type == "ERROR" or node.is_missing


def _incautious(call: Call) -> list[str]:
    """Who changes something must stop at an error and must not wait for an answer."""
    wanted = ["-ErrorAction Stop", *(["-Confirm:$false"] if CHANGING[call.name][0] else [])]
    return [f"{call.name} without {word}" for word in wanted if word not in call.text]


def _called_types(text: str) -> set[str]:
    holders = [named(node)[0] for node in nodes(text, "invocation_expression")]
    return {text_of(holder)[1:-1] for holder in holders if holder.type == "type_literal"}


@each_script
def test_only_what_is_allowed(path: Path) -> None:
    assert faults(path.read_text()) == []


# Each must be found, or the test above says nothing.
FORBIDDEN = {
    "Invoke-Expression $text": "the command Invoke-Expression",
    "& $text": "not a command: & $text",
    ". $text": "not a command: . $text",
    '$x = "$(Get-Date)"': "a subexpression: $(Get-Date)",
    "$x = { Get-Date }": "a subexpression: { Get-Date }",
    "netsh interface show": "the command netsh",
    "Get-NetRoute -DestinationPrefix $x": "Get-NetRoute -DestinationPrefix",
    "Remove-NetRoute -NextHop $x -ErrorAction Stop": "Remove-NetRoute without -Confirm:$false",
    "Set-DnsClient -InterfaceIndex 1 -Confirm:$false": "Set-DnsClient without -ErrorAction Stop",
    "[System.IO.File]::Delete($x)": "the type System.IO.File",
    "if ($x {": "syntax at",
}


@pytest.mark.parametrize("text", FORBIDDEN)
def test_what_is_not_allowed_is_found(text: str) -> None:
    assert any(fault.startswith(FORBIDDEN[text]) for fault in faults(text))


@each_script
def test_what_windows_powershell_needs(path: Path) -> None:
    """Without a byte order mark it reads a file in the host's own code page."""
    assert path.read_bytes().isascii()
    assert path.suffix != ".ps1" or path.read_text().startswith("#!powershell\n")


def test_every_cmdlet_that_is_allowed_is_used() -> None:
    used = {call.name for path in SCRIPTS for call in calls(path.read_text())}
    assert {*READING, *CHANGING} - used == set()


def test_every_parameter_that_is_allowed_is_used() -> None:
    used = {(call.name, name) for path in SCRIPTS for call in calls(path.read_text()) for name in call.parameters}
    parameters = {name: READING.get(name) or CHANGING.get(name, (False, set()))[1] for name in [*READING, *CHANGING]}
    assert {(name, one) for name, allowed_ones in parameters.items() for one in allowed_ones} - used == set()


# Options: the script and the documentation say the same.


def specification(module: str) -> dict[str, t.Any]:
    """What the script gives to Ansible.Basic, which ends it here."""
    basic = Basic({})
    seen: list[Hash] = []

    def create(args: object, spec: Hash) -> object:
        seen.append(spec)
        raise Exit(args)

    interpreter = Script({}, {"Ansible.Basic.AnsibleModule": {"Create": create}})
    with pytest.raises(Exit):
        interpreter.run((PLUGINS / f"modules/{module}.ps1").read_text())
    assert basic.answer == {}
    return dict(seen[0])


def plain(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, (list, tuple)) else value


@each_module
def test_script_and_documentation_have_the_same_options(module: str) -> None:
    script = plain(specification(module))
    assert script["supports_check_mode"] is True
    documented = yaml.safe_load((PLUGINS / f"modules/{module}.yml").read_text())["DOCUMENTATION"]["options"]
    for option in documented.values():
        del option["description"]
    assert documented == script["options"]


# The answer: the keys that the scripts make are those that Python takes.


def hashes(text: str) -> dict[str, set[str]]:
    """The keys of the hashtables in each list of the answer, by the name of the list."""
    found: dict[str, set[str]] = {}
    for node in nodes(text, "hash_entry", "assignment_expression"):
        name, *_rest = named(node)
        listed = text_of(name).removeprefix("$state.")
        inside = [one for one in walk(node) if one.type == "hash_literal_expression"]
        if listed in host.LISTS and text_of(named(node)[-1]).startswith("@("):
            found[listed] = {text_of(named(entry)[0]) for one in inside for entry in nodes(text_of(one), "hash_entry")}
    return found


NETWORK = hashes((PLUGINS / "module_utils/_Network.psm1").read_text())


@each_module
def test_the_answer_of_the_script_is_what_python_reads(module: str) -> None:
    written = {**NETWORK, **hashes((PLUGINS / f"modules/{module}.ps1").read_text())}
    assert len(written) > len(NETWORK) == 4
    for name, keys in written.items():
        kind = host.LISTS[name]
        assert keys == (set() if kind is str else {one.name for one in fields(kind)}), name


def test_python_reads_nothing_that_no_script_writes() -> None:
    written = {name for module in MODULES for name in hashes((PLUGINS / f"modules/{module}.ps1").read_text())}
    assert {*written, *NETWORK} == set(host.LISTS)


# The steps: what Python plans is what the scripts know, with the words that they take.


SPELT = {"windows_vip_steps": vip.spell, "windows_gateway_steps": gateway.spell}
VALUES = {"enabled": True, "metric": 76, "prefix": 32, "seconds": 60, "undo": []}


@each_module
def test_every_step_that_the_script_knows_can_be_spelt(module: str) -> None:
    known = vocabulary(module)
    assert known
    for do, words in known.items():
        step = host.Step.of(do, **{word: VALUES.get(word, word) for word in words})
        spelt = SPELT[module](step)
        assert "{" not in spelt, spelt


def test_python_knows_the_same_steps_as_the_scripts() -> None:
    assert set(vocabulary("windows_vip_steps")) == set(after._AFTER) == set(vip._SPELLING)
    assert set(vocabulary("windows_gateway_steps")) == set(gateway._SPELLING)
