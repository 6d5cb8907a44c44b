# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of playbooks/verify.yml, documented with the module of the same name."""

from __future__ import annotations

import secrets
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.address import canonical_address
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.report_file import as_json, write_report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.screen import is_whole, show, show_text
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.witness import (
    Data,
    Variables,
    Witness,
    said_by,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import failed
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.vaulted import vault_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify import text, verdict
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify import work as verify_work
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._verify.observed import (
    ASKED,
    PLACED,
    PROBE,
    SERVICE,
    TAKEN,
    TRIAL,
    counted_before,
    mapping,
    observed,
)

_CONTROLLER = "localhost"
_LIFE = 300  # seconds after which what was placed goes by itself
# The name under which the playbook registers what `begin` returns.
_BEGUN = "__verify"


class ActionModule(Witness):
    """Looks at an LVS as its users do, and holds what it sees against the plan."""

    steps = ("begin", "place", "ask", "take_away", "conclude")
    wishes: t.ClassVar[Data] = {
        "verify_from": {"type": "str", "default": "clients"},
        "verify_test_service": {"type": "bool", "default": False},
        "verify_paths": {"type": "bool", "default": True},
        "verify_connections": {"type": "int", "default": 0},
        "verify_timeout": {"type": "float", "default": verify_work.TIMEOUT},
        "verify_payload": {"type": "int", "default": verify_work.PAYLOAD},
        "verify_ask": {"type": "dict", "default": {}},
        "verify_ports": {"type": "dict", "default": {}},
        "verify_slow": {"type": "float", "default": 2.0},
        "verify_json": {"type": "str", "default": ""},
        "verify_junit": {"type": "str", "default": ""},
    }

    def begin(self, variables: Variables) -> Data:
        """What is to be asked by whom."""
        wished = self._wished
        clients = _clients(wished["verify_from"], variables["groups"])
        if _CONTROLLER not in variables["ansible_play_hosts_all"]:
            raise LvsError(
                "limit", _CONTROLLER, "leaves out the host that gives the verdict. Add it to what --limit says."
            )
        names = ("test_service", "paths", "connections", "timeout", "payload", "ask", "ports")
        wishes = verify_work.Wishes(**{name: wished[f"verify_{name}"] for name in names})
        work = verify_work.make_work(variables["lvs_plan"], clients, wishes)
        show_text(vault_of(variables).hide("\n".join(verify_work.describe(work, is_whole()))))
        return {"work": work, "token": secrets.token_hex(12), "wishes": wished}

    def place(self, variables: Variables) -> Data:
        """Look at a director, and lead a high port to each realserver alone; start the test service on a realserver."""
        work, host = _work(variables), variables["inventory_hostname"]
        lvs = {"lvs_name": work["lvs_name"]}
        placed: Data = {}
        if host in work["directors"]:
            placed[TRIAL] = self.look("ipvs_trial", {**lvs, "services": work["temporary"], "seconds": _LIFE}, variables)
        if host in work["listen"]:
            token = variables[_BEGUN]["token"]
            listen = {**lvs, "name": host, "listen": work["listen"][host], "token": token, "seconds": _LIFE}
            placed[SERVICE] = self.look("test_service", listen, variables)
        return placed

    def ask(self, variables: Variables) -> Data:
        """Open the connections of a client."""
        work = _work(variables)
        asked = {
            "probes": work["probes"],
            "timeout": work["timeout"],
            "token": variables[_BEGUN]["token"],
            "neighbours": work["vips"],
            "inside": work["inside"],
        }
        return {PROBE: self.look("client_probe", asked, variables)}

    def take_away(self, variables: Variables) -> Data:
        """See on a director where each connection went; take away there, and on a realserver, what was placed."""
        work, host = _work(variables), variables["inventory_hostname"]
        lvs = {"lvs_name": work["lvs_name"]}
        taken: Data = {}
        if host in work["directors"]:
            arguments = {
                **lvs,
                "clients": _addresses(said_by(variables, work["clients"], [ASKED])),
                "counted": work["counted"],
                "since": counted_before(variables),
                "vips": work["vips"],
                "rips": list(work["hosts"]),
            }
            taken[TRIAL] = self.look("ipvs_trial", arguments, variables)
        if host in work["listen"]:
            taken[SERVICE] = self.look("test_service", {**lvs, "state": "stopped"}, variables)
        return taken

    def conclude(self, variables: Variables) -> Data:
        """Hold what was seen against the plan, write it, show it, and fail when a check failed."""
        if self._task.check_mode:
            return {"skipped": True, "msg": "With --check nobody was asked."}
        work, wished = _work(variables), variables[_BEGUN]["wishes"]
        hosts = {*work["clients"], *work["directors"], *work["listen"]}
        said = said_by(variables, sorted(hosts), (PLACED, ASKED, TAKEN))
        found = vault_of(variables).hide(verdict.verdict(work, observed(work, said), wished["verify_slow"]))
        write_report("verify_json", wished["verify_json"], as_json(found))
        write_report("verify_junit", wished["verify_junit"], text.junit(found))
        show(text.lines(found, is_whole()))
        wrong = dict.fromkeys(row["id"] for row in found["rows"] if row["severity"] == "error")
        if found["passed"]:
            return {}
        return failed(f"The LVS does not do what the plan says: {', '.join(wrong)}. See above.")


def _work(variables: Variables) -> Data:
    work: Data = variables[_BEGUN]["work"]
    return work


def _clients(wished: str, groups: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    """Who asks: outside the LVS, and somebody."""
    sources = {"clients": groups.get("clients", ()), "controller": [_CONTROLLER]}
    clients = list(sources.get(wished, ()))
    inside = [host for host in clients if host in groups.get("directors", ()) or host in groups.get("realservers", ())]
    if clients and not inside:
        return clients
    why = ", ".join(inside) or "the group clients is empty"
    raise LvsError(
        "verify_from",
        wished,
        f"names no client outside the LVS ({why}), and its own machines cannot use its services (HOWTO 2.2). Make "
        "another machine a member of the group clients, or use verify_from=controller.",
    )


def _addresses(said: t.Mapping[str, Data]) -> list[str]:
    """From which addresses the clients asked; what is none is no address of a connection either."""
    told = [mapping(mapping(one.get(ASKED)).get(PROBE)).get("addresses") for one in said.values()]
    listed = [address for addresses in told if isinstance(addresses, list) for address in addresses]
    return sorted({str(address) for address in listed if isinstance(address, str) and canonical_address(address)})
