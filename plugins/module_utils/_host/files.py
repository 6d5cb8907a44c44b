# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a file of a host is written and removed: the only way, for modules and for what runs at boot without them.

Private: this file may change in any release; do not import it from outside the collection.

A power cut finds the old file or the new one, and what was said to be done is on the disk. First all that can fail for
want of space is done beside the file (Draft), then the file is renamed (publish), which cannot. Why it would fail is
told without writing anything, too (obstacles): for check mode, and with figures.

This file is part of the zipapp that runs at boot without Ansible: standard library alone.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import struct
import typing as t
from pathlib import Path

from .._errors import LvsError

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator, Mapping

_NEW = 0o644
_FOLDER = 0o755
_MOST_LINKS = 40  # the kernel's own limit
_MOST_READ = 64 * 2**20  # bytes; a record of a hundred thousand realservers has a third of it
_PIECE = 2**16
_NULL = os.makedev(1, 3)  # /dev/null, of the kernel's own numbers
# Of an existing file; what else there may be, such as security.capability or security.ima, belongs to its contents.
_LABELS = ("security.selinux", "system.posix_acl_access")

# FS_IOC_GETFLAGS, see ioctl_iflags(2). On a few architectures the direction of a request is a bit further down.
_DIRECTION = 29 if os.uname().machine.startswith(("mips", "ppc", "sparc", "alpha")) else 30
_GET_FLAGS = 2 << _DIRECTION | struct.calcsize("l") << 16 | ord("f") << 8 | 1
_IMMUTABLE, _APPEND_ONLY = 0x10, 0x20

_SYS = Path("/sys")
_UNTOUCHED = "; what was there is untouched"
_DRAFT = ".lvs-new"
_CURES = {
    errno.ENOSPC: "Free some space on its file system.",
    errno.EDQUOT: "Free some space on its file system.",
    errno.EROFS: "Mount it read-write; where it is read-only by design, set lvs_persistent to false for this host.",
    errno.EACCES: "Run the task as root (become: true).",
    errno.EPERM: "Run the task as root (become: true), and see with lsattr whether it is immutable.",
    errno.ENOMEM: "Free some memory on this host, or raise the limit of the task.",
}


def file_error(path: str, doing: str, error: OSError, left: str = "") -> LvsError:
    """Say which file could not be worked on, why, what that left, and what to do."""
    cure = _CURES.get(error.errno or 0, "See to it and run the task again.")
    return LvsError(path, None, f"could not be {doing}: {error.strerror}{left}. {cure}")


class Draft:
    """A file beside the one that it will replace, complete and on the disk before it does.

    ``mode`` None keeps that of the file that is there; its owner, ACL and SELinux label are kept in any case.
    """

    def __init__(self, path: Path, name: str = "", mode: int | None = None) -> None:
        self._name = name or str(path)
        with _told(self._name, "written", _UNTOUCHED):
            self._target = _behind_links(path, self._name)
            _refuse_protected(self._target, self._name)
            make_directory(self._target.parent)
            beside = _beside(self._target)
            beside.unlink(missing_ok=True)
            self.descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            self._temporary: Path | None = beside
            with self._discarding():
                self._take_after(mode)

    def _take_after(self, mode: int | None) -> None:
        """Become what the file that is there is: whose, for whom, labelled how."""
        try:
            old = self._target.stat()
        except FileNotFoundError:
            os.fchmod(self.descriptor, _NEW if mode is None else mode)
            return
        if (old.st_uid, old.st_gid) != (os.geteuid(), os.getegid()):
            os.fchown(self.descriptor, old.st_uid, old.st_gid)
        os.fchmod(self.descriptor, stat.S_IMODE(old.st_mode) if mode is None else mode)
        for label in _LABELS:
            with contextlib.suppress(FileNotFoundError), _unlabelled():
                os.setxattr(self.descriptor, label, os.getxattr(self._target, label))

    def fill(self, content: bytes) -> Draft:
        """Write it and bring it to the disk."""
        with _told(self._name, "written", _UNTOUCHED), self._discarding():
            # Unbuffered, and not closed: whoever holds a lock on it goes on holding it.
            with os.fdopen(self.descriptor, "wb", closefd=False) as stream:
                stream.write(content)
            os.fsync(self.descriptor)
        return self

    def publish(self) -> None:
        """Put it in its place."""
        if self._temporary is None:
            return
        with _told(self._name, "put in its place", _UNTOUCHED), self._discarding():
            self._temporary.replace(self._target)
            self._temporary = None
        with _told(self._name, "brought to the disk"):
            sync_directory(self._target.parent)
        self.discard()

    def discard(self) -> None:
        """Leave no trace of a draft that was not published."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)
            self._temporary = None

    @contextlib.contextmanager
    def _discarding(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.discard()
            raise


def opened(path: Path) -> t.BinaryIO:
    """A file to read from; what would never end, or wait for somebody to write into it, is refused."""
    # Without O_NONBLOCK, to open a FIFO waits already.
    stream = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC), "rb")
    found = os.fstat(stream.fileno())
    # A link to /dev/null is the usual way to switch a file of another package off.
    if stat.S_ISREG(found.st_mode) or (stat.S_ISCHR(found.st_mode) and found.st_rdev == _NULL):
        return stream
    stream.close()
    raise OSError(errno.EINVAL, "Not a regular file")


def read(path: Path, name: str = "") -> bytes | None:
    """The content of a file, None when there is no such file."""
    with _told(name or str(path), "read"), contextlib.suppress(FileNotFoundError), opened(path) as stream:
        content = bytearray()
        # Not all at once: what is asked of /proc/sys at once the kernel takes the memory for.
        while piece := os.read(stream.fileno(), _PIECE):
            content += piece
            if len(content) > _MOST_READ:
                raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        return bytes(content)
    return None


def encoded(content: str | bytes) -> bytes:
    """As it lies on the disk; what was read of somebody's file may be written back."""
    return content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape")


