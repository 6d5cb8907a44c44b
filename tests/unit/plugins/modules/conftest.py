# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest
from ansible.module_utils import basic

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils import (
    _ipvs,
    _ipvs_connections,
    _ipvs_drained,
    _ipvs_persist,
    _ipvs_restore,
)
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils.fake_ipvs import FakeKernel


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> FakeKernel:
    """The kernel that modules in this process talk to, and files of theirs that are nobody's."""
    fake = FakeKernel()
    monkeypatch.setattr(_ipvs, "open_socket", lambda: fake)
    monkeypatch.setattr(_ipvs, "LOCK_FILE", str(tmp_path / "lock"))
    monkeypatch.setattr(_ipvs_restore, "RECORD", str(tmp_path / "lvs" / "ipvs.json"))
    monkeypatch.setattr(_ipvs_persist, "ARCHIVE", str(tmp_path / "lib" / "ipvs-restore.pyz"))
    monkeypatch.setattr(_ipvs_persist, "UNIT", str(tmp_path / "system" / "lvs-ipvs.service"))
    monkeypatch.setattr(_ipvs_persist, "WANTED", str(tmp_path / "wants" / "lvs-ipvs.service"))
    monkeypatch.setattr(_ipvs_drained, "MEMORY", str(tmp_path / "memory" / "drained.json"))
    connections = tmp_path / "ip_vs_conn"
    connections.write_text("header\n")
    monkeypatch.setattr(_ipvs_connections, "PROC_FILE", str(connections))
    return fake


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of this test alone: Ansible collects them for the whole process."""
    texts: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _self, text: texts.append(text))
    return texts
