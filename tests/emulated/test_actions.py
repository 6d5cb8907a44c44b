# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's side on hosts that are not Linux: when it runs the module instead, and what it does when told no."""

from __future__ import annotations

import re
import subprocess
import typing as t
from unittest import mock

import pytest
from ansible.errors import AnsibleConnectionFailure
from ansible.plugins.action import ActionBase

from ansible_collections.linuxvirtualserver.lvs.plugins.action import arp_hide, default_gateway, vip_address
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action import way_back
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.systems import kernel_name
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.hosts import HOSTS
from ansible_collections.linuxvirtualserver.lvs.tests.emulated.sandbox import Sandbox

if t.TYPE_CHECKING:
    from pathlib import Path

VIP = "192.168.1.110"
FIRST, SECOND = "10.0.0.1 50000 192.168.1.11 22", "10.0.0.1 50001 192.168.1.11 22"


class Host:
    """An emulated host behind a connection; `hook` may answer a script in its place."""

    def __init__(self, box: Sandbox) -> None:
        self.box = box
        self.connections = [FIRST, SECOND]
        self.hook: t.Callable[[str], None] = lambda _script: None
        self.scripts: list[str] = []

    def execute(self, script: str, **_options: object) -> dict[str, t.Any]:
        self.scripts.append(script)
        self.hook(script)
        if "SSH_CONNECTION" in script:
            said = self.connections.pop(0) if len(self.connections) > 1 else self.connections[0]
            return {"rc": 0, "stdout": f"{said}\n", "stderr": ""}
        done: subprocess.CompletedProcess[str] = self.box.run(script)
        return {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}


Act = t.Callable[..., "dict[str, t.Any]"]


class Failed(Exception):
    """What a task that failed says."""


@pytest.fixture
def host(tmp_path: Path) -> Host:
    return Host(Sandbox("freebsd15", tmp_path / "host"))


@pytest.fixture
def act(host: Host, monkeypatch: pytest.MonkeyPatch) -> Act:
    def run(
        module: t.Any, facts: dict[str, t.Any] | None = None, check: bool = False, **args: t.Any
    ) -> dict[str, t.Any]:
        action = object.__new__(module.ActionModule)
        action._task = mock.Mock(args=args, check_mode=check, diff=True)
        action._connection = mock.Mock()
        monkeypatch.setattr(action, "_low_level_execute_command", host.execute)
        monkeypatch.setattr(action, "_execute_module", lambda **call: {"module": call["module_name"]})
        monkeypatch.setattr(ActionBase, "run", lambda *_args: {})
        monkeypatch.setattr(way_back, "_PAUSE_SECONDS", 0)
        result: dict[str, t.Any] = action.run(task_vars={"ansible_facts": facts or {}})
        if result.get("failed"):
            raise Failed(result["msg"])
        return result

    return run


def test_on_linux_the_module_runs(act: Act) -> None:
    assert act(arp_hide, vips=[VIP]) == {"module": "linuxvirtualserver.lvs.arp_hide"}
    assert act(vip_address, vips=[VIP], system="Linux") == {"module": "linuxvirtualserver.lvs.vip_address"}


def test_facts_say_it_when_the_task_does_not(act: Act) -> None:
    assert act(vip_address, {"system": "FreeBSD"}, check=True, vips=[VIP])["changed"]


def test_a_system_that_nobody_knows(act: Act) -> None:
    with pytest.raises(
        Failed, match=r"system: is not a system that this module knows \(got 'Plan9'\)\. Fix: Use one of Linux, "
    ):
        act(vip_address, vips=[VIP], system="Plan9")


@pytest.fixture
def host_with_a_link(host: Host, tmp_path: Path) -> Host:
    """The administrator keeps a file elsewhere, under version control for instance."""
    host.box = Sandbox("openbsd", tmp_path / "openbsd")
    host.box.run("echo inet alias 10.0.0.1/32 >/etc/kept; ln -s kept /etc/hostname.lo0")
    return host


