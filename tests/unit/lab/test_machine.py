# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is missing on the machine is said with its cure before anything is built or booted."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lab import kernel, machine, paths
from lab.cli import parser
from lab.errors import LabError
from lab.run import run


def only_here(monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    """Let the machine have these programs and no others."""
    monkeypatch.setattr("shutil.which", lambda program, **_where: program if program in programs else None)


def test_missing_packages_are_one_apt_command(monkeypatch: pytest.MonkeyPatch) -> None:
    only_here(monkeypatch, "ip", "tc", "mke2fs")
    monkeypatch.setattr(machine, "is_root", lambda: False)
    with pytest.raises(LabError) as caught:
        machine.require_packages()
    words = caught.value.cure.removeprefix("Run: sudo apt-get install -y ").split()
    assert words == sorted(set(machine.needed_programs().values()) - {"iproute2", "e2fsprogs"})
    assert {"fakeroot", "uidmap", "mmdebstrap"} <= set(words)


def test_root_needs_no_sudo_and_no_uidmap(monkeypatch: pytest.MonkeyPatch) -> None:
    only_here(monkeypatch)
    monkeypatch.setattr(machine, "is_root", lambda: True)
    assert "uidmap" not in machine.missing_packages()
    with pytest.raises(LabError, match=r"Not installed") as caught:
        machine.require_packages()
    assert caught.value.cure.startswith("Run: apt-get install -y ")


def test_no_tun(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "TUN", tmp_path / "tun")
    with pytest.raises(LabError) as caught:
        machine.require_tun()
    assert "does not exist" in caught.value.problem
    assert "modprobe tun" in caught.value.cure


def test_tun_closed_to_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tun").touch(mode=0o600)
    monkeypatch.setattr(machine, "TUN", tmp_path / "tun")
    monkeypatch.setattr("os.access", lambda *_question: False)
    with pytest.raises(LabError) as caught:
        machine.require_tun()
    assert "(mode 600)" in caught.value.problem
    assert "chmod 0666" in caught.value.cure


def test_too_little_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "MEMINFO", tmp_path / "meminfo")
    (tmp_path / "meminfo").write_text("MemTotal: 9999999 kB\nMemAvailable: 4194304 kB\n")
    with pytest.raises(LabError) as caught:
        machine.require_memory([200] * 200)
    assert "needs 40000 MB of memory for 200 hosts; 4096 MB are available" in caught.value.problem
    assert "About 20 such hosts fit" in caught.value.cure
    assert "lower `memory`" in caught.value.cure


def test_too_little_disk(tmp_path: Path) -> None:
    with pytest.raises(LabError) as caught:
        machine.require_disk(tmp_path, 10**9)
    assert str(tmp_path) in caught.value.problem
    assert "LVS_LAB_CACHE" in caught.value.cure


def test_a_failed_program_shows_the_end_of_what_it_said() -> None:
    script = "import sys; print('\\n'.join(map(str, range(100)))); sys.exit(3)"
    with pytest.raises(LabError) as caught:
        run([sys.executable, "-c", script], "Do better.")
    assert "exit status 3" in caught.value.problem
    assert caught.value.cure == "Do better."
    assert caught.value.detail.splitlines()[-1] == "99"
    assert len(caught.value.detail.splitlines()) == 20
    assert run([sys.executable, "-c", script], "Do better.", accept=(0, 3)).endswith("99\n")


def test_a_missing_program_is_named() -> None:
    with pytest.raises(LabError, match=r"no-such-program is not installed"):
        run(["no-such-program"], "Install it.")


def test_what_fails_half_way_leaves_no_folder(tmp_path: Path) -> None:
    def build() -> None:
        with paths.appearing(tmp_path / "image") as draft:
            (draft / "half").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build()
    assert list(tmp_path.iterdir()) == []


def test_without_a_mirror_the_host_kernel_is_used_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def no_mirror(*_folders: Path) -> None:
        raise LabError("The mirror does not answer.", "Wait.")

    monkeypatch.setenv("LVS_LAB_CACHE", str(tmp_path))
    monkeypatch.setattr(kernel, "_fetch", no_mirror)
    monkeypatch.setattr(kernel, "_from_root", lambda root, origin: kernel.Kernel(root, root, "6.1", origin))
    said: list[str] = []
    assert kernel.kernel("newest", said.append).program == Path("/")
    assert said == ["The mirror does not answer. The host's own kernel is used instead."]
    assert list(tmp_path.iterdir()) == []


def test_a_recipe_changes_with_content_and_mode(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("one")
    digests = [paths.tree_digest(tmp_path)]
    (tmp_path / "script").write_text("two")
    digests.append(paths.tree_digest(tmp_path))
    (tmp_path / "script").chmod(0o755)
    digests.append(paths.tree_digest(tmp_path))
    assert len(set(digests)) == 3


def test_every_command_has_help() -> None:
    commands = next(action.choices for action in parser()._actions if action.choices)
    assert set(commands) == {
        *(
            "build",
            "up",
            "ssh",
            "exec",
            "inventory",
            "reboot",
            "kill",
            "cut",
            "heal",
            "watch",
            "console",
            "status",
            "down",
        )
    }
    for name in commands:
        done = subprocess.run([sys.executable, "-m", "lab", name, "--help"], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("usage: lab")
