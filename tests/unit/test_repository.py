# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""House rules that no linter knows. Each of them was broken once, here or in a collection we learnt from."""

from __future__ import annotations

import ast
import importlib
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.python import KnowsPython

ROOT = Path(__file__).resolve().parents[2]
NAMESPACE = "linuxvirtualserver.lvs"
FQCN = f"ansible_collections.{NAMESPACE}"
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.py"))
# Steps of a playbook, which is what is tested.
OF_PLAYBOOKS = ["doctor", "drain", "preflight", "prove", "restore", "rolling", "status", "verify"]
# The action of the same name does all of the work; the module is there to document it.
ACTIONS_ALONE = [*OF_PLAYBOOKS, "say"]
# What playbooks and roles look with: nobody else's to call.
LOOKING = [
    "client_probe",
    "client_witness",
    "ipvs_trial",
    "lvs_claims",
    "lvs_evidence",
    "realserver_probe",
    "test_service",
]
INTERNAL = {*ACTIONS_ALONE, *LOOKING}
PUBLIC = sorted({*MODULES} - INTERNAL)
# PowerShell, which action plugins have run on Windows: nobody's to call, and without a Linux to test them on.
WINDOWS_MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("*.ps1"))

HEADER = "".join(Path(__file__).read_text().splitlines(keepends=True)[:3])
# Everybody's packages come from the registry and the mirror that their own machine is set to.
REGISTRY_HOST = re.compile(
    r"\b(?:(?:deb|ftp|archive|security|snapshot)[\w.]*\.debian|pypi|pythonhosted|npmjs)\.(?:org|com|net)\b"
)
SWALLOWED_ERROR = re.compile(r"\|\|\s*(?:true|:)(?:\s|$)|\bignore_errors:|\bfailed_when:\s*false\b|\bset \+e\b")

# In the way of _files.py, which alone knows how to make it last, and of _lines.py, which alone knows what ends a line.
OWN_WAY_TO_A_FILE = re.compile(
    r"\.(?:splitlines|atomic_move|write_text|write_bytes|unlink|rmdir|mkdir|rename|symlink_to)\("
    r"|\b(?:tempfile|shutil\.(?:copy|move|rmtree))|\bos\.(?:remove|replace|makedirs|symlink|link)\("
    r"|\bopen\([^()]*[\"'][wax]b?\+?[\"']"
)


def tree(*pathspecs: str) -> list[Path]:
    """The files that git has or would add: a rule holds before the commit, too."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate", "--", *pathspecs]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def lines_that_match(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if pattern.search(line)
    ]


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text())


class ReachedAnsibleModule(Exception):
    """Raised where a module would begin to run; carries the arguments of AnsibleModule()."""


def test_the_checkout_resolves_its_own_names() -> None:
    assert (ROOT / "collections" / FQCN.replace(".", "/")).samefile(ROOT)


@pytest.mark.parametrize("name", sorted({*MODULES} - {*ACTIONS_ALONE}))
def test_module_supports_check_mode(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_self: AnsibleModule, **arguments: object) -> None:
        raise ReachedAnsibleModule(arguments)

    monkeypatch.setattr(AnsibleModule, "__init__", stop)
    module = importlib.import_module(f"{FQCN}.plugins.modules.{name}")
    with pytest.raises(ReachedAnsibleModule) as reached:
        module.main()
    assert reached.value.args[0].get("supports_check_mode") is True


@pytest.mark.parametrize("name", ACTIONS_ALONE)
def test_module_only_documents_its_action(name: str) -> None:
    assert "AnsibleModule" not in (ROOT / f"plugins/modules/{name}.py").read_text()
    assert importlib.import_module(f"{FQCN}.plugins.action.{name}").ActionModule._supports_check_mode is True


@pytest.mark.parametrize("name", sorted({*MODULES} - {*ACTIONS_ALONE}))
def test_module_has_unit_tests_and_an_integration_target(name: str) -> None:
    assert (ROOT / f"tests/unit/plugins/modules/test_{name}.py").is_file()
    assert (ROOT / f"tests/integration/targets/{name}/tasks/main.yml").is_file()


def test_action_group_and_readme_have_the_public_modules() -> None:
    assert load("meta/runtime.yml")["action_groups"]["lvs"] == PUBLIC
    readme = (ROOT / "README.md").read_text()
    assert [name for name in PUBLIC if f"`{name}`" not in readme] == []
    assert [name for name in INTERNAL - {*OF_PLAYBOOKS} if f"`{name}`" in readme] == []


def documented(module: str, part: str) -> Any:
    source = (ROOT / f"plugins/modules/{module}.py").read_text()
    return yaml.safe_load(source.partition(f'{part} = r"""')[2].partition('"""')[0])


@pytest.mark.parametrize("name", MODULES)
def test_module_is_documented_as_internal_or_public(name: str) -> None:
    said = documented(name, "DOCUMENTATION")
    internal = (
        said["short_description"].startswith("Internal"),
        "linuxvirtualserver.lvs._internal" in said["extends_documentation_fragment"],
    )
    assert internal == (name in INTERNAL, name in INTERNAL)


@pytest.mark.parametrize("name", PUBLIC)
def test_module_that_changes_a_host_says_what_it_changed(name: str) -> None:
    reads = (
        "linuxvirtualserver.lvs._attributes.info" in documented(name, "DOCUMENTATION")["extends_documentation_fragment"]
    )
    assert reads or {"before", "after", "commands"} <= {*documented(name, "RETURN")}


def test_no_attribute_of_a_class_has_the_name_that_its_value_begins_with() -> None:
    """`systems = systems.NAMES`: ansible-test's own pylint plugin (deprecated_calls) follows such a name for ever."""
    found = [
        f"{path.relative_to(ROOT)}:{line.lineno}: {line.targets[0].id}"
        for path in sorted((ROOT / "plugins").rglob("*.py"))
        for kind in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(kind, ast.ClassDef)
        for line in kind.body
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name)
        if line.targets[0].id in [name.id for name in ast.walk(line.value) if isinstance(name, ast.Name)]
    ]
    assert found == []


