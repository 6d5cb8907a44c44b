# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A user who is not root logs in, and becomes root as the hosts have it, with a password."""

from __future__ import annotations

import json

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.habits.conftest import HTTP, Controller, changed, lab, table

SPELL = "xyzzy-plugh"
USER = f"""
useradd --create-home --shell /bin/bash operator
install -D -o operator -g operator -m 600 /root/.ssh/authorized_keys /home/operator/.ssh/authorized_keys
chown operator /home/operator/.ssh
printf '%s:{SPELL}\\n' operator root | chpasswd
usermod --append --groups sudo operator
echo 'permit operator as root' >/etc/doas.conf
chmod 600 /etc/doas.conf
"""
WAYS = ("sudo", "su", "community.general.doas")


@pytest.fixture(scope="module", autouse=True)
def with_a_user(controller: Controller) -> None:
    for host in ("director", "realserver1", "realserver2"):
        lab("ssh", host, "--", USER)
    controller.succeed("site.yml")


@pytest.mark.parametrize("method", WAYS)
def test_what_root_does_another_user_does_as_well(controller: Controller, method: str) -> None:
    become = {
        "ansible_user": "operator",
        "ansible_become_method": method,
        "ansible_become_password": SPELL,
    }
    weight = 2 + WAYS.index(method)
    controller.serve({**HTTP, "realservers": [{"host": "realserver1", "weight": weight}, "realserver2"]})
    said = controller.succeed("site.yml", "-e", json.dumps(become))
    assert changed(said) == ["director"]
    assert [line for line in table() if line.endswith(f"-w {weight}")] != []
    assert changed(controller.succeed("site.yml", "-e", json.dumps(become))) == []
    assert SPELL not in said