def write(path: Path, content: bytes, name: str = "", mode: int | None = None) -> None:
    """Put a file there whole or not at all: a reader, a full disk or a power cut never meets half of it.

    ``name`` is what the host calls it, for messages.
    """
    Draft(path, name, mode).fill(content).publish()


def remove(path: Path, name: str = "") -> None:
    """Remove a file if it is there, so that it does not come back with the power. Of a link, the link."""
    with _told(name or str(path), "removed"):
        there = [one for one in (path, _beside(path)) if os.path.lexists(one)]
        for one in there:
            one.unlink(missing_ok=True)
        if there:
            sync_directory(path.parent)


def link(path: Path, target: str, name: str = "") -> None:
    """Put a symbolic link there."""
    with _told(name or str(path), "put back"):
        make_directory(path.parent)
        path.symlink_to(target)
        sync_directory(path.parent)


def _beside(path: Path) -> Path:
    """Where a draft lies: always the same, so that one which a power cut left behind is found by whoever comes next.

    Whoever writes has the lock of the host. No reader of a folder with many files takes it for one of them.
    """
    return path.with_name(f".{path.name}{_DRAFT}")


def sweep(folder: Path) -> None:
    """Remove the drafts that a run left behind which was killed. To be called with the host's lock held."""
    for left in folder.glob(f".*{_DRAFT}"):
        remove(left)


def remove_directory_if_empty(path: Path) -> None:
    """Remove a directory that nobody else has put anything into."""
    # Not empty, then; and one that comes back with the power is empty, which harms nobody.
    with contextlib.suppress(OSError):
        path.rmdir()
        sync_directory(path.parent)


def make_directory(directory: Path) -> None:
    """Make a directory and its parents readable for all whatever the umask: daemons drop root before they read."""
    if directory.is_dir():
        return
    make_directory(directory.parent)
    with contextlib.suppress(FileExistsError):
        directory.mkdir()
        directory.chmod(_FOLDER)
    sync_directory(directory.parent)


