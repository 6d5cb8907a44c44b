# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of playbooks/preflight.yml, documented with the module of the same name."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.python import LATER
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.report_file import write_file
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.screen import is_whole, show, show_text
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.witness import (
    Data,
    Variables,
    Witness,
    said_by,
)
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.changes import screen
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import failed
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.report import NOTE, PLAIN, TITLE, Line, line
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.vaulted import vault_of

# The name under which the playbook registers what `begin` returns.
_BEGUN = "__preflight"
# Every task of the roles that can change something registers its result so.
_RESULT = re.compile(r"__(director|realserver)_([a-z]+)_result\Z")
_MORE = "-v shows them, and preflight_diff=DIR writes them"


class ActionModule(Witness):
    """Says what would change on each host: once, and no more than a screen of it."""

    steps = ("begin", "conclude")
    wishes: t.ClassVar[Data] = {
        "preflight_diff": {"type": "str", "default": ""},
        "fail_on_changes": {"type": "bool", "default": False},
    }

    def begin(self, _variables: Variables) -> Data:
        """What the user wants, before any host can say anything to it."""
        return {"wishes": self._wished}

    def conclude(self, variables: Variables) -> Data:
        """Say what would change, write all of it where that is asked for, and fail where no change is wanted."""
        wished, hide = variables[_BEGUN]["wishes"], vault_of(variables).hide
        hosts, directory = variables["ansible_play_hosts_all"], wished["preflight_diff"]
        said = {host: hide(_tasks(variables, host)) for host in hosts}
        going = set(variables["ansible_play_hosts"])
        for host in hosts:
            show(_host(host, said[host], host in going))
            text = "".join(f"{one}\n" for task in said[host] for one in (f"# {task['task']}", *task["whole"]))
            if directory:
                write_file("preflight_diff", _path(directory, host), text)
        if directory:
            show_text(f"Written to {_path(directory, 'HOST')}, for each host")
        changing = [host for host in hosts if said[host]]
        if changing and wished["fail_on_changes"]:
            return failed(f"Something would change on {', '.join(changing)}, and lvs_preflight_fail_on_changes is set.")
        return {}


def _path(directory: str, host: str) -> str:
    """The file of a host, whose name may be an address or anything else."""
    return f"{directory}/{re.sub(r'[^A-Za-z0-9_.:-]', '_', host)}.diff"


def _tasks(variables: Variables, host: str) -> list[Data]:
    """What each task would change on a host, in the order of the plan."""
    order = {f"{step['role']} {step['step']}": rank for rank, step in enumerate(variables["lvs_plan"]["order"])}
    found = [match for name in variables["hostvars"].raw_get(host) if (match := _RESULT.match(str(name)))]
    titles = {match.group(): " ".join(match.groups()) for match in found}
    names = sorted(titles, key=lambda name: (order.get(titles[name], len(order)), name))
    results = said_by(variables, [host], names)[host]
    return [task for name in names for task in _of_task(titles[name], results[name])]


def _of_task(title: str, result: object) -> t.Iterator[Data]:
    """A task that loops has one result for each item."""
    looped = result.get("results") if isinstance(result, t.Mapping) else None
    for one in looped if isinstance(looped, list) else [result]:
        if isinstance(one, t.Mapping) and one.get("changed"):
            kept = one.get(LATER)
            kept = kept if isinstance(kept, t.Mapping) else {}
            lines, whole = kept.get("lines") or one.get("commands"), kept.get("whole")
            listed = lines if isinstance(lines, list) and lines else ["something would change, see above"]
            yield {"task": title, "lines": listed, "whole": whole if isinstance(whole, list) else listed}


def _host(host: str, tasks: list[Data], going: bool) -> t.Iterator[Line]:
    lines = [f"  {task['task']}: {one}" for task in tasks for one in task["lines"]]
    if not going:
        yield line(f"{host}: was not looked at to the end, see above", NOTE)
    elif not lines:
        yield line(f"{host}: nothing would change", PLAIN)
    else:
        yield line(f"{host}: would change", TITLE)
    yield from map(line, lines if is_whole() else screen(lines, _MORE))
