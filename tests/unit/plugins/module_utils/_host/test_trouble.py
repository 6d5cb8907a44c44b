# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host in trouble: what is foreseen without writing anything, what is prepared, and what is undone."""

from __future__ import annotations

import errno
import fcntl
import os
import struct
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import actions, files, modules, system
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.actions import Action, Remove, Run, Write
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.finish import UndoneError, finish, undoing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host, StillThereError

RAN: list[str] = []


def execute(argv: t.Sequence[str], _given: str = "") -> Completed:
    RAN.append(" ".join(argv))
    return Completed(tuple(argv), 1 if argv[0] == "false" else 0, "", "")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    RAN.clear()
    (tmp_path / "sbin").mkdir()
    for program in ("true", "false", "modinfo"):
        (tmp_path / "sbin" / program).touch(0o755)
    return Host(str(tmp_path), execute)


def tree(root: Path) -> dict[str, str]:
    """Every file, folder and link."""
    return {
        str(path.relative_to(root)): f"link {path.readlink()}"
        if path.is_symlink()
        else ""
        if path.is_dir()
        else path.read_text()
        for path in root.rglob("*")
    }


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What its file system says."""
    found = SimpleNamespace(
        f_frsize=4096, f_blocks=100, f_bfree=100, f_bavail=90, f_files=50, f_ffree=10, f_favail=10, f_flag=0
    )
    monkeypatch.setattr(os, "statvfs", lambda _path: found)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(files, "_mount_point", lambda _folder: "/var")
    monkeypatch.setattr(files, "_SYS", Path("/none"))
    return found


class TestForeseen:
    def test_space_for_all_of_them(self, host: Host, disk: SimpleNamespace) -> None:
        wanted = {"/var/a": 5000, "/var/b/c": 1}
        assert host.obstacles(wanted) == []
        disk.f_bfree = 4
        (problem,) = host.obstacles(wanted)
        assert str(problem) == (
            "/var/a: cannot be written: /var has 16384 bytes free, 20480 needed; what was there is untouched. Fix: "
            "Free some space on its file system."
        )

    def test_root_may_use_what_is_kept_for_root(
        self, host: Host, disk: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        disk.f_bavail = 0
        assert host.obstacles({"/a": 1}) == []
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert len(host.obstacles({"/a": 1})) == 1

    def test_what_ext4_keeps_from_root_as_well(
        self, host: Host, disk: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As Linux 6.1 has it: a file system of 64 MB that dd filled as root has 1310 blocks free, and keeps 1310."""
        disk.f_bfree = 99
        device = tmp_path.stat().st_dev
        sysfs = tmp_path / "sys"
        (sysfs / "devices/ubda").mkdir(parents=True)
        (sysfs / "dev/block").mkdir(parents=True)
        (sysfs / f"dev/block/{os.major(device)}:{os.minor(device)}").symlink_to("../../devices/ubda")
        (sysfs / "fs/ext4/ubda").mkdir(parents=True)
        (sysfs / "fs/ext4/ubda/reserved_clusters").write_text("98\n")
        monkeypatch.setattr(files, "_SYS", sysfs)
        (problem,) = host.obstacles({"/a": 5000})
        assert "/var has 4096 bytes free, 12288 needed" in str(problem)

    def test_inodes(self, host: Host, disk: SimpleNamespace) -> None:
        disk.f_ffree = 1
        (problem,) = host.obstacles({"/a": 1, "/b": 1})
        assert "/var has 1 inodes free, 2 needed" in str(problem)
        disk.f_files = disk.f_ffree = 0  # btrfs makes them as they are needed
        assert host.obstacles({"/a": 1, "/b": 1}) == []

    def test_to_remove_needs_no_space(self, host: Host, disk: SimpleNamespace, tmp_path: Path) -> None:
        (tmp_path / "a").touch()
        disk.f_bfree = disk.f_ffree = 0
        assert host.obstacles({"/a": None}) == []

    def test_read_only(self, host: Host, disk: SimpleNamespace) -> None:
        disk.f_flag = os.ST_RDONLY
        said = [str(one) for one in host.obstacles({"/a": 1, "/b/c": None})]
        assert [one.partition(";")[0] for one in said] == [
            "/a: cannot be written: / is mounted read-only",
            "/b/c: cannot be written: / is mounted read-only",
        ]
        assert "set lvs_persistent to false" in said[0]

    @pytest.mark.parametrize(("flags", "letter"), [(0x10, "i"), (0x20, "a"), (0x30, "ia")])
    @pytest.mark.parametrize("protected", ["a", "."])
    def test_attributes(
        self, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: int, letter: str, protected: str
    ) -> None:
        (tmp_path / "a").write_text("old")

        def told(descriptor: int, _request: int, _room: bytes) -> bytes:
            here = Path(f"/proc/self/fd/{descriptor}").readlink()
            return struct.pack("l", flags | 0x80000 if here == tmp_path / protected else 0x80000)

        monkeypatch.setattr(fcntl, "ioctl", told)
        for size in (1, None):
            (problem,) = host.obstacles({"/a": size})
            assert str(problem).endswith(f"Fix: Run: chattr -{letter} {tmp_path / protected}")
        if protected == "a":
            with pytest.raises(LvsError, match=r"^/a: is protected"):
                host.write("/a", "new")
            assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a"]

    def test_a_folder_that_is_not_for_us(self, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "access", lambda _path, _mode: False)
        (problem,) = host.obstacles({"/a/b": 1})
        assert str(problem).startswith("/a/b: could not be written: Permission denied; what was there is untouched")

    def test_all_that_is_planned_is_looked_at(self, host: Host, disk: SimpleNamespace, tmp_path: Path) -> None:
        (tmp_path / "gone").touch()
        disk.f_flag = os.ST_RDONLY
        planned: list[Action] = [
            Write("/a", ""),
            Remove("/gone"),
            Remove("/not-there"),
            Run(("nothing",), changes="/wants"),
        ]
        with pytest.raises(LvsError) as refused:
            actions.prepare(host, planned, check_mode=True)
        assert [line.partition(":")[0] for line in str(refused.value).splitlines()] == [
            "/a",
            "/gone",
            "/wants/nothing",
            "nothing",
        ]

    def test_a_script_of_ours_is_not_there_yet(self, host: Host) -> None:
        actions.require_possible(host, [Run(("/etc/init.d/lvs-a", "start"))])


