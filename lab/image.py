# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guests' disk: a Debian root file system, the lab's own files, keys and the kernel's modules, as one image.

Two steps, each built once and kept: packages (slow, needs the mirror), then the image (fast, for each kernel).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.kernel import Kernel
from lab.machine import ARCHIVE_KEYRING, BUILD_DISK_MB, is_root, require_disk
from lab.packages import NETWORK_CURE, mirror
from lab.paths import PACKAGE, appearing, cache_dir, recipe_key, tree_digest
from lab.run import run

SUITES = ("bookworm", "trixie")
PACKAGES = (
    # A systemd guest that Ansible can reach. Without udev networkd never configures the NIC.
    *("systemd-sysv", "udev", "dbus", "openssh-server", "python3", "iproute2", "kmod", "procps"),
    # The services of the HOWTO, and what a person wants when looking for a fault.
    *("nginx-light", "curl", "netcat-openbsd", "iputils-ping", "iputils-arping", "tcpdump", "ethtool", "iptables"),
    # Independent witnesses of the kernel's table; the collection itself needs neither.
    *("ipvsadm", "keepalived"),
)
LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*")
IMAGE_SIZE = "1800M"
# Each would cost memory or time at boot, or touch what the collection is about.
SWITCHED_OFF = (
    *("apt-daily.timer", "apt-daily-upgrade.timer", "keepalived.service", "e2scrub_reap.service"),
    # What no guest has a use for; every program that a boot runs costs it a tenth of a second.
    *("dev-hugepages.mount", "dev-mqueue.mount", "modprobe@.service", "proc-sys-fs-binfmt_misc.automount"),
    *("sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount"),
    *("sys-kernel-tracing.mount", "systemd-binfmt.service", "systemd-pstore.service"),
    *("systemd-random-seed.service", "systemd-sysusers.service", "systemd-update-utmp.service"),
    *("systemd-update-utmp-runlevel.service", "cryptsetup.target", "integritysetup.target", "veritysetup.target"),
    # Debian 13 runs these at the first boot alone, and a guest is to look the same after a reboot.
    *("ldconfig.service", "systemd-journal-catalog-update.service", "systemd-update-done.service"),
)
# systemd's generators, alike.
GENERATORS_OFF = (
    *("cryptsetup", "debug", "gpt-auto", "hibernate-resume", "integritysetup", "rc-local", "run", "system-update"),
    "veritysetup",
)
# Unit -> target that starts it. Packages enable their own services; networkd comes with systemd, switched off.
SWITCHED_ON = {
    "/etc/systemd/system/lab-setup.service": "sysinit.target",
    "/etc/systemd/system/lab-echo.socket": "sockets.target",
    "/lib/systemd/system/systemd-networkd.socket": "sockets.target",
    "/lib/systemd/system/systemd-networkd.service": "multi-user.target",
}
SWITCHES = (SWITCHED_ON, SWITCHED_OFF, GENERATORS_OFF)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Image:
    """A disk image that guests share, each with a copy-on-write file of its own, and the keys to log in."""

    disk: Path
    key: Path
    host_key: str
    suite: str
    seconds: float


def image(suite: str, packages: Sequence[str], kernel: Kernel, progress: Progress) -> Image:
    """The image for that suite and kernel with these packages more, built when it is not there yet."""
    keys = _keys()
    overlay = PACKAGE / "guest"
    root = _root_file_system(suite, packages, progress)
    public = [(keys / name).read_text() for name in ("id.pub", "host.pub")]
    recipe = recipe_key(root.name, kernel.release, tree_digest(overlay), public, IMAGE_SIZE, *SWITCHES)
    folder = cache_dir() / f"image-{recipe}"
    if not folder.exists():
        progress(f"Image of {suite} for kernel {kernel.release}")
        require_disk(cache_dir(), BUILD_DISK_MB)
        started = time.monotonic()
        with appearing(folder) as draft:
            _assemble(draft, root / "root.tar", overlay, keys, kernel)
            (draft / "seconds").write_text(f"{time.monotonic() - started:.1f}")
    seconds = sum(float((built / "seconds").read_text()) for built in (root, folder))
    return Image(folder / "base.img", keys / "id", public[1], suite, seconds)


