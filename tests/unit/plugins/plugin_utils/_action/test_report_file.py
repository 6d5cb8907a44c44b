# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files with evidence on the controller."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.report_file import (
    FOR_ALL,
    as_json,
    write_report,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_report_is_its_owners_alone_also_where_one_was_before(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("for all")
    path.chmod(0o644)
    write_report("doctor_json", str(path), as_json({"b": "\x9b\ud800", "a": 1}))
    assert (path.read_text(), mode(path)) == ('{\n    "a": 1,\n    "b": "\\u009b\\ud800"\n}\n', 0o600)
    assert list(tmp_path.iterdir()) == [path]


def test_paths_are_those_of_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TICKET", "42")
    monkeypatch.chdir(tmp_path)
    for path in ("~/home", "$TICKET", "here"):
        write_report("doctor_json", path, path)
    assert [(tmp_path / name).read_text() for name in ("home", "42", "here")] == ["~/home", "$TICKET", "here"]


def test_the_person_is_told_where_it_went(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_report("file", "lvs.dot", "digraph", FOR_ALL)
    assert capsys.readouterr().out == f"Written to {tmp_path}/lvs.dot\n"
    assert mode(tmp_path / "lvs.dot") == 0o644


def test_a_symlink_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_report("doctor_json", str(tmp_path / "link"), "x")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_text() == "x"


def test_nowhere_is_nowhere_and_a_folder_is_no_file(tmp_path: Path) -> None:
    write_report("doctor_json", "", "x")
    with pytest.raises(LvsError, match=r"doctor_json: is there already and no file"):
        write_report("doctor_json", str(tmp_path), "x")
    assert list(tmp_path.iterdir()) == []


def test_a_link_that_somebody_else_could_have_put_there_leads_nowhere(tmp_path: Path) -> None:
    """The kernel's own protection of /tmp is for who opens a link, not for who reads where it leads."""
    victim, shared = tmp_path / "victim", tmp_path / "shared"
    victim.write_text("mine", encoding="utf-8")
    shared.mkdir()
    shared.chmod(0o1777)
    (shared / "report").symlink_to(victim)
    with pytest.raises(LvsError, match="is a symbolic link that others than root can change, so it is not followed"):
        write_report("doctor_json", str(shared / "report"), "{}")
    assert victim.read_text(encoding="utf-8") == "mine"


def test_evidence_is_not_put_into_a_file_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits in /tmp with a file of that name would own what is written."""
    (tmp_path / "report").touch()
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "report").stat().st_uid + 1)
    with pytest.raises(LvsError, match="is a file of somebody else, who could read it"):
        write_report("doctor_json", str(tmp_path / "report"), "evidence")
    assert (tmp_path / "report").read_text(encoding="utf-8") == ""
