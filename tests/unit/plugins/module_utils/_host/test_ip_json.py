# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `ip -j` prints, and what other programs of that name print instead."""

from __future__ import annotations

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.ip_json import objects_in


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("", []),
        ("\n", []),
        ("[]\n", []),
        ('[{},{"ifname":"lo"},{}]', [{"ifname": "lo"}]),
        ('[{"dst":"default"},{"dst":"10.0.0.0/8"}]', [{"dst": "default"}, {"dst": "10.0.0.0/8"}]),
    ],
)
def test_objects(text: str, objects: list[dict[str, str]]) -> None:
    assert objects_in(text, "ip -j addr") == objects


@pytest.mark.parametrize("text", ["1: lo: <LOOPBACK,UP>", "{", '{"ifname":"lo"}', "[1]", "[[]]", "null"])
def test_no_objects(text: str) -> None:
    with pytest.raises(LvsError) as caught:
        objects_in(text, "ip -j addr")
    error = caught.value
    assert (error.item, error.value) == ("ip -j addr", text)
    assert "Fix: Install iproute2 4.14 or newer on this host; busybox has an ip of its own" in str(error)
