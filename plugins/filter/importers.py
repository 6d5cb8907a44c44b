# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that read old files: `linuxvirtualserver.lvs.from_config` for any, one for each format."""

from __future__ import annotations

import functools
import typing as t
from pathlib import Path

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import port_number
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import ServiceKey
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import formats
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.beside import files_beside
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.file import nothing_beside
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.names import address_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.addresses import HAS_NETADDR, parse_address
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import inert

_COLLECTION = "linuxvirtualserver.lvs"


def from_config(
    text: object, name: str = "the file", kind: str = formats.AUTO, dip: object = None, folder: str | None = None
) -> dict[str, t.Any]:
    """The inventory that the text of an old file describes."""
    return _read("from_config", text, name, kind, dip, folder)


def _from(kind: str, text: object, name: str = "the file", dip: object = None) -> dict[str, t.Any]:
    return _read(f"from_{kind}", text, name, kind, dip)


def from_keepalived(
    text: object, name: str = "the file", dip: object = None, folder: str | None = None
) -> dict[str, t.Any]:
    """The same of a keepalived.conf, with what it includes out of this folder."""
    return _read("from_keepalived", text, name, formats.KEEPALIVED, dip, folder)


def from_services(
    services: object,
    name: str = "the director",
    dip: object = None,
    addresses: object = (),
    timeouts: t.Mapping[str, object] | None = None,
    daemons: t.Sequence[object] = (),
    only: t.Collection[str] | None = None,
) -> dict[str, t.Any]:
    """The inventory that gives the services of a running director, or those of these labels, and its own addresses."""
    called = f"{_COLLECTION}.from_services"
    if not isinstance(services, (list, tuple)):
        text = f"is of type {type(services).__name__}. Pass the services that ipvs_info returns."
        raise _refused(called, "services", None, text)
    if only is not None:
        services = [one for one in services if not isinstance(one, t.Mapping) or _label(one) in only]
    own = _dips(called, addresses)
    return formats.read_services(services, str(name), _dips(called, dip), own, timeouts, daemons)


def _label(service: t.Mapping[str, t.Any]) -> str:
    key: dict[str, t.Any] = {name: service.get(name) for name in ServiceKey._fields}
    return ServiceKey(**key).label


def _read(
    filter_name: str, text: object, name: object, kind: object, dip: object, folder: object = None
) -> dict[str, t.Any]:
    called = f"{_COLLECTION}.{filter_name}"
    if not isinstance(text, str):
        raise _refused(called, "the text", None, f"is of type {type(text).__name__}. Pass the text of a file.")
    if kind == formats.AUTO:
        kind = formats.recognise(text)
        if kind is None:
            return formats.unknown(str(name))
    if kind not in formats.FORMATS:
        known = ", ".join((formats.AUTO, *formats.FORMATS))
        raise _refused(called, "kind", kind, f"is not known. Use one of {known}.")
    included = nothing_beside if folder is None else files_beside(Path(str(folder)))
    dips = _dips(called, dip)
    return formats.read(str(text), str(name), str(kind), port_number, address_of, dips, included)


def _refused(called: str, item: str, value: object, text: str) -> AnsibleFilterError:
    return AnsibleFilterError(f"{called}: {LvsError(item, value, text)}")


def _dips(called: str, dip: object) -> list[str]:
    """One address, or one of each family; None and the empty text of an unset variable stand for what the file says."""
    given = [one.strip() for one in dip.split(",")] if isinstance(dip, str) else dip
    if not given or given == [""]:
        return []
    if not HAS_NETADDR:
        raise _refused(called, "netaddr", None, "is missing on the controller. Install this Python library.")
    for one in given if isinstance(given, (list, tuple)) else [given]:
        if not isinstance(one, str) or parse_address(one) is None:
            raise _refused(called, "dip", one, "is not an address. Write one such as 192.168.1.9/24.")
    return [str(one) for one in t.cast("list[object]", given)]


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        filters: dict[str, t.Callable[..., object]] = {
            f"from_{kind}": functools.partial(_from, kind) for kind in formats.FORMATS
        }
        filters.update(from_config=from_config, from_keepalived=from_keepalived, from_services=from_services)
        return inert(filters)
