# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters that read old files: `linuxvirtualserver.lvs.from_config` for any, one for each format."""

from __future__ import annotations

import functools
import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.port_names import port_number
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import formats
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats.names import address_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.addresses import HAS_NETADDR, parse_address
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import inert

_COLLECTION = "linuxvirtualserver.lvs"


def from_config(
    text: object, name: str = "the file", kind: str = formats.AUTO, dip: str | None = None
) -> dict[str, t.Any]:
    """The inventory that the text of an old file describes."""
    return _read("from_config", text, name, kind, dip)


def _from(kind: str, text: object, name: str = "the file", dip: str | None = None) -> dict[str, t.Any]:
    return _read(f"from_{kind}", text, name, kind, dip)


def _read(filter_name: str, text: object, name: object, kind: object, dip: object) -> dict[str, t.Any]:
    called = f"{_COLLECTION}.{filter_name}"
    if not isinstance(text, str):
        raise _refused(called, "the text", None, f"is of type {type(text).__name__}. Pass the text of a file.")
    if kind == formats.AUTO:
        kind = formats.recognise(text)
        if kind is None:
            known = ", ".join(formats.FORMATS)
            raise _refused(called, str(name), None, f"has the content of none of {known}. Say which with kind=.")
    if kind not in formats.FORMATS:
        known = ", ".join((formats.AUTO, *formats.FORMATS))
        raise _refused(called, "kind", kind, f"is not known. Use one of {known}.")
    return formats.read(str(text), str(name), str(kind), port_number, address_of, _dip(called, dip))


def _refused(called: str, item: str, value: object, text: str) -> AnsibleFilterError:
    return AnsibleFilterError(f"{called}: {LvsError(item, value, text)}")


def _dip(called: str, dip: object) -> str | None:
    """None and the empty text of an unset variable both stand for what the file says."""
    if dip is None or dip == "":
        return None
    if not HAS_NETADDR:
        raise _refused(called, "netaddr", None, "is missing on the controller. Install this Python library.")
    if not isinstance(dip, str) or parse_address(dip) is None:
        raise _refused(called, "dip", dip, "is not an address. Write one such as 192.168.1.9/24.")
    return str(dip)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        single = {f"from_{kind}": functools.partial(_from, kind) for kind in formats.FORMATS}
        return inert({"from_config": from_config, **single})
