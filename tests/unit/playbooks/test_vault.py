# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variable with each kind of text that Ansible has: the plan is the same, and what is in a vault is not told."""

from __future__ import annotations

import json
import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import Playbooks
from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.test_tags import VIRGIN, Lvs

OPENS = "abracadabra"
SERVICE = {
    "name": "web",
    "vip": "192.168.1.110",
    "port": "80",
    "protocol": "tcp",
    "forwarding": "dr",
    "scheduler": "wlc",
    "scheduler_flags": ["flag-1"],
    "persistence": "360",
    "persistence_netmask": "255.255.255.0",
    "realservers": [{"host": "realserver1", "weight": "2", "upper_threshold": "9", "lower_threshold": "3"}],
}
HOSTS: dict[str, dict[str, t.Any]] = {
    "director": {
        "ansible_host": "192.168.1.9",
        "lvs_dip": ["192.168.1.9/24"],
        "lvs_networks": ["192.168.1.0/24"],
        "lvs_director_gateway": "192.168.1.254",
        "lvs_localnode": "single",
        "lvs_marks": "ignored",
        "lvs_snat": ["clients"],
    },
    "realserver1": {
        "ansible_host": "192.168.1.11",
        "lvs_rip": "192.168.1.11/24",
        "lvs_server_gateway": "192.168.1.254",
        "lvs_system": "Linux",
        "lvs_server_vip_device": "lo:110",
        "lvs_managed": "true",
    },
}
GROUPS = {"directors": ["director"], "realservers": ["realserver1"]}
PLAYBOOK = """\
- hosts: directors
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact:
        shown: "{{ lvs_services | linuxvirtualserver.lvs.plan(groups, hostvars) }}"
        made: "{{ lvs_services | linuxvirtualserver.lvs.plan(groups, hostvars, vaulted=true) }}"
    - ansible.builtin.copy:
        content: "{{ [made, shown, made | linuxvirtualserver.lvs.topology] | to_json }}"
        dest: "{{ to }}"
        mode: "0600"
      delegate_to: localhost
      connection: local
"""


class Tagged(str):
    """A text that YAML writes with a tag."""

    __slots__ = ("tag",)
    tag: str


def tagged(tag: str, text: str) -> Tagged:
    found = Tagged(text)
    found.tag = tag
    return found


class Writer(yaml.SafeDumper):
    """Writes these texts."""


Writer.add_representer(Tagged, lambda writer, text: writer.represent_scalar(text.tag, str(text), style="|"))


def vaulted(text: str) -> str:
    secret = VaultSecret(OPENS.encode())
    return tagged("!vault", VaultLib([("default", secret)]).encrypt(text, secret).decode())


def unsafe(text: str) -> str:
    return tagged("!unsafe", text)


def template(text: str) -> str:
    return f"{{{{ '{text}' }}}}"


# What is no text goes through a template: of an inline vault value ansible-core before 2.19 itself makes no number.
TEMPLATES = {"director_drain_timeout": "{{ seven }}", "realserver_check_port": "{{ surely }}"}
ROLES = {
    "director": {
        "director_engine": "ipvs",
        "director_vip_interface": "eth0",
        "director_gateway": "ignored",
        "director_purge": "none",
    },
    "realserver1": {
        "realserver_arp_method": "arptables",
        "realserver_gateway": "checked",
    },
}


def every_text(value: t.Any, kind: t.Callable[[str], str]) -> t.Any:
    if isinstance(value, dict):
        return {key: every_text(inner, kind) for key, inner in value.items()}
    if isinstance(value, list):
        return [every_text(inner, kind) for inner in value]
    return kind(value)


def written(folder: Path, hosts: t.Any, services: t.Any) -> tuple[Path, str, str]:
    """The inventory and how its vault is opened."""
    members = {group: {"hosts": dict.fromkeys(hosts)} for group, hosts in GROUPS.items()}
    inventory = {"all": {"hosts": hosts, "vars": {"lvs_services": services}, "children": members}}
    (folder / "hosts.yml").write_text(yaml.dump(inventory, Dumper=Writer), encoding="utf-8")
    (folder / "opens").write_text(OPENS, encoding="utf-8")
    return folder / "hosts.yml", "--vault-password-file", str(folder / "opens")


