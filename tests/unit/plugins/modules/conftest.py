# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pathlib

import pytest
from ansible.module_utils import basic

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import changes, ledger, unit
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import (
    client,
    converge,
    drained,
    persist,
    restore,
    sync,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import connections as ipvs_connections
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs.fake_ipvs import FakeKernel


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> FakeKernel:
    """The kernel that modules in this process talk to, and files of theirs that are nobody's."""
    fake = FakeKernel()
    monkeypatch.setattr(client, "open_socket", lambda: fake)
    monkeypatch.setattr(converge, "LOADABLE", str(tmp_path / "modules"))
    monkeypatch.setattr(converge, "LOADED", str(tmp_path / "loaded"))
    monkeypatch.setattr(sync, "is_interface", lambda name: f"{name}\0".encode() in fake.interfaces)
    monkeypatch.setattr(restore, "RECORD", str(tmp_path / "lvs" / "ipvs.json"))
    monkeypatch.setattr(ledger, "LEDGER", str(tmp_path / "claims" / "claims.json"))
    monkeypatch.setattr(changes, "RECORD", str(tmp_path / "claims" / "changed.json"))
    monkeypatch.setattr(persist, "ARCHIVE", str(tmp_path / "lib" / "ipvs-restore.pyz"))
    monkeypatch.setattr(unit, "DIRECTORY", str(tmp_path / "system"))
    monkeypatch.setattr(unit, "WANTS", str(tmp_path / "wants"))
    monkeypatch.setattr(drained, "MEMORY", str(tmp_path / "memory" / "drained.json"))
    connections = tmp_path / "ip_vs_conn"
    connections.write_text("header\n")
    monkeypatch.setattr(ipvs_connections, "PROC_FILE", str(connections))
    return fake


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of this test alone: Ansible collects them for the whole process."""
    texts: list[str] = []
    monkeypatch.setattr(basic.AnsibleModule, "warn", lambda _self, text: texts.append(text))
    return texts
