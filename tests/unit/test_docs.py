# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people read: every link leads somewhere, and every example of an inventory is one that the plan takes."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(ROOT.glob("docs/*.md")),
    *sorted(ROOT.glob("roles/*/README.md")),
]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
HOSTS: dict[str, dict[str, Any]] = {
    "director": {"lvs_dip": "192.168.1.9/24"},
    "realserver1": {"lvs_rip": "192.168.1.11/24"},
    "realserver2": {"lvs_rip": "192.168.1.12/24"},
}
GROUPS = {"all": [*HOSTS], "directors": ["director"], "realservers": ["realserver1", "realserver2"]}


def anchors(page: Path) -> set[str]:
    """What can be linked to within a page, as GitHub makes it of headings."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.replace("`", "")).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"https?:", link):
            continue
        path, _hash, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_goes_by_a_server_to_what_lies_beside_it(page: Path) -> None:
    assert re.findall(r"\]\(https://github\.com/linuxvirtualserver/\S+", page.read_text()) == []


def test_the_readme_leads_to_every_page() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text()))
    assert [path.name for path in sorted(ROOT.glob("docs/*.md")) if f"docs/{path.name}" not in linked] == []


def test_the_site_has_every_page() -> None:
    listed = re.findall(r"/docs/([\w-]+)\.md>`__$", (ROOT / "docs/docsite/rst/guides.rst").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(path.stem for path in ROOT.glob("docs/*.md"))


def examples() -> list[Any]:
    """The lists of services that the documentation shows, and inventories with hosts of their own."""
    blocks = chain.from_iterable(
        [(page, number, yaml.safe_load(text)) for number, text in enumerate(YAML.findall(page.read_text()))]
        for page in PAGES
    )
    return [
        pytest.param(block, id=f"{page.relative_to(ROOT)}-{number}")
        for page, number, block in blocks
        if isinstance(block, dict) and ("lvs_services" in block or "children" in block.get("all", {}))
    ]


@pytest.mark.parametrize("block", examples())
def test_an_example_is_an_inventory(block: dict[str, Any]) -> None:
    variables = block.get("all", {}).get("vars", {})
    children = block.get("all", {}).get("children", {})
    groups, hosts = GROUPS, HOSTS
    if children:
        hosts = {name: {**own} for group in children.values() for name, own in group["hosts"].items()}
        groups = {"all": [*hosts], **{name: [*group["hosts"]] for name, group in children.items()}}
    services = block.get("lvs_services", variables.get("lvs_services", [{"vip": "192.168.1.110", "port": 80}]))
    found = make_plan(services, groups, hosts)["findings"]
    assert [one for one in found if one["severity"] == "error"] == []