def plan_of(site: Playbooks, folder: Path, hosts: t.Any, services: t.Any, native: str = "false") -> t.Any:
    (folder / "plan.yml").write_text(PLAYBOOK, encoding="utf-8")
    made = folder / "plan.json"
    words = (*written(folder, hosts, services), "-e", f"to={made}")
    ran = site.run(*words, playbook=folder / "plan.yml", ANSIBLE_JINJA2_NATIVE=native)
    assert ran.rc == 0, ran.output
    whole, *shown = json.loads(made.read_text())
    # What is no word of ours as well.
    secrets = {text for text in whole.pop("vaulted") if len(text) > len("false")}
    assert [secret for secret in secrets if secret in json.dumps(shown)] == []
    return whole


@pytest.mark.parametrize(
    ("kind", "native"), [(unsafe, "false"), (template, "false"), (vaulted, "false"), (vaulted, "true")]
)
def test_the_plan_is_that_of_plain_text(
    site: Playbooks, tmp_path: Path, kind: t.Callable[[str], str], native: str
) -> None:
    plain = json.loads(json.dumps(make_plan([SERVICE], GROUPS, HOSTS)))
    planned = plan_of(site, tmp_path, every_text(HOSTS, kind), [every_text(SERVICE, kind)], native)
    told, meant = planned.pop("findings"), plain.pop("findings")
    assert [finding["id"] for finding in told] == [finding["id"] for finding in meant]
    assert sorted(planned["hosts"]) == ["director", "realserver1"]
    assert planned == plain


def test_no_finding_tells_what_is_in_a_vault(site: Playbooks, tmp_path: Path) -> None:
    hosts = {**HOSTS, "realserver1": {"lvs_rip": vaulted("192.168.7.77/24"), "lvs_system": vaulted("Multics")}}
    planned = plan_of(site, tmp_path, hosts, [{**SERVICE, "vip": vaulted("192.168.7.77")}])
    told = json.dumps(planned["findings"])
    assert {"system-unknown", "vip-taken"} <= {finding["id"] for finding in planned["findings"]}
    assert "(vaulted)" in told
    assert [secret for secret in ("192.168.7.77", "Multics") if secret in told] == []


@pytest.mark.parametrize(("role", "host"), [("director", "director"), ("realserver", "realserver1")])
def test_the_roles_take_their_variables_from_a_vault(site: Playbooks, tmp_path: Path, role: str, host: str) -> None:
    hidden = {"seven": vaulted("7"), "surely": vaulted("true"), **TEMPLATES}
    hosts = {host: {**HOSTS[host], **every_text(ROLES[host], vaulted), **hidden} for host in HOSTS}
    own = [{"hosts": host, "gather_facts": False, "roles": [f"linuxvirtualserver.lvs.{role}"]}]
    (tmp_path / "own.yml").write_text(yaml.safe_dump(own), encoding="utf-8")
    ran = site.run(*written(tmp_path, hosts, [SERVICE]), playbook=tmp_path / "own.yml")
    assert re.findall(r"^(\S+) .*unreachable=1 +failed=0", ran.output, re.MULTILINE) == [host], ran.output


def test_a_run_tells_hosts_alone_what_is_in_a_vault(site: Playbooks, tmp_path: Path) -> None:
    lvs = Lvs(site, tmp_path / "hosts")
    services = yaml.dump({"lvs_services": [{"vip": vaulted("192.168.1.110"), "port": 80}]}, Dumper=Writer)
    (tmp_path / "services.yml").write_text(services, encoding="utf-8")
    (tmp_path / "opens").write_text(OPENS, encoding="utf-8")
    words = ("-vv", "--diff", "-e", f"@{tmp_path}/services.yml", "--vault-password-file", f"{tmp_path}/opens")
    run = lvs.run(*words, missing=VIRGIN)
    assert run.rc == 0, run.output
    assert {host for host, *_rest, vips in lvs.asked() if vips == ["192.168.1.110"]} == set(HOSTS) | {"realserver2"}
    assert "'(vaulted)'" in run.output or "- (vaulted)" in run.output, run.output
    assert "192.168.1.110" not in run.output
