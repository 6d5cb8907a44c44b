# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/import.yml, run by the real ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import ansible_playbook
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import with_python

ROOT = Path(__file__).resolve().parents[3]
KEEPALIVED = """\
global_defs {
    router_id "{{ 1 + 1 }}"
}
virtual_server 192.168.1.110 80 {
    lvs_sched rr
    lvs_method DR
    real_server 192.168.1.11 80 {
        weight 2
    }
}
"""

DIRECTOR = """#!{python}
import json, pathlib, sys
module = next(pathlib.Path(word).stem for word in sys.argv if "AnsiballZ_" in word).removeprefix("AnsiballZ_")
pools = [(80, "192.168.1.11"), (25, "192.168.1.12")]
services = [
    dict(family="ipv4", vip="192.168.1.110", protocol="tcp", port=port, scheduler="rr", realservers=[
        dict(rip=rip, port=port, forwarding="dr", weight=1)
    ])
    for port, rip in pools
]
own = [dict(addr_info=[dict(local="192.168.1.9", prefixlen=24)])]
print(json.dumps({{"changed": False, **{{
    "ipvs_info": dict(services=services, timeouts={{}}, daemons=[]),
    "lvs_claims": dict(services=dict(web=["tcp 192.168.1.110:80"], mail=["tcp 192.168.1.110:25"])),
    "command": dict(stdout=json.dumps(own), rc=0),
}}[module]}}))
"""

Import = t.Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def run_import(tmp_path: Path) -> Import:
    """Runs the playbook in an empty folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    environment = {
        **kept,
        "HOME": str(tmp_path),
        "PWD": "/",  # a service or a timer may have none that is right
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_LOCAL_TEMP": str(tmp_path / "tmp"),
        "ANSIBLE_NOCOLOR": "true",
    }

    def run(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        argv = [*ansible_playbook(tmp_path), str(ROOT / "playbooks/import.yml"), *words]
        extra = ["-e", json.dumps(variables)]
        return subprocess.run(
            [*argv, *extra], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )

    return run


def test_it_writes_an_inventory_that_says_what_is_missing(run_import: Import, tmp_path: Path) -> None:
    # Old remarks are in old encodings.
    (tmp_path / "keepalived.conf").write_text(f"{KEEPALIVED}# Größe\n", encoding="latin-1")
    ran = run_import(import_file="keepalived.conf", import_dip="192.168.1.9/24")
    assert ran.returncode == 0, ran.stdout
    assert "DEPRECATION" not in ran.stdout + ran.stderr
    assert f"\nWritten to {tmp_path}/lvs-inventory.yml\n" in ran.stdout
    text = (tmp_path / "lvs-inventory.yml").read_text(encoding="utf-8")
    assert "# WARNING keepalived.conf:1 global_defs: is not taken over, with router_id (line 2)" in text
    assert "{{" not in text
    inventory = yaml.safe_load(text)["all"]
    assert inventory["vars"]["lvs_services"][0]["realservers"] == [{"host": "realserver1", "weight": 2}]
    assert inventory["children"]["directors"]["hosts"]["director"]["lvs_dip"] == "192.168.1.9/24"


def test_one_of_several_lvs_of_a_director_is_written(run_import: Import, tmp_path: Path) -> None:
    hosts = ("-i", str(with_python(tmp_path / "hosts", ["director"], DIRECTOR)))
    ran = run_import(*hosts, import_host="director", import_lvs="mail")
    assert ran.returncode == 0, ran.stdout
    written = yaml.safe_load((tmp_path / "lvs-inventory.yml").read_text(encoding="utf-8"))["all"]
    assert written["vars"]["lvs_name"] == "mail"
    assert [(one["port"], one["realservers"]) for one in written["vars"]["lvs_services"]] == [(25, ["realserver1"])]
    assert "192.168.1.11" not in json.dumps(written).replace("192.168.1.110", "")
    refused = run_import(*hosts, import_host="director", import_lvs="shop", import_to="other.yml")
    assert refused.returncode != 0
    assert "import_lvs: shop is no LVS of director, which has mail and web." in " ".join(refused.stdout.split())
    assert not (tmp_path / "other.yml").exists()


def test_it_overwrites_only_when_told_to(run_import: Import, tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("-A -f 5 -s rr\n-a -f 5 -r 192.168.1.11:0 -g -w 1\n", encoding="utf-8")
    mine = tmp_path / "mine.yml"
    mine.write_text("mine", encoding="utf-8")
    ran = run_import(import_file="rules", import_to="mine.yml")
    assert ran.returncode != 0
    assert "is there already" in ran.stdout
    assert mine.read_text(encoding="utf-8") == "mine"
    ran = run_import(import_file="rules", import_to="mine.yml", import_format="ipvsadm", import_overwrite="true")
    assert ran.returncode == 0, ran.stdout
    assert "fwmark: 5" in mine.read_text(encoding="utf-8")


def test_what_a_file_includes_is_read_where_it_lies(run_import: Import, tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d/rs.conf").write_text("real_server 192.168.1.12 80 {\n}\n", encoding="utf-8")
    text = KEEPALIVED.replace("    lvs_sched", "    include conf.d/*.conf\n    lvs_sched")
    (tmp_path / "keepalived.conf").write_text(text, encoding="utf-8")
    ran = run_import(import_file="keepalived.conf")
    assert ran.returncode == 0, ran.stdout
    inventory = yaml.safe_load((tmp_path / "lvs-inventory.yml").read_text(encoding="utf-8"))["all"]
    assert inventory["vars"]["lvs_services"][0]["realservers"] == [{"host": "realserver1", "weight": 2}, "realserver2"]
    (tmp_path / "conf.d/rs.conf").unlink()
    (tmp_path / "conf.d").rmdir()
    ran = run_import(import_file="keepalived.conf", import_overwrite="true")
    assert ran.returncode != 0
    assert "keepalived.conf:5 include" in ran.stdout


def test_a_faulty_file_writes_nothing(run_import: Import, tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("-A -f 5 -s rrr\n-a -f 5 -r x:0 -g -w 1\n", encoding="utf-8")
    ran = run_import(import_file="rules")
    assert ran.returncode != 0
    assert "rules:1 scheduler" in ran.stdout
    assert "rules:2 rip" in ran.stdout
    assert not (tmp_path / "lvs-inventory.yml").exists()


@pytest.mark.parametrize(
    ("variables", "words"),
    [({}, "Add -e import_file="), ({"import_file": "none"}, "none is no file that can be read here")],
)
def test_a_file_that_is_not_there(run_import: Import, variables: dict[str, str], words: str) -> None:
    ran = run_import(**variables)
    assert ran.returncode != 0
    assert words.lower() in " ".join(ran.stdout.lower().split())
