# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of ipvs_table: the whole table, the record of it, and who stays as it is.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Callable

from .._errors import LvsError
from .._host import boot
from .._host.actions import apply as apply_actions
from .._host.actions import prepare
from .._host.claims import ANY, Claims
from .._host.host import Host
from .._host.records import Found, tell
from .._model.address import canonical_address
from .._model.claims import NAME, SERVICE, Things, named, services
from .._model.diff import apply, diff, in_scope, keep_as_is, keep_weights
from .._model.ipvsadm import listing
from .._model.parse import parse_table
from .._model.port_names import port_number
from .._model.removal import parse_limit, refuse_too_much
from .._model.table import ServiceKey, Table
from . import drained, memory, persist, restore
from .client import Ipvs
from .converge import Goal, Result, converge, report
from .drained import Memory, is_drained, keep_drained, read_memory, still_drained, undrained
from .owners import table_owners

if t.TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Collection, Iterable, Set

    from ansible.module_utils.basic import AnsibleModule

    from .._host.actions import Action

PART = "ipvs_table"


def purgeable(params: dict[str, t.Any], record: Table, foreign: Set[str]) -> Callable[[ServiceKey], bool]:
    """Which services may be removed when they are not listed; ``foreign`` are those of other LVS."""
    vips = set()
    for index, word in enumerate(params["purge_scope"]):
        vip = canonical_address(word)
        if word not in ("all", "recorded") and vip is None:
            raise LvsError(f"purge_scope[{index}]", word, "is not a scope. Use all, recorded, or a VIP.")
        vips.add(vip)
    if not params["purge"]:
        return lambda _key: False
    if "all" in params["purge_scope"]:
        return lambda _key: True
    recorded = {service.key for service in record} if "recorded" in params["purge_scope"] else set()
    named = {key for key in recorded if key.label not in foreign}
    return lambda key: key in named or (key.vip is not None and key.vip in vips)


def refuse_taking(labels: Iterable[str], claims: Claims) -> None:
    """Another LVS still serves what a purge of all would take."""
    taken = [
        f"{label} of the LVS {name!r} ({lvs.origin})"
        for name, lvs in sorted(claims.others.items())
        for label in sorted(named(SERVICE, lvs.things).keys() & set(labels))
    ]
    if taken:
        cure = "would be taken from another LVS. Purge what is recorded alone, or, to end them, add -e lvs_removal=any."
        raise LvsError("purge", ", ".join(taken), cure)


def refuse_foreign(have: Table, want: Table, lvs: Collection[str] | None) -> None:
    """Another program that owns the table would not know, or would put back, what we remove."""
    listed = {service.key for service in want}
    unlisted = [service.key.label for service in have if service.key not in listed]
    owners = table_owners(lvs=lvs) if unlisted else []
    if owners:
        cure = f"cannot be done while {', '.join(owners)} runs here, which may own them. Stop it, or use force."
        raise LvsError("purge", unlisted, cure)


def refuse_owners(lvs: Collection[str]) -> None:
    """Two programs that write one table undo each other's work."""
    owners = table_owners(lvs=lvs)
    if owners:
        cure = f"cannot be had while {', '.join(owners)} writes the table. Stop it, or leave the table to it."
        raise LvsError("sole_writer", None, cure)


def kept_rips(words: list[str]) -> set[str]:
    """The RIPs that stay as they are, in the spelling of the table."""
    rips = set()
    for index, word in enumerate(words):
        rip = canonical_address(word)
        if rip is None:
            raise LvsError(f"keep[{index}]", word, "is not an address. Use the RIP of a realserver.")
        rips.add(rip)
    return rips


