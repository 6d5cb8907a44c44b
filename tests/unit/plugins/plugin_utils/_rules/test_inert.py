# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What leaves the collection is text; tests/unit/playbooks/test_hostile.py shows it with whole playbooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[5]
# Through hostvars, as what hosts say comes: whether a text is marked there does not show on the whole.
INVENTORY = """
directors:
  hosts:
    lb:
      ansible_connection: local
      lvs_dip: !unsafe "{{ lookup('ansible.builtin.pipe', 'touch MARK') }}"
"""
PLAYBOOK = """
- hosts: lb
  gather_facts: false
  vars:
    lazy: "{{ [] | linuxvirtualserver.lvs.plan(groups, hostvars) }}"
  tasks:
    - ansible.builtin.set_fact:
        kept: "{{ [] | linuxvirtualserver.lvs.plan(groups, hostvars) }}"
        each: "{{ [lazy] | map('linuxvirtualserver.lvs.report') | list }}"
        mixed: "a {{ lazy | linuxvirtualserver.lvs.report }} b"
    - ansible.builtin.set_fact:
        again: "{{ kept.findings | map(attribute='message') | join(' ') }} {{ mixed }} {{ each }}"
        values: "{{ kept.findings | map(attribute='value') | list }}"
    - ansible.builtin.debug:
        msg:
          - "{{ again }}"
          - "{{ values }}"
          - "{{ lazy.findings }}"
          - "{{ hostvars.lb.kept }}"
          - "{{ kept | to_json }}"
"""


@pytest.mark.parametrize("native", ["false", "true"])
def test_what_a_filter_returns_is_no_template_however_often_it_goes_through_one(tmp_path: Path, native: str) -> None:
    mark, playbook, inventory = tmp_path / "MARK", tmp_path / "inert.yml", tmp_path / "hosts.yml"
    playbook.write_text(PLAYBOOK, encoding="utf-8")
    inventory.write_text(INVENTORY.replace("MARK", str(mark)), encoding="utf-8")
    settings = {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_JINJA2_NATIVE": native}
    command = [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), str(playbook)]
    ran = subprocess.run(command, cwd=ROOT, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert not mark.exists()
    assert ran.stdout.count("lookup(") >= 6
