# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's Python that is too old: who is asked for it, and how it is named."""

from __future__ import annotations

import typing as t
from unittest import mock

import pytest
from ansible.plugins.action import ActionBase

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.python import (
    KnowsPython,
    asked_by,
)

Result = dict[str, t.Any]
FAILURE: Result = {"failed": True, "msg": "MODULE FAILURE", "module_stderr": "SyntaxError"}
RHEL = 'NAME="Red Hat Enterprise Linux"\nID="rhel"\nID_LIKE="fedora"\nVERSION_ID="8.10"\n'
ROCKY = 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.9"\n'
SLES = 'ID="sles"\nID_LIKE="suse"\nVERSION_ID="15.5"\n'
UBUNTU = 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="20.04"\n'
DEBIAN = 'VERSION_ID="10"\nID=debian\n'


class Host(KnowsPython):
    """A host that answers so when it is asked for its Python."""

    def __init__(self, answer: str = "", shebang: str = "#!/usr/bin/python3", family: str = "sh") -> None:
        self.asked: list[str] = []
        self._answer = answer
        self._used_interpreter = shebang
        self._connection = mock.Mock()
        self._connection._shell.SHELL_FAMILY = family

    def run(self, tmp: str | None = None, task_vars: Result | None = None) -> Result:
        raise NotImplementedError

    def _low_level_execute_command(self, cmd: str, *_args: object, **_options: object) -> Result:
        self.asked.append(cmd)
        return {"stdout": self._answer}


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> t.Callable[[Host, Result], Result]:
    def after(host: Host, result: Result) -> Result:
        monkeypatch.setattr(ActionBase, "_execute_module", lambda *_args, **_kwargs: result)
        return host._execute_module(module_name="a.b.c")

    return after


After = t.Callable[[Host, Result], Result]
SENTENCE = (
    "ansible_python_interpreter: is Python {}, but the modules need 3.9 or newer; nothing was changed on this host "
    "(got '/usr/bin/python3'). Fix: {}."
)


PACKAGE = "Run `{}` on it, and set ansible_python_interpreter to {}"
NO_PACKAGE = "Install Python 3.9 or newer on it, and set ansible_python_interpreter to the path of that"


@pytest.mark.parametrize(
    ("version", "system", "cure"),
    [
        ("3.6.8", RHEL, PACKAGE.format("dnf install python3.12", "/usr/bin/python3.12")),
        ("3.6.8", ROCKY, PACKAGE.format("dnf install python3.12", "/usr/bin/python3.12")),
        ("3.6.15", SLES, PACKAGE.format("zypper install python311", "/usr/bin/python3.11")),
        ("3.8.10", UBUNTU, PACKAGE.format("apt-get install python3.9", "/usr/bin/python3.9")),
        ("3.7.3", DEBIAN, NO_PACKAGE),
        ("2.7.18", "", NO_PACKAGE),
        ("3.8.0", 'ID="$(reboot)"\nVERSION_ID="{{ 8 }}"\n', NO_PACKAGE),
    ],
)
def test_one_that_is_too_old_is_named_with_the_cure(after: After, version: str, system: str, cure: str) -> None:
    result = after(Host(f"{version}\n{system}"), FAILURE)
    assert result == {"failed": True, "msg": SENTENCE.format(version, cure)}


@pytest.mark.parametrize("answer", ["3.9.0\n", "3.14.0\n" + RHEL, "", "sh: 1: /usr/bin/python3: not found\n"])
def test_what_another_thing_failed_stays_as_it_is(after: After, answer: str) -> None:
    assert after(Host(answer), FAILURE) is FAILURE


@pytest.mark.parametrize(
    "result", [{"changed": True}, {"failed": True, "msg": "vips: no", "invocation": {}}, {"failed": False}]
)
def test_nobody_is_asked_whose_module_began_to_work(after: After, result: Result) -> None:
    host = Host("3.6.8\n")
    assert after(host, result) is result
    assert host.asked == []


def test_windows_is_not_asked_for_a_python(after: After) -> None:
    host = Host("3.6.8\n", family="powershell")
    assert after(host, FAILURE) is FAILURE
    assert host.asked == []


@pytest.mark.parametrize(
    ("shebang", "command"),
    [("#!/usr/bin/env python3", "/usr/bin/env python3 -c "), ("#!/opt/my;reboot", "'/opt/my;reboot' -c ")],
)
def test_it_is_asked_as_ansible_called_it(after: After, shebang: str, command: str) -> None:
    host = Host("", shebang)
    after(host, FAILURE)
    assert [asked.startswith(command) for asked in host.asked] == [True]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"awx_job_id": 42, "awx_user_name": "bob", "awx_job_template_name": "Site"}, "AWX job 42 (Site) of bob"),
        ({"tower_job_id": "7"}, "AWX job 7"),
        ({"awx_job_id": 7, "awx_user_name": "{{ x }}\x1b"}, "AWX job 7 of {{ x }}\\x1b"),
        ({"awx_job_id": ["no"]}, "alice at controller"),
        ({}, "alice at controller"),
    ],
)
def test_who_has_a_module_run(monkeypatch: pytest.MonkeyPatch, variables: Result, said: str) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "alice")
    monkeypatch.setattr("platform.node", lambda: "controller")
    assert asked_by(variables) == said


def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", mock.Mock(side_effect=KeyError(1000)))
    monkeypatch.setattr("platform.node", lambda: "controller")
    assert asked_by({}) == "somebody at controller"


@pytest.mark.parametrize("family", ["sh", "powershell"])
def test_a_module_is_told_who_has_it_run_in_its_environment(monkeypatch: pytest.MonkeyPatch, family: str) -> None:
    """Beside what the playbook puts there; PowerShell has none of our records."""
    own = {"LANG": "C"}

    def compute(_action: object, raw: Result) -> str:
        raw.update(own)
        return "LANG=C"

    host, raw = Host(family=family), Result()
    monkeypatch.setattr(ActionBase, "_compute_environment_string", compute)
    monkeypatch.setattr(ActionBase, "_execute_module", lambda *_args, **_kwargs: {"invocation": {}})
    host._connection._shell.env_prefix = lambda **words: " ".join(f"{name}={word}" for name, word in words.items())
    host._execute_module(module_name="a.b.c", task_vars={"awx_job_id": 7})
    assert host._compute_environment_string(raw) == ("LANG=C LVS_ASKED_BY=AWX job 7" if family == "sh" else "LANG=C")
    assert raw == ({**own, "LVS_ASKED_BY": "AWX job 7"} if family == "sh" else own)
