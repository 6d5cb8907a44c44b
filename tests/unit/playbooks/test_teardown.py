# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""teardown.yml, run by the real ansible-playbook: never by accident, and no realserver while a director forwards."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.unit.playbooks.conftest import EXAMPLE, ROOT, Playbooks

TEARDOWN = ROOT / "playbooks/teardown.yml"
CONSENT = ("-e", "lvs_teardown=true")


@pytest.mark.parametrize("words", [(), ("-e", "lvs_teardown=false")])
def test_without_consent_nothing_is_touched(site: Playbooks, words: tuple[str, ...]) -> None:
    refused = site.run(EXAMPLE, *words, playbook=TEARDOWN)
    said = " ".join(refused.output.split())
    assert "This ends the service of director, realserver1, realserver2." in said
    assert "add -e lvs_teardown=true" in said
    assert (refused.rc != 0, refused.touched) == (True, False)


def test_to_look_needs_no_consent(site: Playbooks) -> None:
    assert site.run(EXAMPLE, "--check", playbook=TEARDOWN).touched


def test_no_realserver_is_touched_while_a_director_may_forward(site: Playbooks) -> None:
    run = site.run(EXAMPLE, *CONSENT, playbook=TEARDOWN)
    assert "PLAY [Stop the directors]" in run.output
    assert "PLAY [Take the realservers back]" not in run.output
    assert (run.rc != 0, run.touched) == (True, True)


def test_a_single_realserver_can_be_taken_back(site: Playbooks) -> None:
    run = site.run(EXAMPLE, *CONSENT, "--limit", "realserver2", playbook=TEARDOWN)
    assert "PLAY [Take the realservers back]" in run.output
    assert "fatal: [realserver2]: UNREACHABLE" in run.output
    assert "[realserver1]" not in run.output


def test_a_realserver_that_somebody_else_manages_is_left_alone(tmp_path: Path, site: Playbooks) -> None:
    unmanaged = tmp_path / "unmanaged.yml"
    unmanaged.write_text(yaml.safe_dump({"all": {"hosts": {"realserver2": {"lvs_managed": False}}}}))
    run = site.run(EXAMPLE, "-i", str(unmanaged), *CONSENT, "--limit", "realserver2", playbook=TEARDOWN)
    assert (run.rc, run.touched) == (0, False), run.output
