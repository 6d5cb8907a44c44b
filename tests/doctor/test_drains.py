# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is drained refuses nobody, is named, and is done when nobody talks to it: TCP under sh, and UDP."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from ansible_collections.linuxvirtualserver.lvs.tests.doctor.conftest import ROOT, Patient
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.faults import VIP

pytestmark = pytest.mark.parametrize("site", ["odd"])

RIPS = {"realserver1": "192.168.1.11", "realserver2": "192.168.1.12"}
TELNET = {"vip": VIP, "port": 23, "protocol": "tcp"}
STEADY = {"vip": VIP, "port": 9, "protocol": "udp"}
# Who answers each of many connections, one after the other; nobody one that is refused.
MANY = f"for n in $(seq 40); do nc -N -w 5 {VIP} 23 </dev/null | head -1; done | sort | uniq -c"
CALLS = "/run/calls"
CALLING = f"while true; do a=$(nc -N -w 5 {VIP} 23 </dev/null | head -1); echo ${{a:-refused}} >>{CALLS}; done"
# One datagram each from these ports; of the next ones the first goes to realserver1.
ONE_SHOT = f"for port in 5001 5002; do echo once | nc -u -w 1 -p $port {VIP} 9 >/dev/null; done"
TALKING = (
    "import contextlib, socket, time\n"
    "talk = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
    "talk.settimeout(1)\n"
    f'talk.bind(("", 5003)); talk.connect(("{VIP}", 9))\n'
    "while True:\n"
    "    talk.send(b'still here')\n"
    "    with contextlib.suppress(TimeoutError):\n"
    "        print(talk.recv(99), flush=True)\n"
    "    time.sleep(0.5)\n"
)


def answered(patient: Patient) -> dict[str, int]:
    """How many of the client's connections each realserver answered."""
    rows = [line.split() for line in patient.ssh("client", MANY).splitlines()]
    return {row[1]: int(row[0]) for row in rows}


def flags(patient: Patient) -> str:
    table = patient.ssh("director", "ipvsadm -S -n").splitlines()
    return next(line for line in table if line.startswith(f"-A -t {VIP}:23 "))


def test_a_drain_under_a_hash_refuses_nobody_and_is_named(patient: Patient) -> None:
    (mine,) = answered(patient)
    other = next(host for host in RIPS if host != mine)
    try:
        drained = patient.task("director", "ipvs_dest", **TELNET, rip=RIPS[mine], state="drained", wait_timeout=30)
        assert drained["drained"], drained
        assert answered(patient) == {other: 40}
        assert "sh-fallback" in flags(patient)
        found = patient.examine()
        assert [one["id"] for one in found["findings"]] == ["realserver-drained"]
        assert found["healthy"]
        for playbook in ("playbooks/preflight.yml", "site.yml"):
            status, said = patient.play(playbook)
            assert status == 0, said
            assert "stays drained" in " ".join(said.split()), said
        assert answered(patient) == {other: 40}, "site ended the drain"
    finally:
        patient.task("director", "ipvs_dest", **TELNET, rip=RIPS[mine], state="present")
    assert "sh-fallback" not in flags(patient)
    assert answered(patient) == {mine: 40}
    assert patient.examine()["findings"] == []


def test_a_drain_that_nobody_ended_ends_by_what_the_doctor_says(patient: Patient) -> None:
    """As Ctrl-C leaves it: site.yml respects a drain."""
    rip = RIPS["realserver1"]
    patient.task("director", "ipvs_dest", **TELNET, rip=rip, state="drained", wait_for="none")
    try:
        (found,) = patient.examine()["findings"]
        assert found["id"] == "realserver-drained"
        (command,) = re.findall(r"ansible director .*'", found["cure"])
        patient.here(command)
        assert patient.play("site.yml")[0] == 0
        assert patient.examine()["findings"] == []
    finally:
        patient.task("director", "ipvs_dest", **TELNET, rip=rip, state="present")


def test_a_realserver_leaves_a_hash_and_no_client_is_refused(patient: Patient) -> None:
    (mine,) = answered(patient)
    services = yaml.safe_load((ROOT / patient.site.inventory).read_text(encoding="utf-8"))["all"]["vars"][
        "lvs_services"
    ]
    next(one for one in services if one["name"] == "telnet")["realservers"] = [host for host in RIPS if host != mine]
    start = f"rm -f {CALLS}; cat >/run/call.sh && systemd-run -q --unit calls bash /run/call.sh"
    patient.ssh("client", start, CALLING.encode())
    try:
        status, said = patient.play("site.yml", "-e", json.dumps({"lvs_services": services}))
        patient.ssh("client", f"timeout 30 sh -c 'until tail -1 {CALLS} | grep -v {mine}; do sleep 1; done'")
    finally:
        patient.ssh("client", "systemctl stop calls")
        back, again = patient.play("site.yml")
    assert (status, back) == (0, 0), said + again
    calls = patient.ssh("client", f"cat {CALLS}").split()
    assert set(calls) == set(RIPS), f"{len(calls)} calls, refused: {calls.count('refused')}"


def test_who_only_asked_once_over_udp_keeps_no_drain_waiting(patient: Patient) -> None:
    """The kernel remembers each for 300 seconds."""
    patient.ssh("client", ONE_SHOT)
    for rip in RIPS.values():
        answer = patient.task("director", "ipvs_dest", **STEADY, rip=rip, state="drained", wait_timeout=90)
        patient.task("director", "ipvs_dest", **STEADY, rip=rip, state="present")
        assert answer["drained"], answer
        assert set(answer["connections"]["states"]) <= {"UDP_QUIET"}, answer


def test_a_client_that_goes_on_over_udp_is_told_of_and_can_be_moved(patient: Patient) -> None:
    patient.do(
        (("client", f"cat >/run/talk.py <<'END'\n{TALKING}END\nsystemd-run -q --unit talk python3 /run/talk.py"),)
    )
    talks = "grep ' 138B ' /proc/net/ip_vs_conn"  # the port, 5003
    try:
        patient.ssh("director", f'timeout 20 sh -c "until {talks}; do sleep 0.5; done"')
        rip = next(rip for rip in RIPS.values() if _hexadecimal(rip) in patient.ssh("director", talks))
        options = {**STEADY, "rip": rip, "state": "drained", "wait_timeout": 5}
        late = patient.task("director", "ipvs_dest", **options)
        assert late["failed"], late
        assert "keeps its realserver however long you wait" in late["msg"]
        forced = patient.task("director", "ipvs_dest", **options, on_timeout="force")
        assert not forced["failed"], forced
        other = next(one for one in RIPS.values() if one != rip)
        patient.ssh("director", f'timeout 20 sh -c "until {talks} | grep {_hexadecimal(other)}; do sleep 0.5; done"')
    finally:
        patient.do((("client", "systemctl stop talk"),))
        for rip in RIPS.values():
            patient.task("director", "ipvs_dest", **STEADY, rip=rip, state="present")
    assert patient.examine()["findings"] == []


def _hexadecimal(rip: str) -> str:
    return "".join(f"{int(number):02X}" for number in rip.split("."))
