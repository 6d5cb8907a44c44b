# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every module on a host in trouble: it stays as it was, whichever command fails, and without space nothing begins."""

from __future__ import annotations

import copy
import os
import re
import typing as t
from types import SimpleNamespace

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import files
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._network import gateway_host
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.test_other_inits import CASES

if t.TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ansible_collections.linuxvirtualserver.lvs.tests.unit.conftest import RunModule
    from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.modules.fake_inits import AnyHost

# Of a gateway there are two tasks, and the host itself takes the first one back: see test_default_gateway.py.
ALONE = sorted(CASES.keys() - {"default_gateway"})
WITHOUT_COMMANDS = {"arp_hide", "kernel_setup of sysctls"}
MOST = 20
UNDONE = "Everything this task did before that was undone."
# What a fake keeps for itself, or what the host has of no importance.
IDLE = {"root", "tools", "timer", "meddle", "calls", "reloads", "networkd_knows", "networkd_routes"}


def killed(argv: Sequence[str]) -> Completed:
    return Completed(tuple(argv), -9, "", "")


def failed(argv: Sequence[str]) -> Completed:
    return Completed(tuple(argv), 1, "", "no")


def hung(argv: Sequence[str]) -> t.NoReturn:
    raise LvsError(" ".join(argv), None, "did not end within 60 s. See why it hangs on this host.")


WAYS: dict[str, t.Callable[[Sequence[str]], Completed]] = {"fails": failed, "is killed": killed, "hangs": hung}


def state(machine: AnyHost) -> tuple[dict[str, str], dict[str, t.Any]]:
    """Every file of the host, and what its tools remember."""
    paths = (path for path in machine.root.rglob("*") if path.is_symlink() or path.is_file())
    texts = {str(path.relative_to(machine.root)): "" if path.is_symlink() else path.read_text() for path in paths}
    return texts, copy.deepcopy({name: value for name, value in vars(machine).items() if name not in IDLE})


def is_change(argv: Sequence[str]) -> bool:
    """Whether a command changes the host, and is not a question."""
    return bool({"add", "replace", "set", "enable", "restart", "start", "daemon-reload", "-I", "-A"} & set(argv)) or (
        argv[0] == "modprobe" and "--dry-run" not in argv
    )


class Breaking:
    """Runs commands on a machine; of those that change it, one does not work."""

    def __init__(self, machine: AnyHost, way: str, number: int) -> None:
        self._machine, self._way, self._number = machine, way, number
        self.changes = 0

    def execute(self, argv: Sequence[str], *given: str) -> Completed:
        if is_change(argv):
            self.changes += 1
            if self.changes == self._number:
                return WAYS[self._way](argv)
        return self._machine.execute(argv, *given)

    def host(self) -> Host:
        return Host(str(self._machine.root), self.execute)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ALONE)
def test_whichever_command_fails_the_host_stays_as_it_was(
    name: str, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_module: RunModule
) -> None:
    case = CASES[name]
    for number in range(1, MOST):
        machine = case.make(tmp_path / str(number))
        breaking, before = Breaking(machine, way, number), state(machine)
        monkeypatch.setattr(case.module, "Host", breaking.host)
        result = run_module(case.module, case.args)
        if breaking.changes < number:
            break
        assert result["msg"].endswith(UNDONE), (number, result["msg"])
        assert not result["changed"]
        assert state(machine) == before, number
    assert result["changed"]
    assert number > 1 or name in WITHOUT_COMMANDS


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("name", CASES)
def test_without_space_nothing_begins(
    name: str, check_mode: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run_module: RunModule
) -> None:
    case = CASES[name]
    machine = case.make(tmp_path)
    before = state(machine)
    full = SimpleNamespace(f_frsize=4096, f_blocks=9, f_bfree=0, f_bavail=0, f_files=9, f_ffree=9, f_flag=0)
    monkeypatch.setattr(case.module, "Host", lambda: Host(str(tmp_path), machine.execute))
    monkeypatch.setattr(gateway_host, "knock", lambda _gateway, _dev: None)
    with monkeypatch.context() as patch:
        patch.setattr(files, "_mount_point", lambda _folder: "/")
        patch.setattr(os, "statvfs", lambda _path: full)
        result = run_module(case.module, case.args, check_mode=check_mode)
    assert re.match(r"/\S+: cannot be written: / has 0 bytes free, \d+ needed", result["msg"])
    assert state(machine) == before
