# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two buildings: module_utils is what runs on a managed host, plugin_utils what runs on the controller."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PREFIX = "ansible_collections.linuxvirtualserver.lvs.plugins."
# Every package may import _errors and _model; what else each may import stands behind it.
HOSTS = {
    "_errors": "",
    "_model": "",
    "_host": "",
    "_kernel": "_host",
    "_network": "_host _kernel",
    "_firewall": "_host _kernel",
    "_keepalived": "_host",
    "_ipvs": "_host _keepalived",
    "_evidence": "_host _kernel _network _ipvs _keepalived",
}
# What is pure in a host's packages may be asked on the controller, too: it knows the values and the words.
CONTROLLER = {
    "_rules": "",
    "_action": "_rules _plan _host",
    "_plan": "_rules",
    "_formats": "_rules _plan _unix _kernel _keepalived",
    "_picture": "_rules _plan",
    "_verify": "_rules _plan",
    "_doctor": "_rules _plan _picture _kernel",
    "_status": "_rules _plan _picture _verify _doctor _kernel",
    "_operations": "_rules _action _plan _verify _doctor _status",
    "_unix": "_rules _action _plan _host _network",
    "_windows": "_rules _action _plan _host _network",
}
ALLOWED: dict[tuple[str, ...], set[str]] = {
    (building, package): {package, "_errors", "_model", *others.split()}
    for building, packages in (("module_utils", HOSTS), ("plugin_utils", CONTROLLER))
    for package, others in packages.items()
}
Place = tuple[str, ...]  # module_utils, _model, table


def imports(file: Path) -> Iterator[tuple[int, Place]]:
    """The modules of ours that a file imports, and in which lines."""
    folder = file.relative_to(PLUGINS).parent.parts
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level:
            base = (*folder[: len(folder) - node.level + 1], *filter(None, module.split(".")))
        elif module.startswith(PREFIX):
            base = tuple(module.removeprefix(PREFIX).split("."))
        else:
            continue
        if PLUGINS.joinpath(*base).is_dir():
            yield from ((node.lineno, (*base, alias.name)) for alias in node.names)
        else:
            yield node.lineno, base


FILES = sorted(PLUGINS.rglob("*.py"))
IMPORTS = {file.relative_to(PLUGINS).with_suffix("").parts: list(imports(file)) for file in FILES}


@pytest.mark.parametrize("me", [me for me in IMPORTS if me[0] in ("module_utils", "plugin_utils")], ids="/".join)
def test_a_package_imports_only_what_lies_below_it(me: Place) -> None:
    allowed = ALLOWED[me[0], me[1]]
    wrong = [
        f"{'/'.join(me)}.py:{line}: {me[1]} may import {' '.join(sorted(allowed))}, not {'.'.join(target)}"
        for line, target in IMPORTS[me]
        if target[1] not in allowed or (me[0] == "module_utils" and target[0] != "module_utils")
    ]
    assert wrong == []


def test_everything_that_hosts_get_is_there_for_a_module() -> None:
    """What filters and actions alone need belongs into plugin_utils."""
    reached: set[Place] = set()
    todo = [me for me in IMPORTS if me[0] == "modules"]
    while todo:
        todo += [target for _line, target in IMPORTS[todo.pop()] if target not in reached]
        reached.update(todo)
    assert sorted(me for me in IMPORTS if me[0] == "module_utils" and me not in reached) == []


@pytest.mark.parametrize("me", [me for me in IMPORTS if me[0] == "modules"], ids="/".join)
def test_every_module_ends_before_it_begins_where_python_is_too_old(me: Place) -> None:
    """Not in the middle of a change: _errors refuses such a Python."""
    works = "AnsibleModule" in PLUGINS.joinpath(*me).with_suffix(".py").read_text()  # else its action does all of it
    assert not works or ("module_utils", "_errors") in shipped(me[1])


def shipped(module: str) -> set[Place]:
    """Everything of ours that Ansible sends along with a module: what it imports, and what that does."""
    reached: set[Place] = {("modules", module)}
    todo = [*reached]
    while todo:
        new = {target for _line, target in IMPORTS[todo.pop()]} - reached
        reached |= new
        todo += new
    return reached


CLAIMING = "arp_hide default_gateway firewall_rules ipvs_table kernel_setup tunnel_decap vip_address vip_route"
KEEPALIVED = "keepalived keepalived_table"
POOL = "ipvs_dest ipvs_service ipvs_table ipvs_trial"
# What is large, or brings much with it, goes along with these modules alone.
ALONG_WITH = {
    "_host/boot": f"{CLAIMING} keepalived_table lvs_evidence",
    "_host/claims": f"{CLAIMING} {KEEPALIVED} lvs_claims",
    "_host/changes": f"{CLAIMING} {POOL} ipvs_sync ipvs_timeout {KEEPALIVED} lvs_claims lvs_evidence test_service",
    "_host/keeper": "client_witness default_gateway ipvs_trial test_service",
    "_ipvs/client": f"{POOL} ipvs_info ipvs_sync ipvs_timeout {KEEPALIVED} lvs_claims lvs_evidence",
    "_ipvs/converge": f"{POOL} keepalived_table",
    "_ipvs/restore": "ipvs_table keepalived_table lvs_claims lvs_evidence",
    "_kernel/kernel": "arp_hide firewall_rules kernel_setup tunnel_decap",
    "_keepalived/daemon": KEEPALIVED,
    "_model/parse": f"{POOL} keepalived_table",
    "_model/table": f"{POOL} ipvs_info ipvs_sync ipvs_timeout {KEEPALIVED} lvs_claims lvs_evidence tunnel_decap",
    "_network/backends": "default_gateway lvs_evidence vip_address vip_route",
}


@pytest.mark.parametrize("part", ALONG_WITH)
def test_a_module_takes_along_only_what_it_needs(part: str) -> None:
    place = ("module_utils", *part.split("/"))
    assert {me[1] for me in IMPORTS if me[0] == "modules" and place in shipped(me[1])} == {*ALONG_WITH[part].split()}


def test_nothing_imports_a_module() -> None:
    """A module documents and calls; what others need of it lies in module_utils."""
    wrong = [
        f"{'/'.join(me)}.py:{line}: {'.'.join(target)} is a module; import what it calls"
        for me, found in IMPORTS.items()
        for line, target in found
        if target[0] == "modules" and me[0] != "modules"
    ]
    assert wrong == []


def test_what_a_host_gets_is_tested_without_a_controller() -> None:
    """Where no jinja2 is (tests/tools/units_oldest.sh), but for tests that begin with a plan."""
    folders = [Path(__file__).parent / "plugins" / name for name in ("modules", "module_utils")]
    files = [file for folder in folders for file in folder.rglob("*.py") if "planned" not in file.parts]
    assert [file.name for file in files if "plugin_utils" in file.read_text()] == []
