# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A director whose table cannot be restored at boot has no VIP. From virgin hosts to virgin hosts."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.faults.conftest import VIP, Playbook, lab, on

SITE, TEARDOWN = ("site.yml",), ("playbooks/teardown.yml", "-e", "lvs_teardown=true")
CAUSES = {
    "the program is gone": "rm /usr/local/lib/lvs/ipvs-restore.pyz",
    "the record is empty": ": >/etc/lvs/ipvs.json",
    "the record is gone": "rm /etc/lvs/ipvs.json",
    "the unit is empty": ": >/etc/systemd/system/lvs-ipvs.service",
}


@pytest.mark.parametrize("cause", CAUSES)
def test_no_table_no_vip(playbook: Playbook, cause: str) -> None:
    playbook.succeed(*SITE)
    on("director", CAUSES[cause])
    with pytest.raises(subprocess.CalledProcessError) as failed:
        lab("reboot", "director")
    assert "A service of director did not start" in failed.value.stderr
    assert VIP not in on("director", "ip -o address")
    # Nor when what runs the network reads its files once more.
    on("director", "networkctl reload; networkctl reconfigure vec0")
    assert VIP not in on("director", "ip -o address")


def test_teardown(playbook: Playbook) -> None:
    playbook.succeed(*SITE)
    lab("reboot", "director")
    assert VIP in on("director", "ip -o address")
    playbook.succeed(*TEARDOWN)
