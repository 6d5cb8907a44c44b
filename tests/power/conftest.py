# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of the example on a farm of these tests' own. Ending a guest loses what its kernel had not yet written."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from ansible_collections.linuxvirtualserver.lvs.tests.faults.conftest import ROOT, Playbook, lab

SECONDS = "0,1,5,20,60"
CUTS = 8


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seconds", default=SECONDS, help=f"cut the power so long after each change, default {SECONDS}")
    parser.addoption("--cuts", type=int, default=CUTS, help=f"cut the power in the middle so often, default {CUTS}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seconds" in metafunc.fixturenames:
        chosen = [int(word) for word in metafunc.config.getoption("--seconds").split(",")]
        metafunc.parametrize("seconds", chosen, scope="session")
    if "cut" in metafunc.fixturenames:
        metafunc.parametrize("cut", range(metafunc.config.getoption("--cuts")))


@pytest.fixture(scope="session")
def playbook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playbook]:
    """Virgin hosts, and what runs playbooks on them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVS_LAB_STATE", str(tmp_path_factory.mktemp("lab")))
        patch.setenv("PATH", f"{ROOT}/.venv/bin:{os.environ['PATH']}")
        try:
            lab("up", "dr")
            yield Playbook()
        finally:
            lab("down")
