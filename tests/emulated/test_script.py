# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The script for an operator, run where no Ansible comes: in the shell of the system, then after a reboot."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._formats import render_script
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._plan.plan import make_plan
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import script as unix_script
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import systems
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.sandbox import Sandbox

if t.TYPE_CHECKING:
    from pathlib import Path

VIPS = ("192.168.1.110", "192.168.1.120")

# As installed, that is with nothing that only a look at the host would find.
FRESH = ("freebsd15", "openbsd", "netbsd10", "omnios", "solaris10", "aix", "hpux", "irix")


def plan_for(system: str) -> dict[str, t.Any]:
    services = [{"vip": vip, "port": 80, "realservers": "realservers"} for vip in VIPS]
    hosts = {
        "director": {"lvs_dip": "192.168.1.9/24"},
        "rs": {"lvs_rip": "192.168.1.11/24", "lvs_system": system, "lvs_server_gateway": "192.168.1.254"},
    }
    return make_plan(services, {"directors": ["director"], "realservers": ["rs"]}, hosts)


@pytest.mark.parametrize("name", FRESH)
def test_the_script_sets_a_fresh_host_up(name: str, tmp_path: Path) -> None:
    box = Sandbox(name, tmp_path / "host")
    if name in ("solaris10", "hpux"):
        box.change(lambda host: host.state.update(ndd="0"))
    script = render_script.render(plan_for(systems.kernel_name(box.host.system)), "rs")
    # The sandbox keeps its tools in another folder than the system.
    has_ipadm = hasattr(box.host, "tool_ipadm")
    script = script.replace("test -x /usr/sbin/ipadm", str(has_ipadm).lower())
    script = script.replace("test ! -x /usr/sbin/ipadm", str(not has_ipadm).lower())
    done = box.run(script)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(box.host.serves(vip) and not box.host.answers_arp_for(vip) for vip in VIPS)
    box.reboot()
    if name in ("solaris10", "hpux"):
        box.change(lambda host: host.state.update(ndd="0"))
    assert all(box.host.serves(vip) for vip in VIPS)


@pytest.mark.parametrize("system", systems.NAMES)
def test_it_is_clean_and_says_what_to_look_at(system: str) -> None:
    script = render_script.render(plan_for(system), "rs")
    done = subprocess.run(["shellcheck", "--shell=sh", "-"], input=script, check=False, capture_output=True, text=True)
    assert done.stdout == ""
    assert "192.168.1.254" in script
    assert all(vip in script for vip in VIPS)


@pytest.mark.parametrize("name", ["freebsd15", "openbsd", "netbsd10", "omnios"])
def test_an_ipv6_vip_is_in_it_where_it_can_be_served(name: str, tmp_path: Path) -> None:
    box = Sandbox(name, tmp_path / "host")
    vip = "2001:db8:1::110"
    script = "\n".join(["set -eu", *unix_script.lines(box.host.system, [vip], [])])
    done = box.run(script.replace("test -x /usr/sbin/ipadm", "true").replace("test ! -x /usr/sbin/ipadm", "false"))
    assert (done.returncode, done.stderr) == (0, "")
    assert box.host.serves(vip)
    box.reboot()
    assert box.host.serves(vip)


def test_a_last_line_without_an_end_stays_what_it_is(tmp_path: Path) -> None:
    box = Sandbox("freebsd15", tmp_path / "host")
    before = box.host.read("/etc/rc.conf").rstrip("\n")
    box.put("/etc/rc.conf", before)
    script = "\n".join(["set -eu", *unix_script.lines("FreeBSD", [VIPS[0]], [])])
    for _run in range(2):
        assert box.run(script.replace("ifconfig lo0", ": ")).returncode == 0
    assert box.host.read("/etc/rc.conf") == f'{before}\nifconfig_lo0_aliases="inet {VIPS[0]}/32"\n'


def test_what_no_backend_can_do_is_said() -> None:
    said = "\n".join(unix_script.lines("AIX", ["2001:db8::110"], []))
    assert "2001:db8::110 must be set up by hand" in said
