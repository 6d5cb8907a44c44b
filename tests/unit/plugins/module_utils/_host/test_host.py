# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real commands and real files: whole or not at all, and an error that says what to do."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import host as host_module
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import packages
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Host, execute

if t.TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(str(tmp_path))


def test_run_returns_what_was_printed(host: Host) -> None:
    assert host.run(("printf", "%s", "a b; $(c)")) == "a b; $(c)"


def test_commands_speak_english_and_read_nothing(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert host.run(("sh", "-c", 'echo "$LC_ALL $LANGUAGE"; cat')) == "C C\n"


def test_the_administrators_directories_are_searched(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert host.run(("sh", "-c", 'echo "$PATH"')) == "/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin\n"


def test_a_failure_names_command_status_and_message(host: Host) -> None:
    with pytest.raises(LvsError) as failed:
        host.run(("sh", "-c", "echo so; echo 'not so' >&2; exit 3"))
    assert str(failed.value).endswith("failed with exit status 3 (got 'not so').")
    assert "sh -c " in str(failed.value)


@pytest.mark.parametrize(("script", "said"), [("echo out; exit 1", r" \(got 'out'\)\."), ("exit 1", r"\.")])
def test_a_failure_without_a_message(host: Host, script: str, said: str) -> None:
    with pytest.raises(LvsError, match=f"exit status 1{said}"):
        host.run(("sh", "-c", script))


def test_a_command_that_is_missing() -> None:
    with pytest.raises(LvsError, match="no-such-command: is not installed on this host"):
        execute(["no-such-command", "--help"])


PACKAGES = {
    ("ip", "apk"): "apk add iproute2",
    ("modprobe", "apk"): "apk add kmod",
    ("ip", "xbps-install"): "xbps-install iproute2",
    ("ss", "emerge"): "emerge sys-apps/iproute2",
    ("nft", "emerge"): "emerge net-firewall/nftables",
    ("ip", "dnf"): "dnf install iproute",
    ("iptables", "apt-get"): "apt-get install iptables",
}


@pytest.mark.parametrize(("program", "manager"), PACKAGES)
def test_what_is_missing_is_named_as_the_host_names_it(program: str, manager: str) -> None:
    said = packages.cure(program, {manager: f"/sbin/{manager}"}.get)
    assert said == f"Run: {PACKAGES[program, manager]}"


@pytest.mark.parametrize(("program", "manager"), [("ip", "opkg"), ("systemctl", "apk"), ("systemd-run", "apt-get")])
def test_of_what_nobody_knows_no_package_is_named(program: str, manager: str) -> None:
    assert packages.cure(program, {manager: f"/sbin/{manager}"}.get) == "Install the package it comes in."


@pytest.mark.parametrize("applet", [("ip", "-j", "addr"), ("modprobe", "--dry-run", "--quiet", "ip_vs")])
def test_a_program_of_busybox_that_does_not_know_the_words(tmp_path: Path, applet: tuple[str, ...]) -> None:
    """A real BusyBox says it."""
    host = Host(str(tmp_path), lambda argv: execute(["busybox", *argv]))
    apk = tmp_path / "sbin/apk"
    apk.parent.mkdir()
    apk.touch(mode=0o755)
    package = {"ip": "iproute2", "modprobe": "kmod"}[applet[0]]
    said = (
        f"{applet[0]}: is that of BusyBox on this host, which cannot do it (got '{' '.join(applet)}'). "
        f"Fix: Run: apk add {package}"
    )
    for ask in (host.run, host.succeeds, host.attempt):
        with pytest.raises(LvsError) as refused:
            ask(applet)
        assert str(refused.value) == said


def test_a_program_of_busybox_that_fails_is_not_taken_for_one_that_cannot(tmp_path: Path) -> None:
    host = Host(str(tmp_path), lambda argv: execute(["busybox", *argv]))
    assert not host.succeeds(("grep", "-q", "x", "/dev/null"))


def test_a_command_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_module, "_TIMEOUT_SECONDS", 0.1)
    with pytest.raises(LvsError, match="sleep 60: did not end within"):
        execute(["sleep", "60"])


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOMEM, "ip addr: could not be started: Cannot allocate memory. Fix: Free some memory or end some"),
        (errno.EAGAIN, "ip addr: could not be started: Resource temporarily unavailable. Fix: Free some memory or end"),
        (errno.EACCES, "ip addr: could not be started: Permission denied. Fix: See whether it is a program"),
    ],
)
def test_a_command_that_cannot_be_started(monkeypatch: pytest.MonkeyPatch, number: int, said: str) -> None:
    def refuse(*_words: object, **_options: object) -> t.NoReturn:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(subprocess, "run", refuse)
    with pytest.raises(LvsError) as failed:
        execute(["ip", "addr"])
    assert str(failed.value).startswith(said)