def sync_directory(directory: Path) -> None:
    """Bring to the disk which names a directory has."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def obstacles(wanted: Mapping[str, tuple[Path, int | None]]) -> list[LvsError]:
    """Why these files cannot be written, or, without a size, be removed: found out without writing anything.

    They are by the names that the host has for them. Where space is short for all of them together, the first says so.
    """
    found, needed = [], dict[int, tuple[str, Path, int, int]]()
    for name, (path, size) in wanted.items():
        try:
            with _told(name, "removed" if size is None else "written", _UNTOUCHED):
                target = path if size is None else _behind_links(path, name)
                folder = _existing(target.parent)
                _refuse_protected(target, name)
                _refuse_closed(folder, name)
        except LvsError as error:
            found.append(error)
            continue
        if size is not None:
            device = folder.stat().st_dev
            first, place, total, count = needed.get(device, (name, folder, 0, 0))
            block = os.statvfs(folder).f_frsize
            # A block for the name in its folder, too, or for the folder.
            needed[device] = first, place, total + (-(-size // block) + 1) * block, count + 1
    return found + [error for one in needed.values() for error in _without_space(*one)]


def _without_space(name: str, folder: Path, size: int, count: int) -> Iterator[LvsError]:
    """What its file system lacks, if anything."""
    system, mount = os.statvfs(folder), _mount_point(folder)
    blocks = system.f_bavail if os.geteuid() else max(0, system.f_bfree - _kept_from_root(folder))
    free = blocks * system.f_frsize
    cure = f"{_UNTOUCHED}. {_CURES[errno.ENOSPC]}"
    # Some file systems make inodes as they are needed, and say 0 of 0.
    if system.f_files and system.f_ffree < count:
        yield LvsError(name, None, f"cannot be written: {mount} has {system.f_ffree} inodes free, {count} needed{cure}")
    elif system.f_blocks and free < size:
        yield LvsError(name, None, f"cannot be written: {mount} has {free} bytes free, {size} needed{cure}")


def _kept_from_root(folder: Path) -> int:
    """How many of the free blocks ext4 keeps for its own bookkeeping; all others give root the last one."""
    device = folder.stat().st_dev
    disk = (_SYS / f"dev/block/{os.major(device)}:{os.minor(device)}").resolve().name
    try:
        return int((_SYS / "fs/ext4" / disk / "reserved_clusters").read_text())
    except (OSError, ValueError):
        return 0


def _existing(folder: Path) -> Path:
    """The folder, or the one in which it would be made."""
    return folder if os.path.lexists(folder) or folder == folder.parent else _existing(folder.parent)


def _mount_point(folder: Path) -> Path:
    folder = folder.resolve()
    while folder != folder.parent and folder.stat().st_dev == folder.parent.stat().st_dev:
        folder = folder.parent
    return folder


def _refuse_protected(path: Path, name: str) -> None:
    """Nobody may replace an immutable file, which the kernel says only when it is too late."""
    letter = {_IMMUTABLE: "i", _APPEND_ONLY: "a"}.get(_flags(path) & (_IMMUTABLE | _APPEND_ONLY), "ia")
    if _flags(path) & (_IMMUTABLE | _APPEND_ONLY):
        cure = (
            f"is protected by an attribute of the file system, see lsattr(1){_UNTOUCHED}. Run: chattr -{letter} {path}"
        )
        raise LvsError(name, letter, cure)


def _refuse_closed(folder: Path, name: str) -> None:
    """A folder in which nothing can be made or replaced. The kernel is asked, and with it SELinux."""
    if _is_read_only(folder):
        outermost = folder.resolve()
        # A folder may be mounted read-only on itself, and so be of the same device as the one above it.
        while outermost != outermost.parent and _is_read_only(outermost.parent):
            outermost = outermost.parent
        cure = f"cannot be written: {outermost} is mounted read-only{_UNTOUCHED}. {_CURES[errno.EROFS]}"
        raise LvsError(name, None, cure)
    _refuse_protected(folder, name)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))


def _is_read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)


def _flags(path: Path) -> int:
    """Its attributes as lsattr(1) shows them; none where the file system has no such thing."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode) and not stat.S_ISDIR(path.lstat().st_mode):
            return 0
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        (found,) = struct.unpack("i", fcntl.ioctl(descriptor, _GET_FLAGS, struct.pack("l", 0))[:4])
    except OSError:
        return 0
    finally:
        os.close(descriptor)
    return int(found)


def _behind_links(path: Path, name: str) -> Path:
    """The file that a path means. A link is followed, never replaced; not where somebody else may turn it round."""
    for _link in range(_MOST_LINKS):
        if not path.is_symlink():
            return path
        link, folder = path.lstat(), path.parent.stat()
        if link.st_uid not in _trusted() or folder.st_uid not in _trusted() or folder.st_mode & stat.S_IWOTH:
            cure = (
                f"is a symbolic link that others than root can change, so it is not followed. Replace {path} by a file."
            )
            raise LvsError(name, str(path.readlink()), cure)
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))


def _trusted() -> set[int]:
    return {0, os.geteuid()}


@contextlib.contextmanager
def _told(name: str, doing: str, left: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise file_error(name, doing, error, left) from error


@contextlib.contextmanager
def _unlabelled() -> Iterator[None]:
    """A file without this label, and a file system without labels, have none to keep."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENODATA, errno.ENOTSUP):
            raise
