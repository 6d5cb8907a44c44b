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
    allowed,
    known,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.conftest import PLUGINS, vocabulary
from ansible_collections.linuxvirtualserver.lvs.tests.unit.windows.powershell import facts, needs_powershell, powershell

pytestmark = needs_powershell

MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.ps1"))
SCRIPTS = sorted([*(PLUGINS / "modules").glob("*.ps1"), *(PLUGINS / "module_utils").glob("*.psm1")])
TYPES = {"Ansible.Basic.AnsibleModule", LOOPBACK}

each_script = pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
each_module = pytest.mark.parametrize("module", MODULES)


# The steps and the state of a module, which the shared one calls; and what calls it.
SHARED = {"Get-LvsNetwork", "Get-LvsIndex", "Get-LvsNote", "Add-LvsNote", "Complete-LvsModule"}
BLOCKS = {"& $Take -Step $step", "& $Look"}


def calls(text: str) -> list[dict[str, t.Any]]:
    found: list[dict[str, t.Any]] = facts(text)["commands"]
    return found


def faults(text: str) -> list[str]:
    """What is not allowed in this script."""
    seen = facts(text)
    own = {name for name, _parameters in seen["parameters"]} | SHARED
    found = [f"syntax: {error}" for error in seen["errors"]]
    for call in calls(text):
        name = call["name"]
        if not call["plain"] or name is None:
            found += [] if call["text"] in BLOCKS else [f"not a command: {call['text']}"]
        elif name not in known() and name not in own:
            found.append(f"the command {name}")
        elif name not in own:
            found += [f"{name} -{one}" for one in call["parameters"] if one not in allowed(name)]
            found += _incautious(call) if name in CHANGING else []
    found += [f"a subexpression: {one}" for one in seen["inside"]]
    found += [f"newer than Windows PowerShell 5.1: {one}" for one in seen["newer"]]
    return found + [f"the type {name[1:-1]}" for name in seen["types"] if name[1:-1] not in TYPES]


def _incautious(call: dict[str, t.Any]) -> list[str]:
    """Who changes something must stop at an error and must not wait for an answer."""
    wanted = ["-ErrorAction Stop", *(["-Confirm:$false"] if CHANGING[call["name"]] else [])]
    return [f"{call['name']} without {word}" for word in wanted if word not in call["text"]]


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
    "if ($x {": "syntax: ",
    "$x = $y ? 1 : 2": "newer than Windows PowerShell 5.1: $y ? 1 : 2",
    "$x = $y ?? 1": "newer than Windows PowerShell 5.1: ??",
    "$x = ${y}?.Name": "newer than Windows PowerShell 5.1: ?.",
    "Get-NetAdapter && Get-NetRoute": "newer than Windows PowerShell 5.1: Get-NetAdapter && Get-NetRoute",
    "$x = 0b101": "newer than Windows PowerShell 5.1: 0b101",
    "$x = 12ul": "newer than Windows PowerShell 5.1: 12ul",
    '$x = "`e[0m"': 'newer than Windows PowerShell 5.1: "`e[0m"',
    '$x = "`u{20AC}"': 'newer than Windows PowerShell 5.1: "`u{20AC}"',
    "if ($IsWindows) { }": "newer than Windows PowerShell 5.1: $IsWindows",
    "Get-NetAdapter &": "newer than Windows PowerShell 5.1: Get-NetAdapter",
}


@pytest.mark.parametrize("text", FORBIDDEN)
def test_what_is_not_allowed_is_found(text: str) -> None:
    assert any(fault.startswith(FORBIDDEN[text]) for fault in faults(text))


@each_script
def test_what_windows_powershell_needs(path: Path) -> None:
    """Without a byte order mark it reads a file in the host's own code page."""
    assert path.read_bytes().isascii()
    assert path.suffix != ".ps1" or path.read_text().startswith("#!powershell\n")


def test_every_cmdlet_and_parameter_that_is_allowed_is_used() -> None:
    found = [call for path in SCRIPTS for call in calls(path.read_text())]
    assert set(known()) - {call["name"] for call in found} == set()
    used = {(call["name"], one) for call in found for one in call["parameters"]}
    assert {(name, one) for name, parameters in known().items() for one in parameters} - used == set()


def test_the_csharp_compiles_as_windows_powershell_compiles_it() -> None:
    """C# 5, and a warning is a fault."""
    text = (PLUGINS / "module_utils/_LoopbackDevice.cs").read_text()
    assert powershell().ask("Get-CSharpFaults", text) == []
    assert powershell().ask("Get-CSharpFaults", text.replace("string Create()", "string Create() => null; string X()"))


# Options: the script and the documentation say the same.


@each_module
def test_script_and_documentation_have_the_same_options(module: str) -> None:
    script = facts((PLUGINS / f"modules/{module}.ps1").read_text())["spec"]
    assert script["supports_check_mode"] is True
    documented = yaml.safe_load((PLUGINS / f"modules/{module}.yml").read_text())["DOCUMENTATION"]["options"]
    for option in documented.values():
        del option["description"]
    assert documented == script["options"]


# The answer: the keys that the scripts make are those that Python takes.


def hashes(text: str) -> dict[str, set[str]]:
    """The keys of the hashtables in each list of the answer, by the name of the list."""
    return {name: set(keys) for name, keys in facts(text)["lists"].items() if name in host.LISTS}


def network() -> dict[str, set[str]]:
    return hashes((PLUGINS / "module_utils/_Network.psm1").read_text())


@each_module
def test_the_answer_of_the_script_is_what_python_reads(module: str) -> None:
    written = {**network(), **hashes((PLUGINS / f"modules/{module}.ps1").read_text())}
    assert len(written) > len(network()) == 4
    for name, keys in written.items():
        kind = host.LISTS[name]
        assert keys == (set() if kind is str else {one.name for one in fields(kind)}), name


def test_python_reads_nothing_that_no_script_writes() -> None:
    written = {name for module in MODULES for name in hashes((PLUGINS / f"modules/{module}.ps1").read_text())}
    assert {*written, *network()} == set(host.LISTS)


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
