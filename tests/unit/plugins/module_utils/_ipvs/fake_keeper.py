# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A director in a directory that has a table, of which keepalived makes what the model says."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host import records, unit
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs import checked, drained, persist, restore
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.daemon import INITIAL_TIMEOUTS
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._ipvs.refusals import Failure
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.reload import after_reload
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.servers import drained as weightless
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.servers import parse
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import Operation, apply
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.parse import parse_table
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import Table
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._keepalived.fake_director import (
    Director,
)

RESTORED = "lvs-ipvs.service"
FILE = "/etc/keepalived/lvs/lvs.servers.conf"
DRAIN = "/var/lib/lvs/drain/tcp_192.168.1.110_80-192.168.1.11_80"
ONE, TWO, THREE = ({"rip": f"192.168.1.{number}", "port": 80} for number in (11, 12, 13))


def web(*pool: dict[str, t.Any], **options: t.Any) -> list[dict[str, t.Any]]:
    return [{"vip": "192.168.1.110", "port": 80, "realservers": [*pool], **options}]


def checks(*pool: dict[str, t.Any]) -> list[dict[str, t.Any]]:
    shared = {"service": "tcp 192.168.1.110:80", "type": "tcp", "source": "192.168.1.8"}
    return [{"realserver": f"{one['rip']}:80", **shared} for one in pool]


class Kernel:
    """The table, and what was done to it over netlink."""

    def __init__(self) -> None:
        self.has: Table = ()
        self.told: list[Operation] = []

    def close(self) -> None:
        """Nothing was opened."""

    def table(self) -> Table:
        return self.has

    def timeouts(self) -> t.Any:
        return INITIAL_TIMEOUTS

    def execute(self, operations: list[Operation]) -> list[Failure]:
        self.told += operations
        self.has = apply(operations, self.has)
        return []


class Machine(Director):
    """The director with a table. One that is `deaf` reads its files, and does nothing of what they say."""

    kernel: Kernel
    has_read: Table = ()
    deaf = False
    said = "seen to"  # of a file that is refused

    def keep(self, **arguments: t.Any) -> dict[str, t.Any]:
        defaults = {"state": "present", "purge": True, "keep": [], "drain_timeout": 0, "removal_limit": "100%"}
        more = {"at_boot": True, "adopt": False, "keep_table": False, "lvs_name": "lvs", "lvs_adopt": None}
        self.check_mode = arguments.pop("check", False)
        self.params = {**defaults, **more, "checks": [], "services": [], **arguments}
        self.ran.clear()
        self.kernel.told.clear()
        self.warnings.clear()
        return self.all_or_nothing(
            lambda host: checked.manage(t.cast("t.Any", self), host, t.cast("t.Any", self.kernel))
        )

    def execute(self, argv: t.Sequence[str]) -> Completed:
        if list(argv[:2]) == ["keepalived", "-t"]:
            self.ran.append("keepalived -t")
            rc = self.meddle(list(argv)) or 0
            return Completed(tuple(argv), rc, "", self.said if rc else "")
        if argv[0] == "systemctl" and argv[-1] == RESTORED:
            return self.restorer(argv)
        done = super().execute(argv)
        verb = argv[1] if argv[-1] == "keepalived.service" else ""
        if verb in ("start", "reload") and not done.rc and not self.deaf:
            new = self.files()
            self.kernel.has = after_reload(self.has_read if verb == "reload" else (), new, self.kernel.has)
            self.has_read = new
        if verb == "stop":
            gone = {one.key for one in self.has_read}
            self.kernel.has = tuple(one for one in self.kernel.has if one.key not in gone)
        if verb == "stop" or "--signal=SIGKILL" in argv:
            self.has_read = ()
        return done

    def files(self) -> Table:
        """What all files of virtual servers say."""
        folder = self.root / "etc/keepalived/lvs"
        servers = [parse(one.read_text()) for one in sorted(folder.glob("*.servers.conf"))]
        return tuple(service for one in servers for service in weightless(one, self.drains()))

    def restorer(self, argv: t.Sequence[str]) -> Completed:
        """What restores the table at boot."""
        self.ran.append(" ".join(argv))
        refused = self.meddle(list(argv))
        if refused is not None:
            return Completed(tuple(argv), refused, "", "seen to")
        link = self.root / unit.WANTS.lstrip("/") / RESTORED
        if argv[1] == "enable":
            link.parent.mkdir(parents=True, exist_ok=True)
            link.unlink(missing_ok=True)
            link.symlink_to(f"../{RESTORED}")
        elif argv[1] == "disable":
            link.unlink(missing_ok=True)
        return Completed(tuple(argv), int(argv[1] == "is-failed"), "", "")

    def drains(self) -> set[str]:
        folder = self.root / "var/lib/lvs/drain"
        return {f"/var/lib/lvs/drain/{one.name}" for one in folder.glob("*") if one.read_text() == "1\n"}

    @property
    def did(self) -> list[str]:
        return [one for one in self.ran if one.startswith(("systemctl re", "systemctl st", "systemctl k"))]


def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """One, and files of ours that are nobody's."""
    one = Machine(tmp_path / "root")
    for module in (restore, persist, drained):
        monkeypatch.setattr(module, "load", lambda path: records.load(str(one.root / path.lstrip("/"))))
    monkeypatch.setattr(checked, "_GRACE", -1)
    one.kernel = Kernel()
    return one


def table(*pool: dict[str, t.Any], **options: t.Any) -> Table:
    return parse_table(web(*pool, **options))
