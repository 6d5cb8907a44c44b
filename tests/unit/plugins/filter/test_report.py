# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter report."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.filter.report import report
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.plugin_utils._plan.farm import plan, service


def test_findings_as_text() -> None:
    text = str(report(plan(service(scheduler="wlcc"))))
    assert text.startswith("1 error in the inventory.\n")
    assert "ERROR lvs_services[0].scheduler: is not a scheduler (got 'wlcc').\n  Fix: Use dh," in text


@pytest.mark.parametrize("no_plan", [None, "plan", [], {"hosts": {}}, {"findings": None}])
def test_what_is_no_plan(no_plan: object) -> None:
    with pytest.raises(AnsibleFilterError, match=r"^linuxvirtualserver\.lvs\.report: the plan: is none"):
        report(no_plan)