class TestPrepared:
    def test_a_full_disk_after_that_matters_no_more(
        self, host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        planned = [Write("/a", "x", 0o600), Write("/b/c", b"\xff")]
        actions.prepare(host, planned)
        assert not (tmp_path / "a").exists()

        def full(*_words: object) -> t.NoReturn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr(
            os, "open", lambda *words, _open=os.open: full() if words[1] & os.O_CREAT else _open(*words)
        )
        actions.apply(host, planned)
        assert ((tmp_path / "a").read_text(), (tmp_path / "b/c").read_bytes()) == ("x", b"\xff")
        assert not list(tmp_path.rglob("*.lvs-new"))

    def test_check_mode_writes_nothing(self, host: Host, tmp_path: Path) -> None:
        before = tree(tmp_path)
        actions.prepare(host, [Write("/a/b", "x")], check_mode=True)
        assert tree(tmp_path) == before

    def test_what_is_not_written_in_the_end_is_discarded(self, host: Host, tmp_path: Path) -> None:
        before = tree(tmp_path)
        with undoing(host):
            host.prepare("/a", "x")
        assert tree(tmp_path) == before

    def test_another_text_is_written_all_the_same(self, host: Host, tmp_path: Path) -> None:
        host.prepare("/a", "x")
        host.write("/a", "y")
        assert ((tmp_path / "a").read_text(), [one.name for one in tmp_path.glob(".*")]) == ("y", [])

    def test_what_a_killed_run_prepared_is_swept(self, host: Host, tmp_path: Path) -> None:
        host.prepare("/etc/systemd/system/a.service", "x")
        host.prepare("/var/lib/lvs/a.json", "x")
        Host(str(tmp_path)).sweep()
        assert not list(tmp_path.rglob("*.lvs-new"))


def fail(host: Host, work: t.Callable[[], None], error: Exception) -> t.NoReturn:
    """In the middle of the work."""
    with undoing(host):
        work()
        raise error


class TestUndone:
    def test_files_are_what_they_were(self, host: Host, tmp_path: Path) -> None:
        (tmp_path / "etc").mkdir()
        (tmp_path / "etc/kept").write_text("old")
        (tmp_path / "etc/kept").chmod(0o640)
        (tmp_path / "etc/gone").write_text("gone")
        (tmp_path / "etc/link").symlink_to("kept")
        before = tree(tmp_path)

        def work() -> None:
            host.write("/etc/kept", "new", 0o600)
            host.write("/etc/kept", "newer")
            host.write("/var/lib/lvs/new", "")
            host.remove("/etc/gone")
            host.remove("/etc/link")
            host.remove("/etc/never")

        with pytest.raises(UndoneError) as failed:
            fail(host, work, LvsError("a", None, "is wrong. Mend it."))
        assert tree(tmp_path) == before
        assert (tmp_path / "etc/kept").stat().st_mode & 0o777 == 0o640
        assert str(failed.value) == "a: is wrong. Fix: Mend it.\nEverything this task did before that was undone."
        assert failed.value.left == []

    def test_the_last_comes_first_and_a_daemon_reads_at_the_end(self, host: Host) -> None:
        def undo(word: str) -> t.Callable[[], object]:
            return lambda: host.run(("true", "undo", word))

        with pytest.raises(UndoneError), undoing(host):
            actions.apply(
                host,
                [
                    Run(("true", "reload"), again=True),
                    Run(("true", "a"), undo=undo("a")),
                    Run(("true", "b"), undo=undo("b")),
                    Run(("false",), undo=undo("half")),
                ],
            )
        assert RAN == [
            "true reload",
            "true a",
            "true b",
            "false",
            "true undo half",
            "true undo b",
            "true undo a",
            "true reload",
        ]

    def test_what_cannot_be_undone_is_named(self, host: Host) -> None:
        def stuck() -> None:
            raise StillThereError(["ipvsadm -A -t 192.168.1.110:80"])

        def work() -> None:
            host.undo_by("the table", stuck)
            host.undo_by("the VIP", lambda: host.run(("false",)))

        with pytest.raises(UndoneError) as failed:
            fail(host, work, LvsError("a", None, "is wrong"))
        assert str(failed.value) == (
            "a: is wrong.\nThis could not be undone: the VIP (false: failed with exit status 1.); "
            "ipvsadm -A -t 192.168.1.110:80"
        )

    def test_before_anything_was_done_nothing_is_said_of_it(self, host: Host) -> None:
        with pytest.raises(LvsError) as failed, undoing(host):
            raise LvsError("a", None, "is wrong")
        assert str(failed.value) == "a: is wrong."

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (
                MemoryError(),
                "this host: did not allow this task to go on: Cannot allocate memory. Fix: Free some memory",
            ),
            (OSError(errno.ENOMEM, "Cannot allocate memory"), "Cannot allocate memory. Fix: Free some memory on"),
            (
                OSError(errno.EIO, "Input/output error", "/a"),
                "/a: did not allow this task to go on: Input/output error",
            ),
        ],
    )
    def test_what_the_system_refuses(self, host: Host, tmp_path: Path, error: Exception, said: str) -> None:
        with pytest.raises(UndoneError) as failed:
            fail(host, lambda: host.write("/a", ""), error)
        assert said in str(failed.value)
        assert not (tmp_path / "a").exists()

    def test_the_result_says_whether_the_host_changed(self, host: Host) -> None:
        class Module:
            check_mode = True
            results: t.ClassVar[list[dict[str, t.Any]]] = []

            def fail_json(self, **result: t.Any) -> t.NoReturn:
                self.results.append(result)
                raise SystemExit

        def work(way: str) -> t.Callable[[Host], dict[str, t.Any]]:
            def fail(here: Host) -> t.NoReturn:
                here.undo_by("it", lambda: here.run((way,)))
                raise LvsError("a", None, "is wrong")

            return fail

        for way in ("true", "false"):
            with pytest.raises(SystemExit):
                finish(t.cast("t.Any", Module()), host, work(way))
        assert [one["changed"] for one in Module.results] == [False, True]


