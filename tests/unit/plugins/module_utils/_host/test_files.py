# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one way to write a file: what is on the disk when, whose the file is, and where a link leads."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import files
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.files import Draft


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What is asked of the disk, in its order, by the names in the test's folder."""
    seen: list[str] = []
    fsync, replace, unlink, mkdir, rmdir = os.fsync, Path.replace, Path.unlink, Path.mkdir, Path.rmdir

    def name(path: object) -> str:
        return os.path.relpath(str(path), tmp_path)

    def watched_fsync(descriptor: int) -> None:
        seen.append(f"fsync {name(Path(f'/proc/self/fd/{descriptor}').readlink())}")
        fsync(descriptor)

    def watched_replace(path: Path, target: Path) -> Path:
        seen.append(f"rename {name(path)} {name(target)}")
        return replace(path, target)

    def watched_unlink(path: Path, missing_ok: bool = False) -> None:
        if os.path.lexists(path):
            seen.append(f"unlink {name(path)}")
        unlink(path, missing_ok)

    def watched_mkdir(path: Path) -> None:
        seen.append(f"mkdir {name(path)}")
        mkdir(path)

    def watched_rmdir(path: Path) -> None:
        rmdir(path)
        seen.append(f"rmdir {name(path)}")

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    monkeypatch.setattr(Path, "unlink", watched_unlink)
    monkeypatch.setattr(Path, "mkdir", watched_mkdir)
    monkeypatch.setattr(Path, "rmdir", watched_rmdir)
    return seen


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_in_new_folders_is_on_the_disk_with_each_of_them(calls: list[str], tmp_path: Path) -> None:
    files.write(tmp_path / "a/b/c", b"\0\xff")
    assert (tmp_path / "a/b/c").read_bytes() == b"\0\xff"
    assert calls == [
        "mkdir a",
        "fsync .",
        "mkdir a/b",
        "fsync a",
        "fsync a/b/.c.lvs-new",
        "rename a/b/.c.lvs-new a/b/c",
        "fsync a/b",
    ]


def test_what_is_removed_stays_removed(calls: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "d"
    files.write(folder / "c", b"")
    calls.clear()
    files.remove(folder / "c")
    files.remove(folder / "c")
    files.remove_directory_if_empty(folder)
    files.remove_directory_if_empty(folder)
    assert calls == ["unlink d/c", "fsync d", "rmdir d", "fsync ."]


def test_a_draft_is_complete_before_anything_changes(calls: list[str], tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"old")
    draft = Draft(path).fill(b"new")
    assert path.read_bytes() == b"old"
    assert calls == ["fsync .c.lvs-new"]
    draft.publish()
    draft.publish()
    draft.discard()
    assert path.read_bytes() == b"new"
    assert calls == ["fsync .c.lvs-new", "rename .c.lvs-new c", "fsync ."]
    assert names(tmp_path) == ["c"]


def test_a_draft_that_is_discarded_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"old")
    draft = Draft(path).fill(b"new")
    draft.discard()
    draft.publish()
    assert (path.read_bytes(), names(tmp_path)) == (b"old", ["c"])


@pytest.mark.parametrize("finish", [lambda path: files.write(path, b"new"), files.remove], ids=["write", "remove"])
def test_what_a_power_cut_left_of_a_draft_goes(tmp_path: Path, finish: object) -> None:
    assert callable(finish)
    (tmp_path / ".c.lvs-new").write_bytes(b"half of i")
    finish(tmp_path / "c")
    assert not (tmp_path / ".c.lvs-new").exists()


def test_the_file_keeps_its_mode_and_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"")
    path.chmod(0o640)
    files.write(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    files.write(path, b"new", mode=0o755)
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "fchown", lambda _descriptor, user, group: owners.append((user, group)))
    monkeypatch.setattr(os, "geteuid", lambda: 4711)
    monkeypatch.setattr(files, "_trusted", lambda: {path.stat().st_uid})
    files.write(path, b"new")
    assert owners == [(path.stat().st_uid, path.stat().st_gid)]


