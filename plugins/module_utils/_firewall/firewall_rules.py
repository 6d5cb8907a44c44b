# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The work of firewall_rules: the rules of a director, by the packet filter that its host has.

Private: this file may change in any release; do not import it from outside the collection.
"""

from __future__ import annotations

import typing as t

from .._errors import LvsError
from .._host import actions as host_actions
from .._host import boot
from .._host.claims import Claims
from .._host.finish import make_result
from .._host.records import NOTHING_LOST, Found, tell, text_of
from .._kernel.decide import Wanted
from .._kernel.kernel import Kernel, Work
from .._model.claims import Things, together
from .iptables import Iptables
from .nft import TABLES, Nft
from .rules import JOB, Rule, job, read_rules, rules_of, things_of

if t.TYPE_CHECKING:  # pragma: no cover
    from ansible.module_utils.basic import AnsibleModule

    from .._host.host import Host
    from .._host.job import Boot
    from .packet_filter import PacketFilter

PART = "firewall_rules"

# The first that can make the rules does.
FILTERS: tuple[type[PacketFilter], ...] = (Nft, Iptables)


def before_names(unit: str) -> Things:
    """What our unit makes at boot."""
    return together(*(one.told(unit) for one in FILTERS))


def choose(filters: list[PacketFilter], rules: list[Rule]) -> PacketFilter:
    """The first that can make these rules on this host."""
    problems = {one.name: one.problem(rules) for one in filters}
    usable = [one for one in filters if not problems[one.name]]
    if not usable:
        why = "; ".join(f"{name}: {problem}" for name, problem in problems.items())
        cure = (
            f"cannot be made on this host: {why}. Install nftables, or iptables with iptables-legacy, whichever this "
            "kernel knows, or a kernel that knows one of them, or list nothing here and set the rules elsewhere."
        )
        raise LvsError("marks and snat", [str(rule) for rule in rules], cure)
    return usable[0]


def around(place: Boot, text: str, before: str | None, runs: list[host_actions.Run]) -> list[host_actions.Action]:
    """The job is known before the rules are there, so that none is ever left without what says whose it is.

    It is started where it does not run: to start it again would take the rules away for a moment.
    """
    path = place.path(JOB)
    active = place.is_active(path)
    known = [] if active and text == before else place.enable(path, text)
    return [*known, *runs, *([] if active else place.begin(path))]


def put_back(host: Host, filters: list[PacketFilter], former: list[Rule]) -> None:
    """Each filter that had rules of ours has them again, and none has others."""
    for one in filters:
        rules = former if one.texts() else []
        one.look()
        for argv in one.steps(rules):
            host.run(argv)


def view(work: Work, of_kernel: dict[str, t.Any], texts: list[str], persistent: bool) -> dict[str, t.Any]:
    """The state as the result shows it; of the kernel modules, not those that others brought along."""
    loaded, wanted = of_kernel["kernel_modules"], work.wanted.modules
    return {
        "rules": texts,
        "kernel_modules": [name for name in loaded if name in wanted] if wanted else loaded,
        "persistent": persistent,
    }


def run(module: AnsibleModule, host: Host) -> dict[str, t.Any]:
    present = module.params["state"] == "present"
    mine = things_of(read_rules(module.params["marks"], module.params["snat"]) if present else [])
    if mine and module.params["persistent"]:
        boot.require(host)
    kernel, texts = Kernel(host, PART), boot.texts(host, JOB)
    found = [text_of(text, path, NOTHING_LOST) for path, text in texts.items()]
    former = together(*(before_names(one.value or "") for one in found))
    claims = Claims(host, module, PART, former, persistent=module.params["persistent"])
    tell(module.warn, kernel.found, *found, claims.found)
    rules, persistent = rules_of(claims.with_foreign(mine)), claims.lasts(mine)
    is_new, lasts = not texts and kernel.found == Found(), boot.lasts(host, JOB)
    filters = [packet_filter(host) for packet_filter in FILTERS]
    # A host that never had a rule of ours and is to have none is not asked: that alone would load its firewall.
    for one in filters if rules or not is_new else []:
        one.look()
    chosen = choose(filters, rules) if rules else None
    runs = [host_actions.Run(argv) for one in filters for argv in one.steps(rules if one is chosen else [])]
    place = boot.chosen(host, persistent)
    if chosen is None:
        actions = [*runs, *boot.dropping(host, JOB)]
    else:
        path, text = place.path(JOB), place.render(job(chosen.start(rules)))
        actions = [*around(place, text, texts.get(path), runs), *boot.dropping(host, JOB, but=path)]
    # Modules come before the rules that need them, and go after them.
    work = kernel.decide(Wanted(tuple(chosen.modules(rules)) if chosen else (), at_boot=persistent), ours=TABLES)
    changed = bool(actions) or work.differs or claims.differs(mine)
    for warning in work.kept():
        module.warn(warning)
    if changed:
        work.prepare([*actions, *claims.ending(mine)], check_mode=module.check_mode)
    if changed and not module.check_mode:
        claims.begin(mine)
        if runs:
            former_rules = rules_of(together(claims.foreign, claims.former))
            host.undo_by("the rules of the firewall as they were", lambda: put_back(host, filters, former_rules))
        for warning in work.apply(end=actions):
            module.warn(warning)
        claims.end(mine)
    return make_result(
        module,
        changed,
        view(work, work.before(), [text for one in filters for text in one.texts()], lasts),
        view(work, work.after(), chosen.wanted_texts(rules) if chosen else [], bool(rules) and persistent),
        work.commands(end=actions),
        [*work.file_diffs(), *host_actions.file_diffs(actions, texts)],
    )