def put(host: Host, path: str, text: str) -> None:
    host.at(path).parent.mkdir(parents=True, exist_ok=True)
    host.at(path).write_text(text)


class TestModules:
    """Of the kernel."""

    @pytest.fixture(autouse=True)
    def running(self, host: Host) -> None:
        put(host, "/proc/sys/kernel/osrelease", "6.1.0-1\n")
        put(host, "/proc/sys/kernel/modules_disabled", "0\n")
        put(host, "/lib/modules/6.1.0-1/modules.dep", "")

    def test_all_is_well(self, host: Host) -> None:
        assert modules.refusal(host, ["ip_vs"]) is None

    def test_a_kernel_that_loads_nothing_any_more(self, host: Host) -> None:
        put(host, "/proc/sys/kernel/modules_disabled", "1\n")
        said = str(modules.refusal(host, ["ip_vs", "ip_vs_rr"]))
        assert said.startswith("kernel.modules_disabled: keeps this kernel from loading ip_vs, ip_vs_rr until the host")
        assert said.endswith("reboot this host.")
        assert modules.refusal(host, []) is None

    def test_a_kernel_that_was_upgraded(self, host: Host) -> None:
        put(host, "/proc/sys/kernel/osrelease", "6.1.0-0\n")
        assert str(modules.refusal(host, ["ip_vs"])) == (
            "the kernel: has lost its modules, /lib/modules/6.1.0-0, to an upgrade (got '6.1.0-0'). "
            "Fix: Reboot this host, which has 6.1.0-1."
        )

    def test_where_there_are_no_modules_at_all_nobody_can_tell(self, host: Host) -> None:
        host.at("/lib/modules/6.1.0-1/modules.dep").unlink()
        put(host, "/proc/sys/kernel/osrelease", "6.1.0-0\n")
        assert modules.refusal(host, ["ip_vs"]) is None

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n"),
            ("/sys/module/module/parameters/sig_enforce", "Y\n"),
        ],
    )
    def test_a_kernel_that_wants_signatures(self, host: Host, path: str, text: str) -> None:
        put(host, path, text)
        said = str(modules.refusal(host, ["ip_vs"]))
        assert f"{path}: has this kernel load signed modules alone, and ip_vs is not" in said
        put(host, path, "[none] integrity confidentiality\n")
        assert modules.refusal(host, ["ip_vs"]) is None


