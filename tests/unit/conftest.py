# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every unit test shares: the way to run a module in this process, and Hypothesis without a stop-watch."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from hypothesis import settings

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

# A deadline fails tests on a busy machine, not on a slow program. In CI the parent profile is Hypothesis's own "ci".
settings.register_profile("lvs", settings.default, deadline=None)
settings.register_profile("brief", settings.default, deadline=None, max_examples=10)  # for units_oldest.sh
settings.load_profile("lvs")


@pytest.fixture(scope="session", autouse=True)
def lock_of_no_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The modules that run in these processes change no host, and do not wait for those of the other processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lock, "PATH", str(tmp_path_factory.mktemp("run") / "lvs.lock"))
        yield


class RunModule(Protocol):
    """The type of the fixture `run_module`."""

    def __call__(
        self, module: ModuleType, args: dict[str, Any], *, check_mode: bool = False, diff: bool = False
    ) -> dict[str, Any]:
        """Run it."""


@pytest.fixture
def run_module(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> RunModule:
    """Run MODULE.main() as ansible-core would and return the JSON it printed; `failed` is in it when it failed."""

    def run(
        module: ModuleType, args: dict[str, Any], *, check_mode: bool = False, diff: bool = False
    ) -> dict[str, Any]:
        wanted = {**args, "_ansible_check_mode": check_mode, "_ansible_diff": diff}
        # ansible.module_utils.testing does this from 2.19 on; before there are no profiles either.
        monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": wanted}).encode())
        monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
        # A test that imported controller code before would have the module's warnings shown instead of returned.
        if find_spec("ansible.module_utils._internal"):
            monkeypatch.setattr("ansible.module_utils._internal.is_controller", False, raising=False)
        # The warnings of modules that ran before in this process are not this one's.
        monkeypatch.setattr(warnings, "_global_warnings", type(warnings._global_warnings)())
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            module.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert bool(stop.value.code) == bool(result.get("failed"))
        return result

    return run
