# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify.yml on a real farm: green when all is well, each fault named, nothing left behind. `pytest tests/verify`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "bin/lab"
VIP = "192.168.1.110"
ONE, TWO = "realserver1", "realserver2"
REALSERVERS = (ONE, TWO)
HOSTS = ("director", *REALSERVERS, "client")
INVENTORIES = ("-i", "tests/verify/inventory.yml", "-i", "bin/lab-inventory")
# An echo over UDP, which the lab's machines do not have; the VIP comes later.
UDP_ECHO = f"""\
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as echo:
    echo.setsockopt(socket.IPPROTO_IP, 15, 1)
    echo.bind(("{VIP}", 7))
    while True:
        data, client = echo.recvfrom(65536)
        echo.sendto(data, client)
"""
# All that a run might leave: the table, addresses, settings, listeners, kernel modules, programs of ours, files.
SNAPSHOT = """\
ipvsadm -S -n
ip -oneline address | sed 's/valid_lft.*//'
ip route
grep -r . /proc/sys/net/ipv4/conf /proc/sys/net/ipv4/vs /proc/sys/net/ipv4/ip_forward
ss -lntuH | awk '{print $1, $5}' | sort
cut -d ' ' -f 1 /proc/modules | sort
pgrep -af '[p]ython'
find /etc /run /tmp /root /var/lib -xdev ! -path '/*/systemd/*' ! -path '/run/user*' | sort
"""

START_ECHO = "systemd-run -qu udp-echo python3 /run/udp_echo.py"

Verify = Callable[..., dict[str, Any]]


def lab(*words: str, text: str = "") -> str:
    return subprocess.run(
        [LAB, *words], check=True, capture_output=True, input=text, text=True, timeout=300, cwd=ROOT
    ).stdout


def on(host: str, script: str) -> list[str]:
    """The lines that a script prints on a host."""
    return lab("ssh", host, "--", "bash -s", text=script).splitlines()


def snapshot() -> dict[str, list[str]]:
    return {host: on(host, SNAPSHOT) for host in HOSTS}


@pytest.fixture(scope="module", autouse=True)
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A farm of this test's own, set up by site.yml."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVS_LAB_STATE", str(tmp_path_factory.mktemp("lab")))
        patch.setenv("PATH", f"{ROOT}/.venv/bin:{os.environ['PATH']}")
        try:
            lab("up", "dr")
            for host in REALSERVERS:
                on(host, f"cat >/run/udp_echo.py <<'END'\n{UDP_ECHO}END\n{START_ECHO}")
            site = ["ansible-playbook", "site.yml", *INVENTORIES]
            subprocess.run(site, check=True, capture_output=True, timeout=900, cwd=ROOT)
            yield
        finally:
            lab("down")


def command(report: Path, *words: str) -> list[str]:
    return ["ansible-playbook", "playbooks/verify.yml", *INVENTORIES, "-e", f"verify_json={report}", *words]


@pytest.fixture
def verify(tmp_path: Path) -> Verify:
    """Runs verify.yml and says what it found; its exit status agrees with that."""
    report = tmp_path / "verify.json"

    def run(*words: str) -> dict[str, Any]:
        report.unlink(missing_ok=True)
        ran = subprocess.run(
            command(report, *words), check=False, capture_output=True, text=True, timeout=300, cwd=ROOT
        )
        assert report.exists(), ran.stdout + ran.stderr
        found: dict[str, Any] = json.loads(report.read_text())
        assert found["passed"] == (ran.returncode == 0), ran.stdout
        return found

    return run


def faults(found: dict[str, Any], *statuses: str) -> set[tuple[str, str, str]]:
    wanted = statuses or ("error",)
    return {(row["id"], row["service"], row["realserver"]) for row in found["rows"] if row["severity"] in wanted}


def got(found: dict[str, Any], title: str) -> dict[str, int]:
    """How many connections of a service each realserver got."""
    (service,) = [one for one in found["services"] if one["title"] == title]
    return {one["host"]: one["connections"] for one in service["realservers"]}


def test_a_healthy_farm_passes_and_nothing_is_left(verify: Verify, tmp_path: Path) -> None:
    before = snapshot()
    junit = tmp_path / "verify.xml"
    found = verify("-e", f"verify_junit={junit}")
    assert (found["passed"], faults(found, "error", "warning")) == (True, set()), found
    assert got(found, "http") == {ONE: 4, TWO: 4}
    assert got(found, "telnet") == {ONE: 6, TWO: 2}
    assert got(found, "echo") == {ONE: 4, TWO: 4}
    assert sorted(got(found, "ssh").values()) == [0, 8]
    checks = {(row["check"], row["service"]) for row in found["rows"] if row["severity"] == "ok"}
    assert {("persistence", "ssh"), ("payload", "telnet"), ("payload", "echo"), ("payload", "http")} < checks
    assert ("arp", "") in checks
    assert len([row for row in found["rows"] if row["check"] == "path"]) == len(REALSERVERS)
    assert junit.read_text().count("<testcase ") == len(found["rows"])
    assert snapshot() == before