class TestSystems:
    """That forget what is written."""

    def test_a_usual_one(self, host: Host) -> None:
        put(host, "/etc/os-release", 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n')
        put(host, "/proc/self/mountinfo", "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n")
        assert system.forgets(host) is None

    def test_nixos(self, host: Host) -> None:
        put(host, "/etc/os-release", "ID=nixos\n")
        said = str(system.forgets(host))
        assert said.startswith("persistent: cannot be had on NixOS")
        assert "Set lvs_persistent to false" in said

    @pytest.mark.parametrize(
        ("mounts", "named"),
        [
            ("30 22 0:30 / /etc rw - tmpfs tmpfs rw", "/etc, where /etc is, is tmpfs, and a reboot"),
            ("22 1 0:20 / / rw - tmpfs tmpfs rw,size=1g", "/, where /etc is, is tmpfs"),
            (
                "21 1 0:19 / /media/root-rw rw - tmpfs tmpfs-root rw\n"
                "22 1 0:20 / / rw - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay",
                "/, where /etc is, is overlay whose upper layer is in memory (/media/root-rw)",
            ),
        ],
    )
    def test_memory(self, host: Host, mounts: str, named: str) -> None:
        put(host, "/proc/self/mountinfo", f"20 1 254:0 / / rw - ext4 /dev/vda1 rw\n{mounts}\n")
        assert named in str(system.forgets(host))
        host.at("/sbin/lbu").touch(0o755)
        assert system.forgets(host) is None

    def test_an_overlay_that_lasts(self, host: Host) -> None:
        """A container's; its upper layer is not among the mounts that it sees."""
        put(host, "/proc/self/mountinfo", "22 1 0:20 / / rw - overlay overlay rw,upperdir=/var/lib/docker/x/diff\n")
        assert system.forgets(host) is None
