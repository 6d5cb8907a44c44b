# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reload makes of the kernel's table: the model, and the real keepalived, which decides who is right."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.reload import after_reload
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._keepalived.servers import Servers, render
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.diff import REMOVE, Operation, apply
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.ipvsadm import commands, listing
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.table import (
    Realserver,
    Service,
    ServiceKey,
    Table,
    sort_services,
)
from ansible_collections.linuxvirtualserver.lvs.tests.oracles.generate import Chance

PAIRS_A_FILE = 3
PAIRS_AT_ONCE = 30  # which a command has the time for
VIP = "10.9.0.1"


def drawn(random: Chance) -> Table:
    """Some of a few services with some of a few realservers, so that two of them have much in common."""
    keys = [ServiceKey("ipv4", "tcp", VIP, port, None) for port in (80, 81)] + [
        ServiceKey("ipv4", "udp", VIP, 53, None)
    ]
    return sort_services(_service(random, key) for key in keys if random.random() < 0.8)


def _service(random: Chance, key: ServiceKey) -> Service:
    rips = random.sample(range(11, 16), random.randint(1, 4))
    pool = [
        Realserver(f"10.8.0.{rip}", key.port, random.choice(["nat", "dr"]), random.randint(0, 2))
        for rip in sorted(rips)
    ]
    return Service(key, random.choice(["rr", "wlc"]), (), random.choice([0, 360]), None, None, False, tuple(pool))


def meddled(random: Chance, table: Table) -> list[Operation]:
    """What a hand, or a check that fails, does to the table."""
    found = []
    for service in table:
        for one in service.realservers[1:]:
            choice = random.random()
            if choice < 0.2:
                found.append(Operation(REMOVE, service, one))
            elif choice < 0.4:
                found.append(Operation("edit", service, one._replace(weight=7)))
    return found


def test_the_model_is_what_keepalived_does(
    guest: Callable[..., str], request: pytest.FixtureRequest, say: Callable[[str], None]
) -> None:
    random = Chance(request.config.getoption("--seed"))
    cases = []
    for _number in range(PAIRS_A_FILE * request.config.getoption("--files")):
        old, new = drawn(random), drawn(random)
        cases.append((old, meddled(random, old), new))
    guest("cat >/run/reload_agent.py", (Path(__file__).parent / "reload_agent.py").read_text())
    texts = [(render(Servers(old, {})), commands(done), render(Servers(new, {}))) for old, done, new in cases]
    answers: list[str] = []
    for first in range(0, len(texts), PAIRS_AT_ONCE):
        some = json.dumps(texts[first : first + PAIRS_AT_ONCE])
        answers += json.loads(guest("python3 /run/reload_agent.py", some))
    for (old, done, new), answer in zip(cases, answers, strict=True):
        expected = after_reload(old, new, apply(done, old))
        assert [line for line in answer.splitlines() if VIP in line] == listing(expected), texts[answers.index(answer)]
    say(f"{len(cases)} pairs of files")
