# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Scripts for sysvinit: what insserv reads of each, and that they remember whether they ran."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._firewall import firewall_rules
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.actions import Remove, Run, Write
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.job import (
    AFTER_NETWORK,
    BEFORE_NETWORK,
    INTERFACES,
    KERNEL,
    Command,
    Job,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.sysvinit import SysvScripts
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import (
    arp_hide,
    boot_files,
    kernel_setup,
    tunnel_decap,
)

if t.TYPE_CHECKING:
    from pathlib import Path

PATH = "/etc/init.d/lvs-vip-lo"
ADD = Run(("/usr/sbin/update-rc.d", "lvs-vip-lo", "defaults"), changes="/etc/rcS.d")
REMOVE = Run(("/usr/sbin/update-rc.d", "lvs-vip-lo", "remove"), changes="/etc/rcS.d")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    for path, text in {"proc/1/comm": "init\n", "etc/inittab": "/etc/init.d/rcS\n", "usr/sbin/update-rc.d": ""}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Host(str(tmp_path), lambda argv, *_given: Completed(tuple(argv), 3, "", ""))


def header(text: str) -> dict[str, str]:
    """What insserv reads."""
    lines = text.partition("### BEGIN INIT INFO\n")[2].partition("### END INIT INFO\n")[0].splitlines()
    return {key: value.strip() for key, _, value in (line[2:].partition(":") for line in lines)}


@pytest.mark.parametrize("stage", [KERNEL, BEFORE_NETWORK, INTERFACES, AFTER_NETWORK])
def test_a_stage_is_before_or_after_the_network(host: Host, stage: str) -> None:
    said = header(
        SysvScripts(host).render(Job("lvs-vip", "# VIP: x", "title", (), (), stage=stage, interface="eth0.1"))
    )
    early = stage in (KERNEL, BEFORE_NETWORK)
    assert said["Provides"] == "lvs-vip-eth0_2e1"
    assert said["Required-Start"] == ("$local_fs" if early else "$network")
    assert said.get("X-Start-Before") == ("$network" if early else None)
    assert (said["Default-Start"], said["Required-Stop"], said["Default-Stop"]) == ("S", "", "")
    assert ("lvs-kernel-arp-hide" in said["Should-Start"]) == (stage != KERNEL)
    assert ("lvs-ipvs" in said["Should-Start"]) == (not early)
    assert ("lvs-interfaces-arp-hide" in said["Should-Start"]) == (stage == AFTER_NETWORK)


def test_every_part_that_has_a_job_for_the_kernel_is_waited_for(host: Host) -> None:
    should = header(SysvScripts(host).render(Job("lvs-x", "#", "title", (), ())))["Should-Start"].split()
    for module in (arp_hide, kernel_setup, tunnel_decap, firewall_rules):
        paths = boot_files.boot_files(host, module.PART.replace("_", "-"), "#").paths
        assert {path.rpartition("/")[2] for path in paths} <= set(should)


def test_a_script_remembers_whether_it_ran(host: Host, tmp_path: Path) -> None:
    out, script = tmp_path / "out", tmp_path / "S10lvs-vip-lo"
    job = Job(
        "lvs-vip-lo", "#", "title", (), (Command(f"tee -a {out}", given=("ran",)), Command(f"test ! -e {out}.bad"))
    )
    script.write_text(SysvScripts(host).render(job).replace("/run/", f"{tmp_path}/run/"))
    (tmp_path / "run").mkdir()

    def call(verb: str) -> int:
        return subprocess.run(["sh", str(script), verb], check=False, capture_output=True).returncode

    assert (call("status"), call("start"), call("status"), call("start"), call("restart")) == (3, 0, 0, 0, 0)
    assert out.read_text() == "ran\nran\n"
    assert (call("stop"), call("status"), call("nonsense")) == (0, 3, 2)
    (tmp_path / "out.bad").touch()
    assert (call("start"), call("status")) == (1, 3)
    host.at("/etc/rcS.d").mkdir()
    assert SysvScripts(host).is_lost(PATH), "not at boot"
    host.at("/etc/rcS.d/S12lvs-vip-lo").symlink_to("../init.d/lvs-vip-lo")
    assert SysvScripts(host).is_lost(PATH), "failed"
    call("stop")
    assert not SysvScripts(host).is_lost(PATH)


def test_it_is_written_and_linked_and_goes_with_its_link(host: Host) -> None:
    scripts = SysvScripts(host)
    assert not scripts.is_added(PATH)
    assert scripts.enable(PATH, "text") == [Write(PATH, "text", 0o755), ADD]
    assert scripts.drop(PATH) == [Run((PATH, "stop")), REMOVE, Remove(PATH)]
    host.at("/etc/rcS.d").mkdir()
    host.at("/etc/rcS.d/S12lvs-vip-lo").symlink_to("../init.d/lvs-vip-lo")
    assert scripts.is_added(PATH)
    assert not scripts.is_active(PATH)