def services_in(given: object) -> object:
    """The services, also where they come as JSON text."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise LvsError("services", given[:80], "is neither a list of services nor JSON text of one.") from None


class Task:
    """A list of services, and what the task wants of those that are not in it."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.params = module.params
        self.services = services_in(self.params["services"])
        self.found: Found[Table] = Found()
        self.remembered: Found[Memory] = Found()
        self.files: list[str] = []
        self.differences: list[dict[str, str]] = []
        self.host = Host()
        self.claims = self.read_claims()
        self.mine: Things = {}
        self.claimed_anew = False
        self.asked: Table = ()
        self.limit = parse_limit(self.params["removal_limit"])
        if self.params["drain_timeout"] < 0:
            raise LvsError("drain_timeout", self.params["drain_timeout"], "is not a time to wait. Use 0 or more.")
        if self.params["persistent"] and self.params["at_boot"] and self.services:
            boot.require(self.host)

    @property
    def record(self) -> Table:
        return self.found.value or ()

    @property
    def memory(self) -> Memory:
        return self.remembered.value or {}

    def wish(self, have: Table) -> Goal:
        """The services as they are wanted. For real this is called with the lock held: so the files are read here."""
        params = self.params
        if params["sole_writer"]:
            refuse_owners(self.claims.both)
        self.found = restore.read_record(restore.RECORD) if self.needs_record() else Found()
        self.remembered = read_memory(drained.MEMORY)
        want, claims = self.listed(have), self.read_claims()
        wanted = {service.key for service in want}
        claims.with_foreign(services((key.label for key in wanted), claims.name))
        scope = in_scope(have, wanted, self.purgeable(claims))
        gone = [one.key.label for one in scope if one.key not in wanted]
        if params["lvs_removal"] == ANY:
            claims.take(services(gone, ""))
        else:
            refuse_taking(gone, claims)
        self.mine = self.claimed(wanted, claims)
        self.claimed_anew = self.claimed_anew or claims.differs(self.mine)
        if not params["force"]:
            refuse_foreign(scope, want, None if params["lvs_removal"] == ANY else claims.both)
        if params["keep_weights"]:
            want = keep_weights(want, scope)
        if params["keep_drained"]:
            want = keep_drained(want, scope, self.memory)
        # Once: what was allowed to go may be gone in part when it is planned again.
        refuse_too_much(want, scope, self.limit, self.is_named)
        self.limit = None
        return Goal(want, scope)

    def is_named(self, key: ServiceKey) -> bool:
        """Whether the task says that the services of this VIP are to go."""
        return key.vip is not None and key.vip in map(canonical_address, self.params["purge_scope"])

    def read_claims(self) -> Claims:
        recorded = services((one.key.label for one in self.record), NAME)
        self.claims = Claims(self.host, self.module, PART, recorded, persistent=self.params["at_boot"])
        return self.claims

    def purgeable(self, claims: Claims) -> Callable[[ServiceKey], bool]:
        return purgeable(self.params, self.record, named(SERVICE, claims.foreign).keys())

    def claimed(self, wanted: Set[ServiceKey], claims: Claims) -> Things:
        """What this LVS asks for after the task. What nothing brings back at boot is for this moment alone."""
        former, goes = named(SERVICE, claims.former), self.purgeable(claims)
        kept = [one.key.label for one in self.record if one.key.label in former and not goes(one.key)]
        return services([*kept, *(key.label for key in wanted)], claims.name)

    def listed(self, have: Table) -> Table:
        """The services as they are listed; what is left out of them, and who is kept, as it is."""
        self.asked = parse_table(self.services, have=have, lookup=port_number)
        return keep_as_is(self.asked, have, kept_rips(self.params["keep"]))

    def needs_record(self) -> bool:
        return self.params["persistent"] or "recorded" in self.params["purge_scope"]

    def claim(self, _result: Result) -> None:
        """Say whose it is before it is there: whoever comes while connections end must know."""
        if self.params["persistent"]:
            self.claims.begin(self.mine)

    def publishing(self, result: Result) -> list[Action]:
        """What is done to the files when the kernel has it."""
        rest = still_drained(self.memory, result.before, result.after)
        forgets = rest != self.memory or self.remembered.problem
        actions = memory.writing(rest if forgets else None)
        if not self.params["persistent"]:
            return actions
        return [*actions, *persist.installing(self.host, self.wanted_files(result)), *self.claims.ending(self.mine)]

    def prepare(self, result: Result) -> None:
        """Write the files beside those that are there: what can fail for want of space fails before the kernel."""
        prepare(self.host, self.publishing(result), check_mode=self.module.check_mode)

    def complete(self, result: Result) -> None:
        """Do to the files what was done to the kernel."""
        apply_actions(self.host, self.publishing(result))

    def wanted_files(self, result: Result) -> dict[str, bytes | None]:
        """The files that restore our services, and not those that others have in the kernel."""
        # Weights that somebody else moves are for this moment alone; at boot there is nobody yet to move them.
        usual = self.record if self.params["keep_weights"] else undrained(result.after, self.memory)
        want = keep_weights(result.after, self.listed(usual))
        scope = in_scope(self.record, {service.key for service in want}, self.purgeable(self.claims))
        record = apply(diff(want, scope), self.record)
        wanted = persist.files(record, boot.at_boot(self.host), restored=self.claims.lasts(self.mine))
        self.files = persist.differing(wanted)
        if self.module._diff:
            self.differences = persist.differences(wanted, self.files)
        return wanted


def unserved(asked: Table, table: Table) -> dict[str, list[t.Any]]:
    """The VIPs and marks of which the director refuses every client, for all of their realservers are kept out."""
    filled = {service.key for service in table if service.realservers}
    refused = {one.key for one in asked if one.realservers} - filled
    vips = {key.vip for key in refused} - {key.vip for key in filled} - {None}
    marks = {key.fwmark for key in refused} - {key.fwmark for key in filled} - {None}
    return {"vips": sorted(map(str, vips)), "fwmarks": sorted(marks)}


def staying_drained(asked: Table, table: Table, memory: Memory) -> list[str]:
    """The realservers of listed services that get no new connections because somebody drained them."""
    listed = {service.key for service in asked}
    return [
        f"{one.key.label} of {service.key.label} stays drained: it gets no new connections until ipvs_dest with"
        " state present, or ipvs_table with keep_drained false, gives it its weight back"
        for service in table
        for one in service.realservers
        if service.key in listed and is_drained(service, one.key, memory)
    ]


def manage(module: AnsibleModule, kernel: Ipvs) -> dict[str, t.Any]:
    """Make the services what the task says, and then the record of them."""
    task = Task(module)
    result = converge(
        kernel,
        Ipvs.table,
        task.wish,
        host=task.host,
        check_mode=module.check_mode,
        name="ipvs_table",
        claim=task.claim,
        prepare=task.prepare,
        complete=task.complete,
        drain_timeout=module.params["drain_timeout"],
    )
    tell(module.warn, task.found, task.remembered, task.claims.found)
    for line in staying_drained(task.asked, result.after, task.memory):
        module.warn(line)
    # Ansible looks through each word of a result for secrets, here and on the controller: so lines, and not the
    # services as they came, which it would send back.
    before, after = map(listing, result.changes())
    answer = report(module, result, before, after, healed=task.remembered.problem is not None)
    answer["unserved"] = unserved(task.asked, result.after)
    answer["invocation"] = {"module_args": {name: value for name, value in module.params.items() if name != "services"}}
    if module.params["persistent"]:
        answer["files"] = task.files
        answer["changed"] = answer["changed"] or bool(task.files) or task.claimed_anew
        if module._diff:
            answer["diff"] = [answer["diff"], *task.differences]
    return answer