@pytest.mark.parametrize("check", [True, False])
def test_a_file_that_is_a_link_is_left_alone(act: Act, host_with_a_link: Host, check: bool) -> None:
    act(arp_hide, vips=[VIP], system="OpenBSD")
    look = "test -h /etc/hostname.lo0 && cat /etc/kept; ifconfig lo0"
    before = host_with_a_link.box.run(look).stdout
    with pytest.raises(Failed) as refused:
        act(vip_address, vips=[VIP], system="OpenBSD", check=check)
    assert "/etc/hostname.lo0: " in str(refused.value)
    assert "Put the file that it leads to in its place." in str(refused.value)
    assert host_with_a_link.box.run(look).stdout == before
    assert "10.0.0.1" in before


def test_a_system_that_is_another(act: Act) -> None:
    with pytest.raises(Failed, match=r"uname says 'FreeBSD' \(got 'OpenBSD'\). Fix: Correct lvs_system"):
        act(vip_address, vips=[VIP], system="OpenBSD")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"vips": ["192.168.1.110/24"]}, "has another mask than /32"),
        ({"vips": ["2001:db8::110/64"]}, "has another mask than /128"),
        ({"vips": [VIP], "interface": "em0"}, "would answer ARP for the VIPs on FreeBSD"),
        ({"vips": [VIP], "backend": "unit"}, "is one for Linux"),
        ({"vips": [VIP], "hidden": False}, "hidden: is for directors, which run Linux"),
        ({"vips": [VIP], "colour": "red"}, "colour"),
        ({}, "vips"),
    ],
)
def test_what_is_refused_before_the_host_is_touched(act: Act, host: Host, args: dict[str, t.Any], words: str) -> None:
    before = host.box.snapshot()
    with pytest.raises(Failed, match=words):
        act(vip_address, system="FreeBSD", **args)
    assert host.box.snapshot() == before


def test_the_result_is_that_of_linux(act: Act, host: Host) -> None:
    result = act(vip_address, vips=[VIP], system="FreeBSD")
    assert result["before"] == {"addresses": [], "persistent": {}}
    assert result["after"] == {"addresses": [f"{VIP}/32 dev lo0"], "persistent": {"lo0": [VIP]}}
    assert result["commands"] == [f"ifconfig lo0 inet {VIP}/32 alias"]
    assert host.box.host.read("/etc/rc.conf").endswith(f'\nifconfig_lo0_aliases="inet {VIP}/32"\n')
    assert not act(vip_address, vips=[VIP], system="FreeBSD")["changed"]


@pytest.mark.parametrize("text", [b"# caf\xe9\x0c, CRLF\r\nsshd_enable=YES", b"\n\n# \xff\xfe\x85\nx=1\n"])
def test_bytes_of_others_survive_and_a_link_stays_one(act: Act, host: Host, text: bytes) -> None:
    path = host.box.host.path("/etc/rc.conf")
    path.write_bytes(text)
    act(vip_address, vips=[VIP], system="FreeBSD")
    assert path.read_bytes().startswith(text)
    act(vip_address, vips=[VIP], system="FreeBSD", state="absent")
    assert (path.read_bytes() if path.exists() else b"").removesuffix(b"\n") == text.removesuffix(b"\n")
    path.unlink(missing_ok=True)
    path.with_name("rc.conf.real").write_bytes(text)
    path.symlink_to("rc.conf.real")
    with pytest.raises(Failed, match=r"/etc/rc.conf: is a symbolic link, and would become a file"):
        act(vip_address, vips=[VIP], system="FreeBSD")
    assert path.is_symlink()
    assert path.read_bytes() == text


def test_a_nul_is_refused(act: Act, host: Host) -> None:
    host.box.host.path("/etc/rc.conf").write_bytes(b"# \0\n")
    with pytest.raises(Failed, match="holds a NUL byte, which no command can carry"):
        act(vip_address, vips=[VIP], system="FreeBSD")


def test_check_mode_foresees_what_a_run_makes(act: Act) -> None:
    foreseen = act(vip_address, vips=[VIP], system="FreeBSD", check=True)
    done = act(vip_address, vips=[VIP], system="FreeBSD")
    assert {**foreseen, "diff": None} == {**done, "diff": None}


def test_a_vip_on_a_network_interface(act: Act, host: Host) -> None:
    host.box.run(f"ifconfig em0 inet {VIP}/32 alias")
    for module in (vip_address, arp_hide):
        with pytest.raises(Failed, match="is on em0 of this host, which answers ARP for it"):
            act(module, vips=[VIP], system="FreeBSD")


