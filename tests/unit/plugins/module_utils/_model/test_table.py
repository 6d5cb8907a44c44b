# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json

from hypothesis import given

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model import table as model
from ansible_collections.linuxvirtualserver.lvs.tests.unit.plugins.module_utils._ipvs import ipvs_tables


@given(ipvs_tables.tables())
def test_a_record_is_the_table(table: model.Table) -> None:
    results = json.loads(json.dumps([service.to_dict() for service in table]))
    assert tuple(map(model.Service.from_dict, results)) == table


def test_services_are_sorted_by_number_and_not_by_text() -> None:
    keys = [
        model.ServiceKey("ipv4", None, None, 0, 10),
        model.ServiceKey("ipv4", None, None, 0, 9),
        model.ServiceKey("ipv6", "tcp", "2001:db8::25", 25, None),
        model.ServiceKey("ipv4", "tcp", "192.168.1.110", 443, None),
        model.ServiceKey("ipv4", "tcp", "192.168.1.110", 80, None),
        model.ServiceKey("ipv4", "tcp", "9.0.0.1", 80, None),
    ]
    assert [service.key.label for service in model.sort_services(map(model.Service, keys))] == [
        "tcp 9.0.0.1:80",
        "tcp 192.168.1.110:80",
        "tcp 192.168.1.110:443",
        "tcp [2001:db8::25]:25",
        "fwmark 9 ipv4",
        "fwmark 10 ipv4",
    ]
