# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One at a time on a host: real processes, a real lock."""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import lock
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.lock import hold


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(lock, "PATH", str(tmp_path / "lock"))
    return tmp_path / "lock"


def in_a_child(work: Callable[[], None]) -> int:
    """Its process id; it ends with 0 when its work does not raise."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


def ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@contextmanager
def another(name: str) -> Iterator[int]:
    """Another process that has the lock until the test is done with it; its id."""
    ready, told = os.pipe()

    def have() -> None:
        with hold(name):
            os.write(told, b"1")
            signal.pause()

    child = in_a_child(have)
    os.read(ready, 1)
    try:
        yield child
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(ready)
        os.close(told)


def test_the_second_waits_and_then_says_for_whom(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "joe")
    monkeypatch.setenv("SSH_CONNECTION", "192.168.1.5 50022 192.168.1.11 22")
    with another("arp_hide") as child, pytest.raises(LvsError) as late, hold("vip_address", patience=1):
        pytest.fail("two at once")
    assert str(late.value) == (
        f"{path}: is still locked by arp_hide of joe from 192.168.1.5 (process {child}) after 1 s. "
        "Fix: Let that end, or end it; try again."
    )
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_long_wait_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one is ended when we have just seen that we have to wait for it."""
    monkeypatch.setattr(lock, "_WORTH_TELLING", 0.0)
    told: list[str] = []
    with another("arp_hide") as child:
        owner = lock._owner

        def looks(descriptor: int) -> str:
            os.kill(child, signal.SIGKILL)
            return owner(descriptor)

        monkeypatch.setattr(lock, "_owner", looks)
        with hold("vip_address", told.append):
            pass
    (text,) = told
    assert text.startswith("Waited 0 s for arp_hide of ")
    assert text.endswith(f" (process {child}), which was changing this host.")


def test_a_dead_owners_lock_is_free_at_once() -> None:
    with another("arp_hide") as child:
        os.kill(child, signal.SIGKILL)
        began = time.monotonic()
        with hold("vip_address", patience=5):
            assert time.monotonic() - began < 1


def test_whoever_has_it_may_ask_again(path: Path) -> None:
    with hold("outer"):
        with hold("inner", patience=1):
            pass
        assert '"outer"' in path.read_text(), "others are told who began"
        child = in_a_child(refused)
        assert ended(child) == 0, "the inner one did not let go of it"


def refused() -> None:
    with pytest.raises(LvsError), hold("another", patience=1):
        pass


def test_a_process_that_stays_behind_does_not_have_it() -> None:
    with hold("who leaves somebody behind"):
        child = in_a_child(signal.pause)
    began = time.monotonic()
    with hold("next", patience=5):
        assert time.monotonic() - began < 1
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_forty_times_two_at_once_lose_nothing(tmp_path: Path) -> None:
    """Each reads a number, is slow, and writes the next one: as whoever keeps a record."""
    number = tmp_path / "number"
    number.write_text("0")

    def count() -> None:
        with hold("counter"):
            found = int(number.read_text())
            os.sched_yield()
            number.write_text(str(found + 1))

    for _round in range(40):
        assert [ended(child) for child in (in_a_child(count), in_a_child(count))] == [0, 0]
    assert number.read_text() == "80"


def test_a_lock_that_is_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LvsError, match="could not be locked"), hold("task"):
        pytest.fail("followed")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_what_is_no_file_is_no_lock(path: Path, make: Callable[[Path], None]) -> None:
    make(path)
    why = "could not be locked: (Not a regular file|Is a directory)"
    with pytest.raises(LvsError, match=why), hold("task"):
        pytest.fail("locked")


def test_a_full_disk_keeps_nobody_from_having_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    with hold("task"):
        assert ended(in_a_child(refused)) == 0


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", "\0" * 9])
def test_whatever_is_in_the_file_it_is_only_said(path: Path, text: str) -> None:
    with another("arp_hide"):
        path.write_text(text)
        with pytest.raises(LvsError, match="is still locked by another task"), hold("task", patience=1):
            pytest.fail("two at once")
