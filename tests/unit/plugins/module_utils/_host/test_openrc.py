# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of OpenRC: what is in each, and in which runlevel it is."""

from __future__ import annotations

import subprocess
import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.actions import Remove, Run, Write
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.host import Completed, Host
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.job import BEFORE_NETWORK, Command, Job
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.openrc import OpenRcServices
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._kernel import boot_files, boot_lines

if t.TYPE_CHECKING:
    from pathlib import Path

JOB = Job(
    "lvs-vip",
    "# Rule: one",
    "It's a job",
    (),
    (
        Command("ip link set lo up"),
        Command("iptables -N LVS", may_fail=True),
        Command("ip -batch -", given=("addr replace 192.0.2.1/32 dev lo", "addr replace 192.0.2.2/32 dev a'b")),
    ),
    guards=(("[12]", "/proc/sys/net/ipv4/conf/all/arp_ignore"),),
    clearing=("ip fou del port 6080",),
    flag=("hidden", "/run/lvs-flag"),
    follows=("networking",),
)
SCRIPT = """\
#!/sbin/openrc-run
# Rule: one
description='It'"'"'s a job'

depend() {
    provide lvs-after-network
    after localmount modules sysctl bootmisc hwdrivers udev loopback lvs-kernel lvs-before-network lvs-interfaces
    after firewall iptables ip6tables nftables
    after net networking network net.lo
    need networking
}

job() {
    ip fou del port 6080 2>/dev/null
    /bin/grep -qx '[12]' /proc/sys/net/ipv4/conf/all/arp_ignore &&
        ip link set lo up &&
        { iptables -N LVS || :; } &&
        printf '%s\\n' \\
            'addr replace 192.0.2.1/32 dev lo' \\
            'addr replace 192.0.2.2/32 dev a'"'"'b' | ip -batch - &&
        echo hidden >/run/lvs-flag
}

start() {
    ebegin "$description"
    if job; then rm -f /run/lvs-vip.failed; else : >/run/lvs-vip.failed && false; fi
    eend $?
}

stop() {
    rm -f /run/lvs-vip.failed
}
"""
PATH = "/etc/init.d/lvs-vip-lo"


@pytest.fixture
def host(tmp_path: Path) -> Host:
    (tmp_path / "run/openrc").mkdir(parents=True)
    (tmp_path / "run/openrc/softlevel").write_text("default\n")
    return Host(str(tmp_path), lambda argv, *_given: Completed(tuple(argv), 3, "", ""))


def put_into(host: Host, level: str, *names: str) -> None:
    for name in names:
        link = host.at(f"/etc/runlevels/{level}/{name}")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(f"/etc/init.d/{name}")


def run(verb: str, level: str) -> Run:
    return Run(("rc-update", verb, "lvs-vip-lo", level), changes=f"/etc/runlevels/{level}")


def test_a_script(host: Host) -> None:
    assert OpenRcServices(host).render(JOB) == SCRIPT


def test_the_first_step_that_fails_ends_it(host: Host, tmp_path: Path) -> None:
    """By a real shell: what may fail does not, and what fails is the answer."""
    out = tmp_path / "out"
    commands = (
        Command("false", may_fail=True),
        Command(f"tee {out}", given=("a b", "$c")),
        Command("sh -c 'exit 7'"),
        Command(f"rm {out}"),
    )
    body = OpenRcServices(host).render(Job("lvs-x", "#", "job", (), commands))
    functions = 'ebegin() { :; }; eend() { return "$1"; }; '
    script = functions + body.partition("\n")[2].replace("/run/", f"{tmp_path}/run/")

    def call(verb: str) -> int:
        return subprocess.run(["sh", "-c", script + verb], check=False, capture_output=True).returncode

    services, path = OpenRcServices(host), "/etc/init.d/lvs-x"
    put_into(host, "boot", "lvs-x")
    assert not services.is_lost(path)
    assert call("start") == 1
    assert out.read_text() == "a b\n$c\n"
    assert services.is_lost(path)
    assert call("stop") == 0
    assert not services.is_lost(path)


def test_before_the_network_is_before_all_that_sets_it_up(host: Host) -> None:
    text = OpenRcServices(host).render(Job("lvs-x", "#", "job", (), (), stage=BEFORE_NETWORK))
    assert "    after localmount modules sysctl bootmisc hwdrivers udev loopback lvs-kernel\n" in text
    assert "    before net networking network net.lo\n" in text
    assert "need" not in text


@pytest.mark.parametrize(
    ("links", "level"),
    [
        ({"boot": ("networking", "sysctl")}, "boot"),
        ({"boot": ("net.lo",), "default": ("net.eth0", "sshd")}, "default"),
        ({"sysinit": ("networking",), "default": ("dhcpcd",)}, "sysinit"),
        ({}, "boot"),
    ],
)
def test_a_service_is_where_the_network_is_set_up(host: Host, links: dict[str, tuple[str, ...]], level: str) -> None:
    for one, names in links.items():
        put_into(host, one, *names)
    assert OpenRcServices(host).enable(PATH, "text") == [Write(PATH, "text", 0o755), run("add", level)]


def test_a_service_moves_with_the_network(host: Host) -> None:
    services = OpenRcServices(host)
    put_into(host, "boot", "lvs-vip-lo", "networking")
    assert services.is_added(PATH)
    assert services.add(PATH) == []
    host.at("/etc/runlevels/boot/networking").unlink()
    put_into(host, "default", "net.eth0")
    assert not services.is_added(PATH)
    assert services.add(PATH) == [run("add", "default"), run("del", "boot")]
    assert services.drop(PATH) == [Run(("rc-service", "lvs-vip-lo", "stop")), run("del", "boot"), Remove(PATH)]


def test_a_name_of_which_openrc_would_read_others_settings(host: Host) -> None:
    assert OpenRcServices(host).path("lvs-vip", "eth0.100") == "/etc/init.d/lvs-vip-eth0_2e100"


def test_sysctls_of_the_kernel_job_are_the_last_word_at_boot(host: Host) -> None:
    files = boot_files.boot_files(host, "arp-hide", "# header")
    wanted = {"net.ipv4.conf.*.arp_ignore": "1", "net.ipv4.conf.eth0/1.send_redirects": "0", "net.ipv4.tcp_rmem": "4 8"}
    for path, text in files.texts(["ip_vs"], wanted).items():
        assert text
        host.write(path, text)
    kept = files.kept()
    assert (kept[0], dict(kept[1])) == (["ip_vs"], wanted)
    host.write("/etc/sysctl.d/50-x.conf", "net.ipv4.tcp_rmem = 1 2\n")
    host.write("/etc/sysctl.conf", "net.ipv4.tcp_rmem = 3 3\n")
    lines = boot_lines.lines_at_boot(host)
    assert [line.place for line in lines[:2]] == ["/etc/sysctl.d/50-x.conf:1", "/etc/sysctl.conf:1"]
    assert {line.name: line.value for line in lines} == wanted


def test_a_sysctl_is_a_path_to_a_shell_and_no_more(host: Host) -> None:
    files = boot_files.boot_files(host, "arp-hide", "# header")
    early, late = files.texts(["ip_vs"], {"net.ipv4.conf.a$(b)c.arp_ignore": "1;x"}).values()
    assert early
    assert late
    step = "{ printf '%s\\n' '1;x' | /usr/bin/tee /proc/sys/net/ipv4/conf/a\\$\\(b\\)c/arp_ignore >/dev/null || :; }"
    assert f"    /sbin/modprobe ip_vs &&\n        {step}\n" in early
    assert f"    {step}\n" in late
