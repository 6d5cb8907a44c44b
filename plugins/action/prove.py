# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one step of playbooks/prove.yml, documented with the module of the same name."""

from __future__ import annotations

import json
import shlex
import time
import typing as t

from ansible.errors import AnsibleConnectionFailure

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._host.addresses import parse_vips
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.proof import Proof
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.report_file import write_report
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.screen import show_text
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.system import Branch, Result, SystemAction
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.inert import failed
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import shell as unix_shell
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import systems as unix_systems

_UP_AGAIN_SECONDS = 900
_PAUSE_SECONDS = 5
_NUMBER = "/etc/lvs_prove"
# Each of the systems has one of these; the others are not found, or refuse their words.
_RESTART = "shutdown -r now || reboot || shutdown -ry 0 || shutdown -y -g0 -i6 || shutdown -Fr"


class Life(Branch):
    """The whole life of a realserver: check, add, repeat, gateway, reboot, remove; before and after compared."""

    def run(self, arguments: dict[str, t.Any]) -> Result:
        (vip,) = parse_vips([arguments["vip"]], "prove_vip")
        if arguments["reboot"]:
            self.require_restart()
        proof = Proof(f"linuxvirtualserver.lvs: {self.system}, {time.strftime('%Y-%m-%d', time.gmtime())}")
        try:
            self._live(proof, vip, arguments)
        finally:
            write_report("prove_file", arguments["file"], proof.text())
        show_text(proof.conclusion())
        if proof.failures:
            return failed(f"{len(proof.failures)} steps were not as expected, see the file")
        return {"changed": True}

    def _live(self, proof: Proof, vip: str, arguments: dict[str, t.Any]) -> None:
        before = self.look()
        proof.add_look("The host before", before)
        hide, take = ("arp_hide", {"vips": [vip]}), ("vip_address", {"vips": [vip]})
        for name, args in (hide, take):
            self._do(proof, f"{name} in check mode", name, args, check=True)
        proof.compare("check mode changes nothing", before, self.look())
        try:
            self._use(proof, hide, take, arguments)
        except (LvsError, AnsibleConnectionFailure) as error:
            proof.expect(f"nothing stops in the middle ({error})", False)
        if arguments["gateway"]:
            self._do(proof, "default_gateway absent", "default_gateway", {"state": "absent"})
        for name, args in (take, hide):
            self._do(proof, f"{name} absent", name, {**args, "state": "absent"})
        after = self.look()
        proof.add_look("The host afterwards", after)
        proof.compare("the host is as it was before", before, after)

    def _use(
        self, proof: Proof, hide: tuple[str, Result], take: tuple[str, Result], arguments: dict[str, t.Any]
    ) -> None:
        """What a realserver does between its beginning and its end."""
        for name, args in (hide, take):
            self._do(proof, name, name, args)
        for name, args in (hide, take):
            self._do(proof, f"{name} again", name, args, changed=False)
        proof.add_look("The host with the VIP", self.look())
        if arguments["gateway"]:
            gateway = {"gateway": arguments["gateway"]}
            self._do(proof, "default_gateway", "default_gateway", gateway)
            self._do(proof, "default_gateway again", "default_gateway", gateway, changed=False)
            proof.add_look("The host with the other gateway", self.look())
        if arguments["reboot"]:
            proof.expect("the host came up again", self._restart())
            proof.add_look("The host after a reboot", self.look())
            for name, args in (hide, take):
                self._do(proof, f"{name} after the reboot", name, args, changed=False)

    def _do(
        self, proof: Proof, title: str, name: str, args: Result, check: bool = False, changed: bool | None = None
    ) -> None:
        result = self.action.run_action(name, {**args, "system": self.system}, check)
        proof.add_result(title, result)
        proof.expect(f"{title} does not fail", not result.get("failed"))
        if changed is not None:
            proof.expect(f"{title} has nothing to do", result.get("changed") is changed)

    def look(self) -> dict[str, str]:
        """What the tools of the host say, and its files."""
        raise NotImplementedError

    def require_restart(self) -> None:
        """Refuse what cannot be restarted from here, before anything is done to it."""

    def _restart(self) -> bool:
        """Whether it came up again."""
        raise NotImplementedError


class OnUnix(Life):
    """By the questions that the modules ask."""

    systems = unix_systems.NAMES

    def look(self) -> dict[str, str]:
        questions = unix_systems.questions_for(self.system)
        said = self.action.shell(unix_shell.ask(questions))
        answers = unix_shell.understand(questions, said["stdout"] or said["stderr"])
        commands = {
            shlex.join(argv): one.text if one.rc == 0 else f"(exit status {one.rc})\n{one.text}"
            for argv, one in answers.commands.items()
        }
        return {**commands, **answers.files}

    def _restart(self) -> bool:
        """A process that waits is gone when the host has started anew."""
        # It says its own number, in a file: an exclamation mark outside of quotes does not pass through every login
        # shell, and a ksh would wait for what its backquotes left running.
        waits = f"{{ sh -c 'echo $$ >{_NUMBER}; exec sleep 86400' >/dev/null 2>&1 </dev/null & }}"
        read = f"until test -s {_NUMBER}; do sleep 1; done; cat {_NUMBER}; rm -f {_NUMBER}"
        said = self.action.shell(unix_shell.send("trap '' 1", waits, read))["stdout"].split()
        pid = said[-1] if said else ""
        if not pid.isdigit():
            raise LvsError("reboot", pid, "is not the number of a process. Restart the host by hand.")
        down = f"{{ sh -c {shlex.quote(f'sleep 2; {_RESTART}')} >/dev/null 2>&1 </dev/null & }}"
        self.action.shell(unix_shell.send("trap '' 1", down))
        deadline = time.monotonic() + _UP_AGAIN_SECONDS
        while time.monotonic() < deadline:
            time.sleep(_PAUSE_SECONDS)
            try:
                self.action.connection.reset()
                if self.action.shell(unix_shell.send(f"kill -0 {pid}"))["rc"] != 0:
                    return True
            except AnsibleConnectionFailure:
                continue
        return False


class OnWindows(Life):
    """By the script that the modules look with."""

    systems = ("Win32NT",)

    def look(self) -> dict[str, str]:
        said = self.action.execute("linuxvirtualserver.lvs.windows_vip_steps", {"steps": []})
        host = said.get("host", said)
        return {name: json.dumps(host[name], indent=1, sort_keys=True, default=str) for name in sorted(host)}

    def require_restart(self) -> None:
        raise LvsError("reboot", True, "is for Unix. Restart Windows by hand, and run the playbook again.")


class ActionModule(SystemAction):
    """Proves that the collection works on a host."""

    module = "linuxvirtualserver.lvs.prove"
    branches = (OnUnix, OnWindows)
    specification: t.ClassVar[dict[str, t.Any]] = {
        "argument_spec": {
            "system": {"type": "str", "required": True},
            "vip": {"type": "str", "required": True},
            "gateway": {"type": "str"},
            "reboot": {"type": "bool", "default": False},
            "file": {"type": "str", "required": True},
        }
    }

    def run_on_linux(self) -> Result:
        raise LvsError("system", "Linux", "is what our own tests run. Name another: lvs_system.")