def test_the_file_keeps_its_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    labels: dict[str, bytes] = {}
    monkeypatch.setattr(
        os, "getxattr", lambda _path, name: b"system_u:object_r:etc_t:s0" if "selinux" in name else none()
    )
    monkeypatch.setattr(os, "setxattr", lambda _path, name, value: labels.update({name: value}))
    (tmp_path / "c").write_bytes(b"")
    files.write(tmp_path / "c", b"new")
    assert labels == {"security.selinux": b"system_u:object_r:etc_t:s0"}


def none() -> bytes:
    raise OSError(61, "No data available")


# --- links ---


def test_a_link_is_followed_and_stays_one(calls: list[str], tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "real").mkdir()
    (tmp_path / "real/file").write_bytes(b"old")
    (tmp_path / "etc/second").symlink_to("../real/file")
    (tmp_path / "etc/first").symlink_to(tmp_path / "etc/second")
    calls.clear()
    files.write(tmp_path / "etc/first", b"new")
    assert (tmp_path / "real/file").read_bytes() == b"new"
    assert (tmp_path / "etc/second").readlink() == Path("../real/file")
    assert [call.replace("etc/../", "") for call in calls] == [
        "fsync real/.file.lvs-new",
        "rename real/.file.lvs-new real/file",
        "fsync real",
    ]
    files.remove(tmp_path / "etc/first")
    assert (tmp_path / "real/file").exists()
    assert names(tmp_path / "etc") == ["second"]


def test_a_link_in_a_folder_for_everybody_is_refused(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"old")
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o1777)
    (tmp_path / "open/link").symlink_to(tmp_path / "victim")
    with pytest.raises(LvsError, match="a symbolic link that others than root can change"):
        files.write(tmp_path / "open/link", b"new", "/open/link")
    (tmp_path / "way").symlink_to("open/link")
    with pytest.raises(LvsError, match=r"/way: .* a symbolic link that others than root can change"):
        files.write(tmp_path / "way", b"new", "/way")
    assert (tmp_path / "victim").read_bytes() == b"old"


def test_a_link_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "victim").write_bytes(b"old")
    (tmp_path / "link").symlink_to("victim")
    monkeypatch.setattr(files, "_trusted", lambda: {tmp_path.stat().st_uid + 1})
    with pytest.raises(LvsError, match="a symbolic link that others than root can change"):
        files.write(tmp_path / "link", b"new")
    assert (tmp_path / "victim").read_bytes() == b"old"


def test_links_that_lead_round_end(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(LvsError, match="Too many levels of symbolic links"):
        files.write(tmp_path / "a", b"")


def test_a_draft_that_somebody_planted_is_not_written_into(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"old")
    (tmp_path / ".c.lvs-new").symlink_to("victim")
    files.write(tmp_path / "c", b"new")
    assert (tmp_path / "victim").read_bytes() == b"old"
    assert not (tmp_path / "c").is_symlink()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    """A FIFO that nobody writes to, and what has no end."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("fifo", "zero"):
        with pytest.raises(LvsError, match="could not be read: Not a regular file"):
            files.read(tmp_path / name)
    with pytest.raises(LvsError, match="could not be read: Is a directory"):
        files.read(tmp_path)


def test_what_is_huge_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge"
    path.touch()
    os.truncate(path, 2**40)
    with pytest.raises(LvsError, match="could not be read: File too large"):
        files.read(path)


def test_what_is_read(tmp_path: Path) -> None:
    """Also what somebody switched off by a link to nothing, and what the kernel answers only in small pieces."""
    (tmp_path / "masked").symlink_to(os.devnull)
    (tmp_path / "file").write_bytes(b"x" * 200_000)
    assert files.read(tmp_path / "masked") == b""
    assert files.read(tmp_path / "file") == b"x" * 200_000
    assert files.read(tmp_path / "gone") is None
    assert files.read(Path("/proc/sys/kernel/osrelease")) == f"{os.uname().release}\n".encode()
