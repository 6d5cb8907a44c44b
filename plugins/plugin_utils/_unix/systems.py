# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The systems that realservers can run besides Linux, and which backend is right for a host. Pure.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

from ...module_utils._errors import LvsError
from . import gateway, record
from .aix import AIX
from .freebsd import FreeBSD
from .hpux import HPUX
from .irix import IRIX
from .macos import MacOS
from .netbsd import NetBSD
from .openbsd import OpenBSD
from .solaris10 import Solaris10
from .solaris11 import Solaris11
from .steps import Answers, Command, Question
from .unix import Unix

# Of several for one system, the first that fits a host gets it.
BACKENDS: tuple[type[Unix], ...] = (FreeBSD, OpenBSD, NetBSD, MacOS, Solaris11, Solaris10, AIX, HPUX, IRIX)
NAMES = tuple(dict.fromkeys(backend.name for backend in BACKENDS))

_UNAME = Command(("uname", "-s"))
# What the kernel calls itself where that is not the system's name.
_ALSO = {"IRIX64": "IRIX"}


def questions_for(name: str) -> tuple[Question, ...]:
    """What to ask a host of a system, whichever of its backends will fit."""
    asked = [question for backend in BACKENDS if backend.name == name for question in backend.all_questions()]
    return tuple(dict.fromkeys([_UNAME, *gateway.QUESTIONS, *record.QUESTIONS, *asked]))


def longest_word(name: str) -> int:
    """How long a command may be that is sent to a host of a system."""
    return min(backend.longest_word for backend in BACKENDS if backend.name == name)


def kernel_name(text: str) -> str:
    """The system's name from what `uname -s` printed."""
    words = text.split()
    said = words[-1] if words else ""
    return _ALSO.get(said, said)


def find(name: str, answers: Answers) -> Unix:
    """The backend for the host that gave these answers."""
    said = kernel_name(answers.of(*_UNAME.argv))
    if said != name:
        raise LvsError("system", name, f"is not what runs there: uname says {said!r}. Correct lvs_system of this host.")
    return next(backend(answers) for backend in BACKENDS if backend.name == name and backend.fits(answers))