def _keys() -> Path:
    folder = cache_dir() / "keys"
    if not folder.exists():
        with appearing(folder) as draft:
            for name in ("id", "host"):
                run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"lab-{name}", "-f", draft / name], "")
    return folder


def _root_file_system(suite: str, packages: Sequence[str], progress: Progress) -> Path:
    wanted = sorted({*PACKAGES, *packages})
    folder = cache_dir() / f"root-{recipe_key(suite, wanted, LEFT_OUT)}"
    if not folder.exists():
        progress(f"Packages of {suite} ({len(wanted)} and what they need)")
        require_disk(cache_dir(), BUILD_DISK_MB)
        started = time.monotonic()
        with appearing(folder) as draft:
            run(
                [
                    "mmdebstrap",
                    "--quiet",
                    "--variant=minbase",
                    f"--include={','.join(wanted)}",
                    *(f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT),
                    '--aptopt=Acquire::Languages "none"',
                    f"--keyring={ARCHIVE_KEYRING}",
                    suite,
                    draft / "root.tar",
                    mirror(),
                ],
                NETWORK_CURE,
            )
            (draft / "seconds").write_text(f"{time.monotonic() - started:.1f}")
    return folder


def _assemble(draft: Path, archive: Path, overlay: Path, keys: Path, kernel: Kernel) -> None:
    """Put the root file system together and make the image.

    An ordinary user's files must look like root's inside the image: fakeroot remembers the owners between the steps.
    """
    root, owners = draft / "root", draft / "owners"
    owners.touch()
    pretend: list[str | Path] = [] if is_root() else ["fakeroot", "-i", owners, "-s", owners, "--"]
    root.mkdir()
    run([*pretend, "tar", "-xpf", archive, "-C", root, "--exclude=./dev/*"], "Free some disk and try again.")
    run([*pretend, "cp", "-r", "--remove-destination", "--no-target-directory", overlay, root], "Report this.")
    _log_in(root, keys, pretend)
    _modules(root, kernel, pretend)
    _switch_units(root / "etc/systemd")
    for name, content in (("hostname", ""), ("machine-id", ""), ("fstab", "/dev/ubda / ext4 noatime 0 0\n")):
        (root / "etc" / name).write_text(content)
    disk = draft / "base.img"
    run([*pretend, "mke2fs", "-q", "-t", "ext4", "-d", root, disk, IMAGE_SIZE], "Free some disk and try again.")
    # Runs as whoever can remove files of other owners.
    run([*pretend, "rm", "-r", root, owners], "Report this.")


def _log_in(root: Path, keys: Path, pretend: Sequence[str | Path]) -> None:
    """The lab's own key opens root; the host key is the same on every guest and known before the first connection."""
    ssh = root / "root/.ssh"
    run([*pretend, "install", "-d", "-m", "0700", ssh], "Report this.")
    run([*pretend, "install", "-m", "0600", keys / "id.pub", ssh / "authorized_keys"], "Report this.")
    for stale in (root / "etc/ssh").glob("ssh_host_*"):
        stale.unlink()
    for name, mode in (("host", "0600"), ("host.pub", "0644")):
        target = root / "etc/ssh" / name.replace("host", "ssh_host_ed25519_key")
        run([*pretend, "install", "-m", mode, keys / name, target], "Report this.")


def _switch_units(systemd: Path) -> None:
    """What `systemctl enable` and `mask` do, which an ordinary user cannot run on another root."""
    for unit, target in SWITCHED_ON.items():
        wants = systemd / f"system/{target}.wants"
        wants.mkdir(exist_ok=True)
        (wants / Path(unit).name).symlink_to(unit)
    off = [systemd / "system" / unit for unit in SWITCHED_OFF]
    off += [systemd / f"system-generators/systemd-{name}-generator" for name in GENERATORS_OFF]
    for file in off:
        file.parent.mkdir(exist_ok=True)
        file.symlink_to("/dev/null")


def _modules(root: Path, kernel: Kernel, pretend: Sequence[str | Path]) -> None:
    target = root / "usr/lib/modules" / kernel.release
    target.parent.mkdir(parents=True, exist_ok=True)
    run([*pretend, "cp", "-r", kernel.modules, target], "Free some disk and try again.")