def test_a_vip_that_would_not_be_served(act: Act, host: Host) -> None:
    host.box.run("sysctl net.inet.ip.rfc1122_strong_es=1")
    with pytest.raises(Failed, match=r"rfc1122_strong_es is 1 and must be 0 .* Run linuxvirtualserver.lvs.arp_hide"):
        act(vip_address, vips=[VIP], system="FreeBSD")
    assert "arp_hide" in act(vip_address, vips=[VIP], system="FreeBSD", check=True)["warnings"][0]
    assert "warnings" not in act(vip_address, vips=[VIP], system="FreeBSD", check=True, foreseen=True)
    assert act(arp_hide, vips=[VIP], system="FreeBSD")["after"]["conditions"]["net.inet.ip.rfc1122_strong_es"] == "0"
    assert act(vip_address, vips=[VIP], system="FreeBSD")["changed"]


def test_the_conditions_outlive_the_vips(act: Act, host: Host) -> None:
    host.box.put("/etc/sysctl.conf", "net.inet.ip.rfc1122_strong_es=1\n")
    host.box.reboot()
    act(arp_hide, vips=[VIP], system="FreeBSD")
    act(vip_address, vips=[VIP], system="FreeBSD")
    with pytest.raises(Failed, match=r"is still on lo0 \(got .*\). Fix: Remove it first"):
        act(arp_hide, state="absent", system="FreeBSD")
    assert "Remove it first" in act(arp_hide, state="absent", system="FreeBSD", check=True)["warnings"][0]
    assert "warnings" not in act(arp_hide, state="absent", system="FreeBSD", check=True, foreseen=True)
    act(vip_address, vips=[VIP], system="FreeBSD", state="absent")
    act(arp_hide, state="absent", system="FreeBSD")
    assert host.box.host.read("/etc/sysctl.conf") == "net.inet.ip.rfc1122_strong_es=1\n"


def test_a_step_that_fails_says_what_the_host_said(act: Act, host: Host) -> None:
    host.box.tool("ifconfig").write_text("#!/bin/sh\ntest \"$1\" = -a && exec cat /etc/said\necho 'no' >&2\nexit 1\n")
    host.box.put("/etc/said", "lo0: flags=49<UP,LOOPBACK>\n\tinet 127.0.0.1/8\n")
    with pytest.raises(Failed, match=r"ifconfig lo0 .*failed with exit status 1 \(got 'no'\)"):
        act(vip_address, vips=[VIP], system="FreeBSD")


def test_what_something_else_undoes_at_once(act: Act, host: Host) -> None:
    ifconfig = host.box.tool("ifconfig")
    head, newline, rest = ifconfig.read_text().partition("\n")
    ifconfig.write_text(f'{head}{newline}test "$1" = -a || exit 0\n{rest}')
    with pytest.raises(Failed, match="did not stay as they were made on this FreeBSD host"):
        act(vip_address, vips=[VIP], system="FreeBSD")


