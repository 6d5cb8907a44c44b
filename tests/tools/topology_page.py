# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/topology.md with its pictures, and the golden files of the topology filter.

They are drawn from the inventories in docs/topology.

Run it from the repository root after a change of the drawings: .venv/bin/python tests/tools/topology_page.py
It needs Graphviz (Debian package graphviz) for the pictures; no test does.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INVENTORIES = ROOT / "docs/topology"
GOLDEN = ROOT / "tests/unit/fixtures/topology"
PAGE = ROOT / "docs/topology.md"

STYLES = {"ascii": "txt", "mermaid": "mmd", "dot": "dot"}
TITLES = {
    "nat": "LVS-NAT: replies go back through the director",
    "dr": "LVS-DR: replies go to the client past the director",
    "tun": "LVS-Tun: the same, to realservers anywhere",
}
HEADER = """<!--
Copyright: (c) 2026, linuxvirtualserver.lvs contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->
"""
INTRODUCTION = """
# Pictures of an LVS

`playbooks/topology.yml` draws what an inventory describes. It contacts no host, but with `-e lvs_topology_ask=true`:
then each says below the picture which [other LVS](several-lvs.md) it has. Installed, it is
`linuxvirtualserver.lvs.topology`.

```console
ansible-playbook -i inventories/example playbooks/topology.yml
ansible-playbook -i inventories/example playbooks/topology.yml -e lvs_topology_style=mermaid
ansible-playbook -i inventories/example playbooks/topology.yml -e lvs_topology_style=dot -e lvs_topology_file=lvs.dot
dot -Tsvg lvs.dot >lvs.svg
```

The same inventory always gives the same picture, so a difference between two of them is a change of the LVS. Thin
arrows are what clients send, thick ones what the director forwards, broken ones the way of the replies. Services
with the same realservers share a branch; of many the first stand for all, with their number. Of many VIPs, and of many
realservers that are served alike, one node stands for all; the doctor draws those at fault apart.

This page is written by `tests/tools/topology_page.py`.
"""


def section(name: str, title: str) -> str:
    """One LVS: its inventory, the picture, and what the other two styles say."""
    ascii_text = (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")
    mermaid = (GOLDEN / f"{name}.mmd").read_text(encoding="utf-8")
    return (
        f"\n## {title}\n\nInventory: [topology/{name}.yml](topology/{name}.yml)\n\n"
        f"![{title}](topology/{name}.svg)\n\n```text\n{ascii_text}```\n\n```mermaid\n{mermaid}```\n"
    )


def page() -> str:
    """The whole page, from the golden files."""
    return HEADER + INTRODUCTION + "".join(section(name, title) for name, title in TITLES.items())


def signature(dot: str) -> str:
    """What a picture says about its source, so that a test can tell an old one without Graphviz."""
    return f"sha256 of the Graphviz source: {hashlib.sha256(dot.encode()).hexdigest()}"


def draw(name: str, style: str) -> str:
    """The picture of one inventory, as the playbook writes it."""
    with tempfile.TemporaryDirectory() as folder:
        picture = Path(folder, "picture")
        chosen = ["-e", f"lvs_topology_style={style}", "-e", f"lvs_topology_file={picture}"]
        playbook = [sys.executable, "-m", "ansible", "playbook", "playbooks/topology.yml"]
        subprocess.run([*playbook, "-i", INVENTORIES / f"{name}.yml", *chosen], cwd=ROOT, check=True)
        return picture.read_text(encoding="utf-8")


def svg(dot: str) -> str:
    """The picture as Graphviz draws it, with our licence and its source's signature in it."""
    drawn = subprocess.run(["dot", "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout
    _prolog, start, body = drawn.partition("<svg ")
    return HEADER.replace("-->", f"{signature(dot)}\n-->") + start + body


def main() -> None:
    """Write everything."""
    for name in TITLES:
        for style, ending in STYLES.items():
            (GOLDEN / f"{name}.{ending}").write_text(draw(name, style), encoding="utf-8")
        dot = (GOLDEN / f"{name}.dot").read_text(encoding="utf-8")
        (INVENTORIES / f"{name}.svg").write_text(svg(dot), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
