# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How preflight.yml says what would change, of a host on which 500 VIPs would come."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks, Run
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import with_python

PREFLIGHT = ROOT / "playbooks/preflight.yml"
HOSTS = ("director", "realserver1", "realserver2")
PYTHON = """#!{python}
import json, pathlib, sys
host = pathlib.Path(sys.argv[0]).name
module = next(pathlib.Path(word).stem for word in sys.argv if "AnsiballZ_" in word).removeprefix("AnsiballZ_")
route = json.dumps([{{"dst": "192.168.1.11", "prefsrc": "192.168.1.9"}}], separators=(",", ":"))
told = {{"rc": 0, "stdout": route, "left_over": [], "unserved": {{"vips": [], "fwmarks": []}}, "invocation": {{}}}}
if (host, module) == ("realserver1", "vip_address"):
    vips = [f"10.9.{{number // 250}}.{{number % 250 + 1}}/32 dev lo" for number in range(500)]
    before, after = {{"addresses": []}}, {{"addresses": vips}}
    told.update(changed=True, before=before, after=after, diff=[{{"before": before, "after": after}}])
print(json.dumps({{"changed": False, **told}}))
"""


def preflight(site: Playbooks, folder: Path, *words: str) -> Run:
    inventory = with_python(folder, HOSTS, PYTHON)
    return site.run(EXAMPLE, "-i", str(inventory), *words, playbook=PREFLIGHT, ANSIBLE_PIPELINING="false")


def test_500_vips_are_a_line_and_all_of_them_are_in_the_file(site: Playbooks, tmp_path: Path) -> None:
    wishes = ("-e", f"preflight_diff={tmp_path}", "-e", "lvs_preflight_fail_on_changes=true")
    looked = preflight(site, tmp_path / "hosts", *wishes)
    at = looked.output.index("realserver1: would change\n")
    assert looked.output[at:].splitlines()[:5] == [
        "realserver1: would change",
        "  realserver vip: + 500 VIPs on lo: 10.9.0.1 to 10.9.1.250",
        "realserver2: nothing would change",
        "director: nothing would change",
        f"Written to {tmp_path}/HOST.diff, for each host",
    ]
    assert looked.output.count("10.9.0.1 ") == 1
    assert "10.9.0.7/32" not in looked.output
    assert (tmp_path / "realserver1.diff").read_text(encoding="utf-8").count("/32 dev lo") == 500
    assert "Something would change on realserver1, and lvs_preflight_fail_on_changes is set." in " ".join(
        looked.output.split()
    )
    assert looked.rc != 0
