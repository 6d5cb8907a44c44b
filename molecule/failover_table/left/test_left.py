# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""After a teardown no director takes a VIP, and keepalived is as it was before the first run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from testinfra.host import Host

FILES = (
    "/etc/keepalived/lvs /etc/systemd/system/keepalived.service.d /etc/systemd/system/lvs-sync.service "
    "/var/lib/lvs/keepalived.json /var/lib/lvs/director /var/lib/lvs/claims.json"
)


def test_nothing_moves_the_vips_any_more(
    on: Callable[[str], Host], look: Callable[..., dict[str, Any]], plan: dict[str, Any], director: str
) -> None:
    held = [one.split("/")[0] for many in look(director, "addresses")["addresses"].values() for one in many]
    assert not {*held} & {*plan["hosts"][director]["director"]["vips"]}
    host = on(director)
    assert (host.run("systemctl is-active keepalived").stdout, host.run("systemctl is-enabled keepalived").stdout) == (
        "inactive\n",
        "enabled\n",
    )
    assert host.run(f"ls -d /etc/keepalived/keepalived.conf {FILES} 2>&-").stdout == ""
    assert host.check_output("ipvsadm --list --daemon") == ""
    assert host.check_output("systemctl list-units --all --no-legend 'lvs-*'") == ""
