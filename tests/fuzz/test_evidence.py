# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One host answers the doctor with nonsense: that is said of this host, and the faults of all others are found."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import diagnose
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.page import page
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.report import report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.doctor import SYMPTOMS
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.conftest import Inputs
from ansible_collections.linuxvirtualserver.lvs.tests.fuzz.mutations import mutated
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._doctor.doctor_scenes import (
    CLIENT,
    DIRECTOR,
    RS1,
    RS2,
    SCENES,
    Farm,
)

# Nobody else's evidence has a part in these, so whatever the other host says they are found.
_ALONE: dict[str, tuple[str, ...]] = {
    DIRECTOR: ("ip-vs-missing", "service-missing", "weights-all-zero", "table-owner", "firewall-director"),
    RS1: ("vip-missing-realserver", "vip-mask-wide", "service-down", "arp-answered", "gateway-missing"),
}


def told(diagnosis: dict[str, t.Any]) -> set[tuple[str, str]]:
    return {(finding["id"], finding["host"]) for finding in diagnosis["findings"]}


@pytest.mark.parametrize("farm_name", ["dr", "nat", "tun"])
def test_nonsense_of_one_host_is_a_finding_about_it(inputs: Inputs, farm_name: str) -> None:
    farm = Farm(farm_name)
    for random in inputs(120):
        host = random.choice(sorted(farm.looked))
        looked = {**farm.looked, host: mutated(farm.looked[host], random)}
        diagnosis = diagnose(farm.plan, looked, random.choice(("", *SYMPTOMS)))
        assert all(isinstance(line["text"], str) for line in report(diagnosis, looked))
        assert page(diagnosis, farm.plan, looked).encode()
        accused = {finding["host"] for finding in diagnosis["findings"] if finding["id"] == "evidence-unreadable"}
        assert accused <= {host}
        for finding in diagnosis["findings"]:
            assert all(isinstance(line, str) for line in finding["evidence"])


@pytest.mark.parametrize("ill", sorted(_ALONE))
def test_what_is_wrong_with_another_host_is_found_all_the_same(inputs: Inputs, ill: str) -> None:
    for random in inputs(120):
        name = random.choice(_ALONE[ill])
        farm = SCENES[name].after()
        liar = random.choice(sorted({DIRECTOR, RS1, RS2, CLIENT} - {ill}))
        farm.looked[liar] = mutated(farm.looked[liar], random)
        assert (name, ill) in told(diagnose(farm.plan, farm.looked)), f"{name} is not seen when {liar} answers so"


@pytest.mark.parametrize("name", sorted(SCENES))
def test_evidence_that_is_lost_never_proves_a_fault(inputs: Inputs, name: str) -> None:
    """A kind of evidence that cannot be read takes findings away from a farm, and adds none but that it is so."""
    farm = SCENES[name].after()
    symptom = SCENES[name].symptom
    before = told(diagnose(farm.plan, farm.looked, symptom))
    for random in inputs(4):
        changed = farm.copy()
        host = random.choice([one for one in sorted(changed.looked) if "evidence" in changed.looked[one]])
        kind = random.choice([one for one in sorted(changed.seen(host)) if changed.seen(host)[one] is not None])
        changed.seen(host)[kind] = object()
        after = told(diagnose(changed.plan, changed.looked, symptom))
        # That the service is missing is so: only why cannot be said any more.
        known = {("service-missing", DIRECTOR)} if (name, kind) == ("scheduler-missing", "kernel_modules") else set()
        assert after - before - known == {("evidence-unreadable", host)} - before, f"{kind} of {host}"
