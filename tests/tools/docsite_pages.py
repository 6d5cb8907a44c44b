# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages of docs/ for the site that `make docsite` builds, with pictures of a terminal and of the doctor's page.

tests/tools/docsite.sh calls it with the folder that gets them. What a page links to is a page of the site where there
is one, and else a file of the repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from rich.console import Console
from rich.text import Text

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.graphviz import svg_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.page import drawing_of, page
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    SCENES,
    Farm,
    both,
)

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
GUIDE = re.compile(r"^\* `[^<]+<\S+/docs/([\w-]+)\.md>`__$", re.MULTILINE)
LINK = re.compile(r"(\]\()([^)#:\s]+)((?:#[^)\s]*)?\))")
ROLE = re.compile(r"\.\./roles/(\w+)/README\.md$")
# What pages of modules and plugins link to, and Ansible's own site alone has: each label leads to one page of ours.
ANSIBLE = "https://docs.ansible.com/ansible/latest"
ELSEWHERE = {
    "action_plugins": ("Action plugins", "plugins/action.html"),
    "ansible_configuration_settings": ("Configuration", "reference_appendices/config.html"),
    "common_return_values": ("Common return values", "reference_appendices/common_return_values.html"),
}
COLUMNS = 120
WIDTH, HEIGHT = 1000, 1500
TERMINAL = ["ansible-playbook", "-i", "inventories/example", "playbooks/topology.yml"]
# Below the first heading of which page, and what it shows.
PICTURES = {
    "first-lvs.md": ("terminal.svg", "What ansible-playbook linuxvirtualserver.lvs.topology shows of the example"),
    "doctor.md": ("doctor.png", "The doctor's page of an LVS with two faults"),
}


def on_the_site(text: str, repository: str) -> str:
    """The text of a page, with links that lead somewhere there."""

    def link(found: re.Match[str]) -> str:
        begin, path, end = found.groups()
        role = ROLE.fullmatch(path)
        if role:
            return f"{begin}#ansible_collections.linuxvirtualserver.lvs.{role[1]}_role)"
        return f"{begin}{repository}/blob/main/{path[3:]}{end}" if path.startswith("../") else found[0]

    return LINK.sub(link, text).replace("```mermaid\n", "```text\n")


def with_pages(guides: str) -> str:
    """The list of guides, with the pages themselves where it leads to the repository."""
    text = re.sub(r"^They are .*\n\n", "", guides, flags=re.MULTILINE)
    return GUIDE.sub(r"   \1", text.replace("\n\n* ", "\n\n.. toctree::\n   :maxdepth: 1\n\n* "))


def with_picture(text: str, name: str) -> str:
    """The page with its picture, if it has one."""
    if name not in PICTURES:
        return text
    picture, words = PICTURES[name]
    return re.sub(r"^# .*\n", lambda title: f"{title[0]}\n![{words}](pictures/{picture})\n", text, count=1, flags=re.M)


def draw_terminal(path: Path) -> None:
    """What a run shows in colour, as a terminal."""
    environment = {**os.environ, "ANSIBLE_FORCE_COLOR": "true", "COLUMNS": str(COLUMNS)}
    shown = subprocess.run(TERMINAL, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(shown))
        console.save_svg(str(path), title=" ".join(TERMINAL))


def draw_page(path: Path) -> None:
    """The doctor's page as a browser shows it."""
    farm = Farm()
    both(SCENES["service-missing"].change, SCENES["arp-answered"].change)(farm)
    found = farm.diagnose("refused")
    html = path.with_suffix(".html")
    html.write_text(page(found, farm.plan, farm.looked, "", svg_of(drawing_of(found, farm.plan))), encoding="utf-8")
    browser = ["chromium-headless-shell", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    options = [f"--user-data-dir={path.parent}/profile", f"--window-size={WIDTH},{HEIGHT}", f"--screenshot={path}"]
    subprocess.run([*browser, *options, html.as_uri()], check=True, capture_output=True)
    shutil.rmtree(path.parent / "profile")
    html.unlink()


def main(folder: Path) -> None:
    """Write everything."""
    repository = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))["repository"]
    guides = (DOCS / "docsite/rst/guides.rst").read_text(encoding="utf-8")
    (folder / "guides.rst").write_text(with_pages(guides), encoding="utf-8")
    pictures = folder / "pictures"
    pictures.mkdir()
    shutil.copytree(DOCS / "topology", folder / "topology")
    for source in DOCS.glob("*.md"):
        text = on_the_site(source.read_text(encoding="utf-8"), repository)
        (folder / source.name).write_text(with_picture(text, source.name), encoding="utf-8")
    parts = [f"({label})=\n## {title}\n\n<{ANSIBLE}/{path}>\n" for label, (title, path) in ELSEWHERE.items()]
    elsewhere = "\n".join(["---\norphan: true\n---\n# In Ansible's own documentation\n", *parts])
    (folder / "elsewhere.md").write_text(elsewhere, encoding="utf-8")
    draw_terminal(pictures / "terminal.svg")
    draw_page(pictures / "doctor.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
