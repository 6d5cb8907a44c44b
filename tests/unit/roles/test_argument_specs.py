# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three places that describe a role's variables say the same: defaults, argument spec and README."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
NAMES = sorted(path.name for path in ROLES.iterdir() if path.is_dir())
PYTHON_TYPES = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}
TABLE = re.compile(r"<!-- begin variables -->\n(.*)<!-- end variables -->", re.DOTALL)

Options = dict[str, dict[str, t.Any]]


def load(role: str, path: str) -> t.Any:
    return yaml.safe_load((ROLES / role / path).read_text(encoding="utf-8"))


def options(role: str) -> Options:
    return t.cast("Options", load(role, "meta/argument_specs.yml")["argument_specs"]["main"]["options"])


def readme_rows(role: str) -> dict[str, tuple[str, str]]:
    """Type and default of each variable in the README's table."""
    table = TABLE.search((ROLES / role / "README.md").read_text(encoding="utf-8"))
    assert table, f"roles/{role}/README.md has no table between the two variables markers"
    _title, _rule, *rows = table.group(1).strip().splitlines()
    cells = [[cell.strip() for cell in row.split("|")] for row in rows]
    return {row[1].strip("`"): (row[2], row[3].strip("`")) for row in cells}


def is_of_type(value: object, named: str) -> bool:
    """To Python a bool is an int, to Ansible it is not."""
    return isinstance(value, PYTHON_TYPES[named]) and isinstance(value, bool) == (named == "bool")


def test_there_are_the_two_roles() -> None:
    assert NAMES == ["director", "realserver"]


@pytest.mark.parametrize("role", NAMES)
def test_every_default_has_a_spec_and_every_spec_its_default(role: str) -> None:
    specified = {name: option["default"] for name, option in options(role).items() if not option.get("required")}
    assert load(role, "defaults/main.yml") == specified


@pytest.mark.parametrize("role", NAMES)
def test_every_default_is_of_its_type_and_one_of_its_choices(role: str) -> None:
    for name, option in options(role).items():
        default = option["default"]
        assert is_of_type(default, option["type"]), name
        chosen = default if isinstance(default, list) else [default]
        assert [one for one in chosen if one not in option.get("choices", chosen)] == [], name
        assert option["type"] != "list" or "elements" in option, name


@pytest.mark.parametrize("role", NAMES)
def test_the_readme_says_what_the_spec_says(role: str) -> None:
    def written(default: object) -> str:
        return (
            '""' if default == "" else default if isinstance(default, str) else yaml.safe_dump(default).split("\n")[0]
        )

    specified = {name: (option["type"], written(option["default"])) for name, option in options(role).items()}
    assert readme_rows(role) == specified


@pytest.mark.parametrize("role", NAMES)
def test_choices_are_explained(role: str) -> None:
    readme = (ROLES / role / "README.md").read_text(encoding="utf-8")
    for name, option in options(role).items():
        row = next(line for line in readme.splitlines() if line.startswith(f"| `{name}`"))
        assert [choice for choice in option.get("choices", []) if f"`{choice}`" not in row] == [], name


@pytest.mark.parametrize("role", NAMES)
def test_names_tell_the_role_and_public_from_internal(role: str) -> None:
    assert [name for name in options(role) if not name.startswith(f"{role}_")] == []
    internal = load(role, "vars/main.yml")
    assert [name for name in internal if not name.startswith(f"__{role}_")] == []


@pytest.mark.parametrize("role", NAMES)
def test_every_variable_is_used(role: str) -> None:
    files = [path for folder in ("tasks", "vars") for path in (ROLES / role / folder).iterdir()]
    # Some the plan reads from the inventory, and the role gets what it made of them.
    files.append(ROLES.parent / "plugins/plugin_utils/_plan/inventory.py")
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [name for name in options(role) if name not in text] == []


@pytest.mark.parametrize("role", NAMES)
def test_every_tag_is_documented_and_brings_the_plan(role: str) -> None:
    tags = {tag for task in load(role, "tasks/main.yml") for tag in task["tags"]}
    readme = (ROLES / role / "README.md").read_text(encoding="utf-8")
    assert [tag for tag in sorted(tags) if f"`{tag}`" not in readme] == []
    preflight = load(role, "tasks/main.yml")[0]
    assert set(preflight["tags"]) == tags
