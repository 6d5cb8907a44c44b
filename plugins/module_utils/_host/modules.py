# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a kernel loads no module that it has not got yet, whichever that is: known before it is asked.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import re
import typing as t
from pathlib import PurePosixPath

from .._errors import LvsError

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from .host import Host

FOLDER = "/lib/modules"
_DISABLED, _RELEASE = "/proc/sys/kernel/modules_disabled", "/proc/sys/kernel/osrelease"
_SIGNED_ONLY = {
    "/sys/module/module/parameters/sig_enforce": re.compile("Y"),
    "/sys/kernel/security/lockdown": re.compile(r"\[(integrity|confidentiality)\]"),
}


def release(host: Host) -> str:
    """Of the kernel that runs."""
    return (host.read(_RELEASE) or "").strip()


def refusal(host: Host, names: Sequence[str]) -> LvsError | None:
    """Why these cannot be loaded, if that is so."""
    if not names:
        return None
    if (host.read(_DISABLED) or "").strip() == "1":
        cure = (
            f"keeps this kernel from loading {', '.join(names)} until the host is booted again. Put them into a file of"
            " /etc/modules-load.d, which is read before sysctls are set, and reboot this host."
        )
        return LvsError("kernel.modules_disabled", 1, cure)
    return _upgraded(host) or _unsigned(host, names)


def _upgraded(host: Host) -> LvsError | None:
    """The folder of the kernel that runs went with its package. Where there are none at all, nobody can tell."""
    kernels = [PurePosixPath(path).name for path in host.glob(FOLDER, "*") if host.at(f"{path}/modules.dep").is_file()]
    running = release(host)
    if not kernels or host.at(f"{FOLDER}/{running}").is_dir():
        return None
    cure = f"has lost its modules, {FOLDER}/{running}, to an upgrade. Reboot this host, which has {', '.join(kernels)}."
    return LvsError("the kernel", running, cure)


def _unsigned(host: Host, names: Sequence[str]) -> LvsError | None:
    """A kernel that is locked down takes only those with a signature; whose it must be, it does not say."""
    strict = [path for path, yes in _SIGNED_ONLY.items() if yes.search(host.read(path) or "")]
    if not strict or host.which("modinfo") is None:
        return None
    bare = [name for name in names if _is_without(host, name)]
    if not bare:
        return None
    cure = f"has this kernel load signed modules alone, and {', '.join(bare)} is not. Install that of its package."
    return LvsError(strict[0], (host.read(strict[0]) or "").strip(), cure)


def _is_without(host: Host, name: str) -> bool:
    """Whether there is such a module, and no signature with it."""
    done = host.attempt(("modinfo", "-F", "sig_id", name))
    return done.rc == 0 and not done.stdout.strip()
