# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A pair of directors and its realservers, for what drain, restore and rolling do on which host in which order.

The hosts have a Python that keeps the table of a director in a file and changes it as ipvs_dest would.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import ROOT, Playbooks, Run
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.hostile import with_python
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._operations.operation_scenes import (
    DIRECTOR,
    OTHER,
    RIPS,
    RS2,
    VIP,
    Pair,
)

Data = dict[str, t.Any]
CLIENT = "client"
PYTHON = """#!{python}
import json, pathlib, re, sys
folder, host = pathlib.Path({folder!r}), pathlib.Path(sys.argv[0]).name
text = sys.stdin.read()
module = re.search(r"[.]modules[.](\\w+)", text)[1]
check = '"_ansible_check_mode": true' in text
told = {{name: found[1] for name in ("state", "rip", "port", "wait_for", "on_timeout")
        if (found := re.search(rf'"{{name}}": "([^"]*)"', text))}}
weight = re.search(r'"weight": (\\d+)', text)
with (folder / "asked").open("a") as asked:
    asked.write(json.dumps([host, module, check, told, weight and int(weight[1])]) + "\\n")
state = json.loads((folder / f"{{host}}.json").read_text())
answer = {{"changed": False, "invocation": {{}}, "evidence": state.get("evidence"), "left_over": [], "results": []}}
if state.get("fails") == module:
    answer.update(failed=True, msg=state["why"])
elif module == "ipvs_dest":
    drained = state["evidence"]["drained"]
    for service in state["evidence"]["ipvs"]["services"]:
        for one in service["realservers"]:
            if (one["rip"], str(one["port"])) == (told["rip"], told["port"]):
                name = {{"service": f"tcp {{service['vip']}}:{{service['port']}}",
                        "realserver": f"{{one['rip']}}:{{one['port']}}"}}
                answer["before"] = dict(one)
                former = [had["weight"] for had in drained if name.items() <= had.items()]
                if told["state"] == "drained":
                    if one["weight"]:
                        drained.append({{**name, "weight": one["weight"], "by": "bob", "since": 1796000000}})
                    one["weight"] = 0
                else:
                    one["weight"] = int(weight[1]) if weight else former[0]
                    state["evidence"]["drained"] = [had for had in drained if not name.items() <= had.items()]
                answer["after"] = dict(one)
    left = state.get("left", [])
    now = left.pop(0) if left and told.get("wait_for") != "none" else (left or [0])[0]
    answer.update(drained=not now, connections={{"states": {{"ESTABLISHED": now}}, "templates": 0}})
    if not check:
        (folder / f"{{host}}.json").write_text(json.dumps(state))
elif module == "client_probe":
    answer["results"] = [{{"connections": [{{"outcome": state.get("outcome", "refused")}}]}}] * 9
elif module == "client_witness":
    answer.update(state.get("witness", {{"before": ["tcp x"], "outcomes": {{"answered": 40}}}}))
elif module == "ipvs_trial":
    answer["states"] = [{{"service": f"tcp 192.168.1.110:{{port}}", "counters": {{"connections": 1}}}}
                        for port in range(61000, 61009)]
print(json.dumps(answer))
"""


class Lvs:
    """A pair of directors with their tables in files."""

    def __init__(self, folder: Path) -> None:
        self._site, self._folder, self.pair = Playbooks(folder), folder / "hosts", Pair()
        hosts = (DIRECTOR, OTHER, *RIPS, CLIENT)
        self._hosts, self._path = with_python(self._folder, hosts, PYTHON), folder / "lvs.json"
        self.told: dict[str, Data] = {host: {} for host in hosts}
        for director in (DIRECTOR, OTHER):
            self.pair.seen(director).setdefault("drained", [])
        directors = {DIRECTOR: "192.168.1.9/24", OTHER: "192.168.1.8/24"}
        services = [{"name": name, "vip": VIP, "port": port} for name, port in (("telnet", 23), ("http", 80))]
        inventory = {
            "vars": {"lvs_services": services, "lvs_failover": {"by": "vrrp", "router_id": 5}},
            "children": {
                "directors": {"hosts": {host: {"lvs_dip": dip} for host, dip in directors.items()}},
                "realservers": {"hosts": {host: {"lvs_rip": f"{rip}/24"} for host, rip in RIPS.items()}},
                "clients": {"hosts": {CLIENT: {}}},
            },
        }
        self._path.write_text(json.dumps({"all": inventory}), encoding="utf-8")

    def run(self, playbook: str, *words: str, **variables: object) -> Run:
        for host, told in self.told.items():
            evidence = self.pair.looked.get(host, {"evidence": {}})["evidence"]
            (self._folder / f"{host}.json").write_text(json.dumps({"evidence": evidence, **told}), encoding="utf-8")
        (self._folder / "asked").write_text("", encoding="utf-8")
        words = ("-i", str(self._hosts), "-e", json.dumps(variables), *words)
        return self._site.run(
            self._path, *words, playbook=ROOT / f"playbooks/{playbook}.yml", ANSIBLE_PIPELINING="true"
        )

    @property
    def asked(self) -> list[list[t.Any]]:
        return [json.loads(line) for line in (self._folder / "asked").read_text().splitlines()]

    def did(self) -> list[tuple[str, str, str]]:
        """By which director, to which realserver and port: what ipvs_dest was to do, but for waiting."""
        return [
            (host, told["state"], f"{told['rip']}:{told['port']}")
            for host, module, check, told, _weight in self.asked
            if module == "ipvs_dest"
            and not check
            and told.get("wait_for", "none") == "none"
            and "on_timeout" not in told
        ]

    def weights(self, director: str) -> list[int]:
        """Those of realserver2, of telnet and http, after the run."""
        table = json.loads((self._folder / f"{director}.json").read_text())["evidence"]["ipvs"]["services"]
        return [one["weight"] for service in table for one in service["realservers"] if one["rip"] == RIPS[RS2]]


def said(run: Run) -> str:
    return " ".join(run.output.split())


def drained(lvs: Lvs) -> None:
    for director in (DIRECTOR, OTHER):
        for port in (23, 80):
            lvs.pair.drained(director, RS2, port)