@pytest.mark.parametrize("name", OF_PLAYBOOKS)
def test_a_playbook_with_steps_of_its_own_has_tests(name: str) -> None:
    assert (ROOT / f"plugins/action/{name}.py").is_file()
    assert (ROOT / f"tests/unit/playbooks/test_{name}.py").is_file()
    places = [*ROOT.glob(f"tests/{name}/test_*.py"), *ROOT.glob(f"tests/emulated/test_{name}.py")]
    lived = [*ROOT.glob("tests/habits/test_*.py"), *ROOT.glob("molecule/*/*/test_*.py")]
    lives = [path for path in lived if f"playbooks/{name}.yml" in path.read_text()]
    assert places or lives, "it is run on hosts by no test"


@pytest.mark.parametrize("name", MODULES)
def test_a_python_that_is_too_old_is_named_whichever_module_runs(name: str) -> None:
    """By the module's own action, though it has nothing else to do."""
    action = importlib.import_module(f"{FQCN}.plugins.action.{name}")
    assert issubclass(action.ActionModule, KnowsPython) or not action.ActionModule._requires_connection


@pytest.mark.parametrize("name", WINDOWS_MODULES)
def test_windows_module_is_documented_as_internal(name: str) -> None:
    said = load(f"plugins/modules/{name}.yml")["DOCUMENTATION"]["description"]
    assert any("internal" in sentence for sentence in said)


def test_plugin_files_are_private_plain_and_without_init() -> None:
    plugins = tree("plugins")
    assert [path for path in plugins if path.name == "__init__.py"] == []
    assert [path for path in plugins if path.parent.name == "module_utils" and not path.name.startswith("_")] == []
    assert [path for path in plugins if path.stat().st_mode & stat.S_IXUSR] == []


def test_every_file_of_the_collection_has_the_header() -> None:
    files = [
        path for path in tree("plugins", "roles", "playbooks", "tests", "meta") if path.suffix in {".py", ".yml", ".sh"}
    ]
    assert files
    assert [str(path.relative_to(ROOT)) for path in files if HEADER not in path.read_text()] == []


def test_the_tests_that_the_threat_model_names_are_there() -> None:
    """But for those of branches that are not merged: a comment lists them, and goes when the last one has come."""
    model, _comment, awaited = (ROOT / "SECURITY.md").read_text().partition("<!-- Of the branches")
    named = set(re.findall(r"`(tests/[^`]+)`", model))
    missing = {path for path in named if not (ROOT / path).exists()}
    assert missing == set(re.findall(r"tests/\S+", awaited))


def test_no_registry_is_named() -> None:
    assert lines_that_match(REGISTRY_HOST, tree()) == []


def test_no_error_is_swallowed() -> None:
    scripts = [
        path
        for path in tree()
        if path.suffix in {".sh", ".yml", ".j2"} or path.name in {"Makefile", "run"} or path.read_bytes()[:2] == b"#!"
    ]
    assert lines_that_match(SWALLOWED_ERROR, [path for path in scripts if path.suffix != ".py"]) == []


def test_there_is_one_way_to_a_file() -> None:
    files = [path for path in tree("plugins/*.py") if path.name != "files.py"]
    found = lines_that_match(OWN_WAY_TO_A_FILE, files)
    # A sysctl is no file that could be replaced.
    assert [line for line in found if "host.at(proc_path(name)).write_text" not in line] == []


def test_the_version_is_the_newest_in_the_changelog_or_still_collects_fragments() -> None:
    version = load("galaxy.yml")["version"]
    released = load("changelogs/changelog.yaml")["releases"]
    fragments = tree("changelogs/fragments")
    if version in released:
        assert max(released, key=lambda name: [int(part) for part in name.split(".")]) == version
        assert fragments == [], "galaxy.yml names a released version, and there is news: raise the version"
    else:
        assert ROOT / f"changelogs/fragments/{version}.yml" in fragments, "the release summary of this version"
