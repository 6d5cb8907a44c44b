# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The User-mode Linux kernels: the newest that can be had, or the host's own package."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError
from lab.packages import PrivateApt
from lab.paths import PACKAGE, appearing, cache_dir, recipe_key
from lab.run import run

# Newer suites first. A kernel of a newer suite needs that suite's libc, which is put beside it.
SUITES = ("forky", "trixie")
HOST_KERNEL = Path("/usr/bin/linux.uml")
HOST_MODULES = Path("/usr/lib/uml/modules")
LOADER = "usr/lib64/ld-linux-x86-64.so.2"
LIBRARIES = "usr/lib/x86_64-linux-gnu"

# From here on a guest's processes run under seccomp, three times faster than under ptrace.
SECCOMP_SINCE = (6, 16)


@dataclass(frozen=True)
class Kernel:
    """A kernel ready to boot: the program, its modules, its release such as 7.2.7."""

    program: Path
    modules: Path
    release: str
    origin: str
    preload: Path | None = None

    @property
    def arguments(self) -> list[str]:
        """Kernel arguments that this release understands."""
        return ["seccomp=on"] if _has_seccomp(self.release) else []


def _has_seccomp(release: str) -> bool:
    return tuple(int(number) for number in re.findall(r"\d+", release)[:2]) >= SECCOMP_SINCE


def kernel(which: str, report: Callable[[str], None]) -> Kernel:
    """The kernel named `newest` or `host`; the newest is fetched once, the host's own is what it falls back to."""
    if which == "host":
        return _of_host()
    folder = cache_dir() / f"kernel-{recipe_key('kernel', SUITES)}"
    if not folder.exists():
        try:
            with appearing(folder) as draft:
                _fetch(draft, folder)
        except LabError as error:
            report(f"{error.problem} The host's own kernel is used instead.")
            return _of_host()
    return _from_root(folder, (folder / "origin").read_text().strip())


def _of_host() -> Kernel:
    return _from_root(Path("/"), "this machine's user-mode-linux package")


def _fetch(draft: Path, final: Path) -> None:
    apt = PrivateApt(draft / "apt", SUITES)
    offers = apt.versions("user-mode-linux")
    suite = next((suite for suite in SUITES if suite in offers), None)
    if suite is None:
        raise LabError(
            f"The mirror has no user-mode-linux in {' or '.join(SUITES)}.",
            "Use the host's own kernel: apt-get install user-mode-linux, then --kernel host",
        )
    apt.unpack("user-mode-linux", suite, draft)
    apt.unpack("libc6", suite, draft)
    # Copies keep UML's own address layout; starting it through ld.so does not.
    program = draft / HOST_KERNEL.relative_to("/")
    run(["patchelf", "--set-interpreter", final / LOADER, "--set-rpath", final / LIBRARIES, program], "Report this.")
    (draft / "origin").write_text(f"user-mode-linux {offers[suite]} of Debian {suite}\n")
    shutil.rmtree(draft / "apt")


def _from_root(root: Path, origin: str) -> Kernel:
    program, modules = root / HOST_KERNEL.relative_to("/"), root / HOST_MODULES.relative_to("/")
    if not program.exists() or not modules.is_dir():
        raise LabError(
            f"There is no User-mode Linux kernel at {program}.",
            "Run as root: apt-get install user-mode-linux (or leave out --kernel host)",
        )
    release = run([program, "--version"], "Install the libc that this kernel needs.").strip()
    return Kernel(program, modules / release, release, origin, None if _has_seccomp(release) else _whole_registers())


def _whole_registers() -> Path:
    """What lets a kernel that uses ptrace run on processors that are newer than it: see xstate.c."""
    source = PACKAGE / "xstate.c"
    folder = cache_dir() / f"xstate-{recipe_key(source.read_text())}"
    library = folder / "xstate.so"
    if not folder.exists():
        with appearing(folder) as draft:
            compiler = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
            run([*compiler, "-o", draft / library.name, source], "Install a C compiler: apt-get install gcc libc6-dev")
    return library