class TestGateway:
    def test_it_is_confirmed_over_a_new_connection_and_only_then_saved(self, act: Act, host: Host) -> None:
        seen: list[str] = []
        host.hook = lambda script: seen.append(host.box.host.read("/etc/rc.conf")) if "mv " in script else None
        result = act(default_gateway, gateway="192.168.1.9", system="FreeBSD")
        assert result["after"] == {
            "effective": ["default via 192.168.1.9"],
            "persistent": {"boot": ["default via 192.168.1.9"]},
        }
        assert all('defaultrouter="192.168.1.254"' in text for text in seen)
        assert host.box.host.read("/etc/lvs_gateway") == (
            "live 192.168.1.254\nboot 192.168.1.254\nlvs lvs 192.168.1.9\n"
        )
        assert not list((host.box.root / "own/etc").glob("lvs_gateway.*"))

    def test_the_same_connection_proves_nothing(self, act: Act, host: Host) -> None:
        host.connections = [FIRST]
        with pytest.raises(Failed, match="is still the same, which proves nothing"):
            act(default_gateway, gateway="192.168.1.9", system="FreeBSD")
        assert 'defaultrouter="192.168.1.254"' in host.box.host.read("/etc/rc.conf")

    def test_a_controller_that_cannot_come_back_finds_all_as_it_was(self, act: Act, host: Host) -> None:
        """The host undoes it by itself while nobody can reach it."""

        def cut(script: str) -> None:
            if "route change" in script:
                host.hook = lost

        def lost(_script: str) -> None:
            if host.box.host.defaults() == ["192.168.1.9"]:
                raise AnsibleConnectionFailure("no route to host")

        host.hook = cut
        with pytest.raises(Failed, match="was taken back: the change was not confirmed"):
            act(default_gateway, gateway="192.168.1.9", timeout=10, system="FreeBSD")
        assert host.box.host.defaults() == ["192.168.1.254"]
        assert not host.box.host.read("/etc/lvs_gateway")

    def test_a_refused_change_is_taken_back_at_once(self, act: Act, host: Host) -> None:
        route = host.box.tool("route")
        head, newline, rest = route.read_text().partition("\n")
        route.write_text(f'{head}{newline}case "$*" in *192.168.1.9) exit 1;; esac\n{rest}')
        with pytest.raises(Failed, match=r"route change default 192.168.1.9.*failed with exit status 1"):
            act(default_gateway, gateway="192.168.1.9", system="FreeBSD")
        assert host.box.host.defaults() == ["192.168.1.254"]
        assert not list((host.box.root / "own/etc").glob("lvs_gateway*"))

    def test_too_little_time(self, act: Act) -> None:
        with pytest.raises(Failed, match="is too short"):
            act(default_gateway, gateway="192.168.1.9", timeout=5, system="FreeBSD")


class TestTwoLvs:
    """Every system as the realserver of two LVS, one of whose VIPs is the other's, too."""

    @pytest.fixture(params=HOSTS)
    def host(self, request: pytest.FixtureRequest, tmp_path: Path) -> Host:
        return Host(Sandbox(request.param, tmp_path / "host"))

    def test_each_takes_away_its_own_alone(self, act: Act, host: Host) -> None:
        system = kernel_name(host.box.host.system)
        wanted = {"web": [VIP, "192.168.1.111"], "mail": [VIP, "192.168.1.112"]}

        def run(module: t.Any, name: str, **args: t.Any) -> dict[str, t.Any]:
            return act(module, system=system, lvs_name=name, **args)

        before = host.box.snapshot()
        for name, vips in wanted.items():
            run(arp_hide, name, vips=vips)
            assert run(vip_address, name, vips=vips, purge=True)["changed"]
        for name, vips in wanted.items():
            assert not run(arp_hide, name, vips=vips)["changed"]
            assert not run(vip_address, name, vips=vips, purge=True)["changed"]
        run(vip_address, "web", state="absent")
        assert [vip for vip in (VIP, "192.168.1.111", "192.168.1.112") if host.box.host.holds(vip)] == wanted["mail"]
        assert not run(arp_hide, "web", state="absent")["changed"]
        assert not run(vip_address, "mail", vips=wanted["mail"], purge=True)["changed"]
        assert not run(vip_address, "web", state="absent")["changed"]
        run(vip_address, "mail", state="absent")
        run(arp_hide, "mail", state="absent")
        assert host.box.snapshot() == before

    def test_the_gateway_goes_with_the_last_one(self, act: Act, host: Host) -> None:
        system = kernel_name(host.box.host.system)

        def run(name: str, **args: t.Any) -> bool:
            host.connections = [FIRST, SECOND]
            return bool(act(default_gateway, system=system, lvs_name=name, **args)["changed"])

        before, (own,) = host.box.snapshot(), host.box.host.defaults()
        # There it is somebody else's, and only looked at.
        changes = system not in ("AIX", "Darwin")
        asked, refused = ("192.168.1.9", own) if changes else (own, "192.168.1.9")
        assert run("web", gateway=asked) == changes
        assert not run("mail", gateway=asked)
        with pytest.raises(Failed, match=re.escape(f"it is {asked} for the LVS 'mail' of this host")):
            run("web", gateway=refused)
        assert not run("web", state="absent")
        assert host.box.host.defaults() == [asked]
        assert run("mail", state="absent") == changes
        assert host.box.host.defaults() == [own]
        assert host.box.snapshot() == before