def test_the_test_service_stands_in_for_services_that_are_not_up(verify: Verify) -> None:
    for host in REALSERVERS:
        on(host, "systemctl stop nginx lab-echo.socket udp-echo")
    before = snapshot()
    try:
        found = verify("-e", "verify_test_service=true", "-e", "verify_payload=1048576")
    finally:
        after = snapshot()
        for host in REALSERVERS:
            on(host, f"systemctl start nginx lab-echo.socket; {START_ECHO}")
    assert (found["passed"], faults(found, "error", "warning", "skip")) == (True, set()), found
    assert got(found, "telnet") == {ONE: 6, TWO: 2}
    payloads = {
        (row["service"], row["realserver"]): row["message"] for row in found["rows"] if row["check"] == "payload"
    }
    assert [service for service, realserver in payloads if not realserver] == ["echo", "ssh", "telnet", "http"]
    large = {realserver: message for (_service, realserver), message in payloads.items() if realserver}
    assert large == dict.fromkeys(REALSERVERS, "1 of 1 came back whole, 1048576 bytes.")
    assert after == before


def test_check_mode_says_what_it_would_ask_and_asks_nobody() -> None:
    before = snapshot()
    counters = on("director", "ipvsadm -L -n --stats --exact")
    words = ["ansible-playbook", "playbooks/verify.yml", *INVENTORIES, "--check"]
    ran = subprocess.run(words, check=True, capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert "http: 8 connections to tcp 192.168.1.110:80 (http)" in ran.stdout
    assert "the way to realserver1: a temporary service" in ran.stdout
    assert on("director", "ipvsadm -L -n --stats --exact") == counters
    assert snapshot() == before


# Where, inject, heal, and what verify says: this and nothing else.
FAULTS: dict[str, tuple[str, str, str, set[tuple[str, str, str]]]] = {
    "the director's table": (
        "director",
        f"ipvsadm -S -n >/run/systemd/table; ipvsadm -D -t {VIP}:23; ipvsadm -E -t {VIP}:22 -s rr"
        f"; for rip in 11 12; do ipvsadm -e -t {VIP}:80 -r 192.168.1.$rip -g -w 0; done",
        "ipvsadm -C; ipvsadm -R </run/systemd/table",
        {
            ("table-lacks-service", "telnet", ""),  # though the director itself answers there
            ("table-lacks-weight", "http", ""),
            ("persistence-broken", "ssh", ""),
        },
    ),
    "services that do not run": (
        TWO,
        "systemctl stop nginx udp-echo",
        f"systemctl start nginx; {START_ECHO}",
        {("service-refused", "http", TWO), ("service-refused", "echo", TWO)},
    ),
    # Not the same realserver for ssh, with its persistence, as long as it stays with the other: only the path finds it.
    "the VIP missing on a realserver": (
        TWO,
        f"ip address delete {VIP}/32 dev lo",
        f"ip address add {VIP}/32 dev lo",
        {
            ("answer-missing", "http", TWO),
            ("answer-missing", "telnet", TWO),
            ("answer-missing", "echo", TWO),
            ("path-silent", "echo, ssh, telnet, http", TWO),
        },
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named(verify: Verify, name: str) -> None:
    host, inject, heal, expected = FAULTS[name]
    on(host, inject)
    try:
        found = verify()
    finally:
        on(host, heal)
    assert not found["passed"]
    assert {fault for fault in faults(found, "error", "warning") if fault[1] != "ssh" or fault in expected} == expected


def test_a_realserver_that_answers_arp_is_named(verify: Verify) -> None:
    """By the next connections the client may go to it directly, so there may be more findings."""
    on(TWO, "sysctl -qw net.ipv4.conf.all.arp_ignore=0")
    try:
        found = verify()
    finally:
        on(TWO, "sysctl -qw net.ipv4.conf.all.arp_ignore=1")
        on("client", "ip neighbour flush all")
    assert ("arp-realserver", "", TWO) in faults(found)


def test_hosts_that_were_left_out_are_not_taken_for_healthy(verify: Verify) -> None:
    assert faults(verify("--limit", "director,localhost")) == {("client-unseen", "", ""), ("client-missing", "", "")}


def test_a_run_that_is_killed_leaves_nothing_after_the_next(verify: Verify, tmp_path: Path) -> None:
    before = snapshot()
    on(TWO, f"ip address delete {VIP}/32 dev lo")  # so that the client waits
    try:
        kill_in_the_middle(tmp_path / "killed.json")
    finally:
        on(TWO, f"ip address add {VIP}/32 dev lo")
    left = on("director", "ipvsadm -S -n")
    assert [line for line in left if f"{VIP}:610" in line], "the run was killed too late to leave anything"
    assert "/run/lvs-test-service.json" in on(ONE, "ls /run/lvs-*")
    found = verify("-e", "verify_test_service=true")
    assert found["passed"], found
    wait_for_the_client(before["client"])
    assert snapshot() == before


def wait_for_the_client(before: list[str]) -> None:
    """What the killed run had begun on the client ends by itself, when it has waited for its answers long enough."""
    deadline = time.monotonic() + 120
    while on("client", SNAPSHOT) != before and time.monotonic() < deadline:
        time.sleep(1)


def kill_in_the_middle(report: Path) -> None:
    """End Ansible, with all its processes, while the client is asking."""
    words = command(report, "-e", "verify_test_service=true", "-e", "verify_timeout=60")
    with subprocess.Popen(
        words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        deadline = time.monotonic() + 120
        while not on("client", "ss -ntH state syn-sent state established '( dport >= 61000 )'"):
            assert time.monotonic() < deadline, "the client never asked"
        os.killpg(process.pid, signal.SIGKILL)
    assert not report.exists()
