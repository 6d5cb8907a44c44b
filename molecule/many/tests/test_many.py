# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All services are there, and serve. Other scenarios look at one at a time; here it is all at once."""

from __future__ import annotations

import collections
import json
import shlex
from collections.abc import Callable
from typing import Any

from testinfra.host import Host

from lab import watch
from lab.run import run
from lab.running import Running

SERVICES = 500
# Two connections to each VIP: rr has both realservers answer.
CALLS = """
import json, sys, urllib.request
def page(vip):
    return urllib.request.urlopen(f"http://{vip}/", timeout=20).read().decode().strip()
print(json.dumps([sorted([page(vip), page(vip)]) for vip in json.load(sys.stdin)]))
"""


def vips(plan: dict[str, Any]) -> list[str]:
    return list(plan["hosts"]["director"]["director"]["vips"])


def test_the_kernel_has_the_planned_table(plan: dict[str, Any], on: Callable[[str], Host]) -> None:
    saved = on("director").check_output("ipvsadm --save --numeric").splitlines()
    assert len(saved) == 3 * SERVICES
    assert sorted(saved) == sorted(plan["rules"].splitlines())


def test_every_host_has_the_vips(plan: dict[str, Any], snapshot: Callable[..., dict[str, Any]]) -> None:
    wanted = {f"{vip}/32" for vip in vips(plan)}
    assert len(wanted) == SERVICES
    for host, interface in (("director", "vec0"), ("realserver1", "lo"), ("realserver2", "lo")):
        assert wanted <= set(snapshot(host, "addresses")["addresses"][interface]), host


def test_every_service_is_served_by_both(plan: dict[str, Any], farm: Running) -> None:
    command = [*farm.ssh(farm.farm.host("client")), shlex.join(["python3", "-c", CALLS])]
    answered = json.loads(run(command, "Look at the client.", input_text=json.dumps(vips(plan)), timeout=300))
    assert collections.Counter(map(tuple, answered)) == {("realserver1", "realserver2"): SERVICES}


def test_the_director_alone_claims_the_vips(farm: Running) -> None:
    assert {tuple(hosts) for hosts in watch.claimants(farm).values()} == {("director",)}


def test_the_doctor_finds_nothing(play: Callable[..., dict[str, int]]) -> None:
    play("playbooks/doctor.yml")
