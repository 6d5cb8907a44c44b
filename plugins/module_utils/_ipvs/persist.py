# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files on a director that bring the table back at boot, before the network is up.

Private: this file may change in any release; do not import it from outside the collection.

There is no ipvsadm in this: it loses thresholds and more. The restorer is a zipapp made of our own client.
"""

from __future__ import annotations

import hashlib
import inspect
import io
import pathlib
import sys
import typing as t
import zipfile

from .._errors import LvsError
from .._host import actions as host_actions
from .._host import boot
from .._host.job import BEFORE_NETWORK, RESTORER, TABLE, Command, Job
from .._host.records import load
from .._model.table import Table
from . import drained, restore

if t.TYPE_CHECKING:  # pragma: no cover
    from .._host.actions import Action
    from .._host.host import Host
    from .._host.job import Boot

ARCHIVE = RESTORER

_PACKAGE = LvsError.__module__.rpartition(".")[0]  # module_utils
_SOURCES = (
    "_errors",
    "_host.files",
    "_host.lock",
    "_host.records",
    "_ipvs.attributes",
    "_ipvs.client",
    "_ipvs.codec",
    "_ipvs.daemon",
    "_ipvs.drained",
    "_ipvs.netlink",
    "_ipvs.refusals",
    "_ipvs.restore",
    "_ipvs.synchronise",
    "_model.address",
    "_model.diff",
    "_model.drains",
    "_model.shapes",
    "_model.table",
    "_model.table_shapes",
)
_SCRIPT = 0o755
_MAIN = f"import sys\n\nfrom {restore.__name__} import main\n\nsys.exit(main(sys.argv[1:]))\n"


def job() -> Job:
    """What restores the table at boot.

    Without the default dependencies, because some systems bring the network up before sysinit.target and the packets of
    the first client should find the table there.
    """
    needed = (restore.RECORD, ARCHIVE, drained.MEMORY, sys.executable)
    return Job(
        TABLE,
        "# Written by linuxvirtualserver.lvs.ipvs_table with persistent: true.",
        "Restore the table of the Linux Virtual Server",
        (
            f"AssertPathExists={restore.RECORD}",
            "DefaultDependencies=no",
            f"RequiresMountsFor={' '.join(needed)}",
            "After=systemd-modules-load.service",
            "Wants=network-pre.target",
            "Before=network-pre.target shutdown.target",
            "Conflicts=shutdown.target",
        ),
        (Command(f"{sys.executable} -I {ARCHIVE}"),),
        stage=BEFORE_NETWORK,
    )


def files(table: Table, place: Boot, *, restored: bool = True) -> dict[str, bytes | None]:
    """What each file must hold; None for one that must not be. An empty table needs none of them."""
    path = place.path(TABLE)
    record = restore.render_record(table) if table else None
    if not (table and restored):
        return {path: None, ARCHIVE: None, restore.RECORD: record}
    return {restore.RECORD: record, ARCHIVE: archive(), path: place.render(job()).encode()}


def archive() -> bytes:
    """The zipapp, byte for byte the same for the same sources, so that a second run finds it unchanged."""
    contents = {"__main__.py": _MAIN}
    for name in _SOURCES:
        path = pathlib.PurePosixPath(f"{_PACKAGE}.{name}".replace(".", "/"))
        contents[f"{path}.py"] = _source(name)
        contents.update({f"{folder}/__init__.py": "" for folder in [*path.parents][:-1]})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        for name, text in sorted(contents.items()):
            bundle.writestr(zipfile.ZipInfo(name), text)
    return buffer.getvalue()


def _source(name: str) -> str:
    """The text of a sibling, which under Ansible lies in a zip file itself."""
    return inspect.getsource(sys.modules[f"{_PACKAGE}.{name}"])


def differing(wanted: dict[str, bytes | None]) -> list[str]:
    """The files that are not as they must be, in the order in which to change them."""
    return [path for path, content in wanted.items() if load(path) != content]


def differences(wanted: dict[str, bytes | None], changed: list[str]) -> list[dict[str, str]]:
    """What Ansible shows of the files that change, as they are now and as they must be."""
    return [
        host_actions.file_diff(path, _readable(path, load(path)), _readable(path, wanted[path])) for path in changed
    ]


def _readable(path: str, content: bytes | None) -> str:
    """The text of a file. Of the zipapp, which has none, what tells one from another."""
    if content is None:
        return ""
    if path == ARCHIVE:
        return f"sha256 {hashlib.sha256(content).hexdigest()}\n"
    return content.decode("utf-8", "replace")


def installing(host: Host, wanted: dict[str, bytes | None]) -> list[Action]:
    """What makes the files what they must be, and what starts at boot known and enabled or gone."""
    place = boot.at_boot(host)
    path, changes = place.path(TABLE), differing(wanted)
    added, add = place.is_added(path), wanted[path] is not None
    # It has nothing to undo, so stopping it does not touch the table.
    actions = [] if add or not added else place.take_out(path)
    for one in changes:
        content = wanted[one]
        # A folder that is ours and holds nothing else goes, too; one with something in it stays.
        gone = host_actions.Remove(one, and_directory=True)
        actions.append(gone if content is None else host_actions.Write(one, content, _mode(content)))
    known = place.reload() if path in changes else []
    return [*actions, *known, *(place.add(path) if add and not added else [])]


def _mode(content: bytes) -> int | None:
    return _SCRIPT if content.startswith(b"#!") else None
