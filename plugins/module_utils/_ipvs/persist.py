# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files on a director that bring the table back at boot, before the network is up.

Private: this file may change in any release; do not import it from outside the collection.

There is no ipvsadm in this: it loses thresholds and more. The restorer is a zipapp made of our own client.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import io
import pathlib
import sys
import tempfile
import typing as t
import zipfile

from .._errors import LvsError
from .._model.table import Table
from . import drained, restore

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

ARCHIVE = "/usr/local/lib/lvs/ipvs-restore.pyz"
UNIT_NAME = "lvs-ipvs.service"
UNIT = f"/etc/systemd/system/{UNIT_NAME}"
RUNNING = "/run/systemd/system"  # there while systemd is the init system
WANTED = f"/etc/systemd/system/multi-user.target.wants/{UNIT_NAME}"

_PACKAGE = LvsError.__module__.rpartition(".")[0]  # module_utils
_SOURCES = (
    "_errors",
    "_host.records",
    "_ipvs.attributes",
    "_ipvs.client",
    "_ipvs.codec",
    "_ipvs.daemon",
    "_ipvs.drained",
    "_ipvs.lock",
    "_ipvs.netlink",
    "_ipvs.refusals",
    "_ipvs.restore",
    "_model.address",
    "_model.diff",
    "_model.shapes",
    "_model.table",
    "_model.table_shapes",
)
_MAIN = f"import sys\n\nfrom {restore.__name__} import main\n\nsys.exit(main())\n"

# Without the default dependencies, because some systems bring the network up before sysinit.target and the packets of
# the first client should find the table there.
_UNIT_TEXT = """\
# Written by linuxvirtualserver.lvs.ipvs_table with persistent: true.
[Unit]
Description=Restore the table of the Linux Virtual Server
ConditionPathExists={record}
DefaultDependencies=no
RequiresMountsFor={record} {archive} {memory} {python}
After=systemd-modules-load.service
Wants=network-pre.target
Before=network-pre.target shutdown.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart={python} -I {archive}

[Install]
WantedBy=multi-user.target
"""


def files(table: Table) -> dict[str, bytes | None]:
    """What each file must hold; None for one that must not be. An empty table needs none of them."""
    if not table:
        return {UNIT: None, ARCHIVE: None, restore.RECORD: None}
    unit = _UNIT_TEXT.format(record=restore.RECORD, archive=ARCHIVE, memory=drained.MEMORY, python=sys.executable)
    return {restore.RECORD: restore.render_record(table), ARCHIVE: archive(), UNIT: unit.encode()}


def archive() -> bytes:
    """The zipapp, byte for byte the same for the same sources, so that a second run finds it unchanged."""
    contents = {"__main__.py": _MAIN}
    for name in _SOURCES:
        path = pathlib.PurePosixPath(f"{_PACKAGE}.{name}".replace(".", "/"))
        contents[f"{path}.py"] = _source(name)
        contents.update({f"{folder}/__init__.py": "" for folder in path.parents[:-1]})
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
    return [path for path, content in wanted.items() if _content(path) != content]


def differences(wanted: dict[str, bytes | None], changed: list[str]) -> list[dict[str, str]]:
    """What Ansible shows of the files that change, as they are now and as they must be."""
    return [
        {
            "before_header": path,
            "after_header": path,
            "before": _readable(path, _content(path)),
            "after": _readable(path, wanted[path]),
        }
        for path in changed
    ]


def _readable(path: str, content: bytes | None) -> str:
    """The text of a file. Of the zipapp, which has none, what tells one from another."""
    if content is None:
        return ""
    if path == ARCHIVE:
        return f"sha256 {hashlib.sha256(content).hexdigest()}\n"
    return content.decode("utf-8", "replace")


def _content(path: str) -> bytes | None:
    try:
        return pathlib.Path(path).read_bytes()
    except FileNotFoundError:
        return None


def check() -> None:
    """Whether what we are about to lay down would be run at all."""
    if not pathlib.Path(RUNNING).is_dir():
        raise LvsError("persistent", True, "needs systemd, which is not running here. Use persistent: false.")


def install(module: AnsibleModule, wanted: dict[str, bytes | None]) -> None:
    """Make the files what they must be, and the unit known and enabled or gone."""
    changes = differing(wanted)
    enable = wanted[UNIT] is not None
    if not enable and pathlib.Path(WANTED).is_symlink():
        _systemctl(module, "disable", UNIT_NAME)
    for path in changes:
        _write(module, path, wanted[path])
    if enable and not pathlib.Path(WANTED).is_symlink():
        _systemctl(module, "enable", UNIT_NAME)
    if UNIT in changes:
        _systemctl(module, "daemon-reload")


def _write(module: AnsibleModule, path: str, content: bytes | None) -> None:
    target = pathlib.Path(path)
    if content is None:
        target.unlink()
        # A folder that is ours and held nothing else; one with something in it stays.
        with contextlib.suppress(OSError):
            target.parent.rmdir()
        return
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=module.tmpdir, delete=False) as draft:
        draft.write(content)
    module.atomic_move(draft.name, path)
    module.set_mode_if_different(path, 0o644, False)


def _systemctl(module: AnsibleModule, *arguments: str) -> None:
    code, _output, error = module.run_command(["systemctl", *arguments])
    if code:
        raise LvsError("systemctl", " ".join(arguments), f"failed. See what it says: {error.strip()}")