def test_a_command_that_is_killed(host: Host) -> None:
    with pytest.raises(LvsError, match=r"^sh -c 'kill -9 \$\$': was ended by SIGKILL. Fix: See the kernel's log"):
        host.run(("sh", "-c", "kill -9 $$"))


def test_output_that_is_no_text(host: Host) -> None:
    assert host.run(("printf", r"\377")) == "\N{REPLACEMENT CHARACTER}"


def test_which_looks_below_the_root(host: Host, tmp_path: Path) -> None:
    assert host.which("ip") is None
    tool = tmp_path / "usr/sbin/ip"
    tool.parent.mkdir(parents=True)
    tool.touch(mode=0o755)
    assert host.which("ip") == "/usr/sbin/ip"


def test_write_and_read(host: Host, tmp_path: Path) -> None:
    assert host.read("/etc/x.d/a.conf") is None
    umask = os.umask(0o077)
    try:
        host.write("/etc/x.d/a.conf", "eins\n")
    finally:
        os.umask(umask)
    assert host.read("/etc/x.d/a.conf") == "eins\n"
    assert stat.S_IMODE((tmp_path / "etc/x.d/a.conf").stat().st_mode) == 0o644
    # Daemons that have dropped root must be able to read it.
    assert stat.S_IMODE((tmp_path / "etc/x.d").stat().st_mode) == 0o755
    host.write("/etc/x.d/a.conf", "zwei\n", mode=0o600)
    assert host.read("/etc/x.d/a.conf") == "zwei\n"
    assert stat.S_IMODE((tmp_path / "etc/x.d/a.conf").stat().st_mode) == 0o600
    assert host.glob("/etc", "*/*") == ["/etc/x.d/a.conf"]


def test_bytes_that_are_no_text_survive(host: Host, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xff\n")
    host.write("/b", host.read("/a") or "")
    assert (tmp_path / "b").read_bytes() == b"\xff\n"


@pytest.mark.parametrize("step", ["fchmod", "fsync"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    host.write("/a.conf", "old")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(LvsError) as failed:
        host.write("/a.conf", "new")
    assert str(failed.value) == (
        "/a.conf: could not be written: No space left on device; what was there is untouched. Fix: "
        "Free some space on its file system."
    )
    assert [path.name for path in tmp_path.iterdir()] == ["a.conf"]
    assert host.read("/a.conf") == "old"


def test_a_file_in_the_way_of_a_directory(host: Host, tmp_path: Path) -> None:
    (tmp_path / "etc").touch()
    with pytest.raises(LvsError, match=r"/etc/a: could not be written: .*"):
        host.write("/etc/a", "")
    with pytest.raises(LvsError, match="/etc/a: could not be read: Not a directory"):
        host.read("/etc/a")


def test_remove(host: Host, tmp_path: Path) -> None:
    host.write("/d/a", "")
    host.write("/d/b", "")
    host.remove("/d/a")
    host.remove("/d/a")
    host.remove_directory_if_empty("/d")
    assert (tmp_path / "d/b").exists()
    host.remove("/d/b")
    host.remove_directory_if_empty("/d")
    host.remove_directory_if_empty("/d")
    assert not (tmp_path / "d").exists()


def test_what_cannot_be_removed_is_named(host: Host, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(LvsError, match=r"/d: could not be removed: .*"):
        host.remove("/d")
