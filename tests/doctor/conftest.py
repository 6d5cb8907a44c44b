# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A farm with a healthy LVS for the faults of each site, and the matrix of what was found for which fault."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import typing as t
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.doctor import diagnose, questions
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.faults import ON_HOSTS, SITES, Commands
from ansible_collections.linuxvirtualserver.lvs.tests.doctor.matrix import Examined, Odd, matrix, read, updated

ROOT = Path(__file__).resolve().parents[2]
# What a cure says to run: on a host, up to the end of its sentence, or site.yml.
_STEPS = re.compile(
    r"[Oo]n (?:the other )?(?P<host>\S+?),? run: (?P<command>.+?)(?=\. [A-Z]|, and |\.?$)"
    r"|ansible-playbook linuxvirtualserver\.lvs\.site"
)
# Before that somebody has to change the inventory.
_EDIT = "in lvs_services, then run: "
HEALED, BY_HAND = "healed", "by hand"
LAB = ROOT / "bin/lab"


class Patient:
    """An LVS in the lab, and the doctor who comes to see it."""

    def __init__(self, site: str, scratch: Path) -> None:
        self.site = SITES[site]
        self.scratch = scratch
        self._inventories = ["-i", str(ROOT / self.site.inventory), "-i", str(ROOT / "bin/lab-inventory")]
        self._plan: dict[str, t.Any] = {"hosts": {}, "clients": {}}

    def up(self) -> None:
        """A healthy LVS, on hosts that can look at themselves."""
        run(str(LAB), "up", self.site.farm, "--kernel", self.site.kernel)
        for host, command in self.site.first:
            self.lab("ssh", host, "--", command)
        run("ansible-playbook", str(ROOT / "site.yml"), *self._inventories)
        self._plan = self.doctor()["plan"]
        for host in (*self.hosts, *self.site.besides):
            self._keep_connection(host)
        modules = "ansible_collections/linuxvirtualserver/lvs/plugins/module_utils"
        scripts = ["-C", "../tests/doctor", "remap.py", "look.py", "echo.py"]
        archive = ["tar", "-c", "--dereference", "-C", "collections", modules, *scripts]
        packed = subprocess.run(archive, check=True, capture_output=True, cwd=ROOT).stdout
        for host in self.hosts:
            self.ssh(host, f"mkdir -p {ON_HOSTS} && tar -x -C {ON_HOSTS}", packed)
        self.do(self.site.before)

    def lab(self, *words: str) -> None:
        run(str(LAB), *words)

    @property
    def hosts(self) -> list[str]:
        """Who can be looked at; nobody before the LVS is up."""
        return sorted(self._plan["hosts"].keys() | self._plan["clients"].keys())

    def ssh(self, host: str, command: str, given: bytes = b"") -> str:
        """Run a command there, over the connection that is kept."""
        done = subprocess.run([*self._ssh, host, command], check=False, input=given, capture_output=True, timeout=120)
        assert done.returncode == 0, f"{host}: {command}: {(done.stdout + done.stderr).decode()}"
        return done.stdout.decode()

    @property
    def _ssh(self) -> list[str]:
        folder = self.scratch / "state"
        return ["ssh", "-F", str(folder / "ssh_config"), "-o", f"ControlPath={folder}/%n"]

    def _keep_connection(self, host: str) -> None:
        """It must not hold the pipes of the process that starts it."""
        words = [*self._ssh, "-o", "ControlMaster=yes", "-N", "-f", host]
        nowhere = subprocess.DEVNULL
        subprocess.run(words, check=True, timeout=60, stdin=nowhere, stdout=nowhere, stderr=nowhere)

    def end_connections(self) -> None:
        for host in (*self.hosts, *self.site.besides):
            subprocess.run([*self._ssh, "-O", "exit", host], check=False, capture_output=True, timeout=60)

    def do(self, commands: Commands, must: bool = True) -> None:
        for host, command in commands:
            self.ssh(host, command if must else f"({command}) || true")

    def cure(self, found: dict[str, t.Any], symptom: str) -> str:
        """Do what the first finding says, for each host that it is said of, and see what is left.

        In its order, and as far as a machine can.
        """
        first = [one for one in found["findings"] if one["id"] == found["findings"][0]["id"]]
        told = [part for one in first for part in (one, *one["others"])]
        cures = [part["cure"] for part in told if part["cure"]]
        steps = [step for cure in cures for step in _STEPS.finditer(cure) if step["host"] or not _after_edit(step)]
        if not steps:
            return BY_HAND
        for step in steps:
            if step["host"]:
                self.ssh(step["host"], step["command"])
            elif self._left(symptom):
                status, why = self.play("site.yml")
                if status and not step.string.startswith("Run"):
                    return BY_HAND  # something else comes first
                assert status == 0, why
        return "; ".join(self._left(symptom)) or HEALED

    def _left(self, symptom: str) -> list[str]:
        """The faults that there are still."""
        return [one["message"] for one in self.examine(symptom)["findings"] if one["severity"] != "hint"]

    def examine(self, symptom: str = "") -> dict[str, t.Any]:
        """What the doctor says of what the hosts show, without Ansible between them: it takes a tenth of the time."""

        def look(host: str) -> dict[str, t.Any]:
            asked = json.dumps(questions(self._plan, host, symptom))
            command = f"PYTHONPATH={ON_HOSTS} python3 {ON_HOSTS}/look.py"
            looked: dict[str, t.Any] = json.loads(self.ssh(host, command, asked.encode()))
            return looked

        with ThreadPoolExecutor(len(self.hosts)) as pool:
            return diagnose(self._plan, dict(zip(self.hosts, pool.map(look, self.hosts), strict=True)), symptom)

    def play(self, path: str, *options: str) -> tuple[int, str]:
        """The exit status of a playbook and what it says."""
        command = ["ansible-playbook", str(ROOT / path), *self._inventories, *options]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, cwd=ROOT)
        return done.returncode, done.stdout + done.stderr

    def task(self, host: str, module: str, **options: object) -> dict[str, t.Any]:
        """What a module of ours answers there, whether it failed or not."""
        words = ["ansible", host, *self._inventories, "-b", "-m", f"linuxvirtualserver.lvs.{module}"]
        words += ["-a", json.dumps(options)]
        env = {**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=300, cwd=ROOT, env=env)
        said = done.stdout.partition("=> ")[2]
        assert said, done.stdout + done.stderr
        answer: dict[str, t.Any] = json.JSONDecoder().raw_decode(said)[0]
        return {**answer, "failed": done.returncode != 0}

    def here(self, command: str) -> None:
        """Run on the controller what a cure says to run there."""
        run(*shlex.split(command), *self._inventories)

    def doctor(self, *options: str) -> dict[str, t.Any]:
        """What playbooks/doctor.yml finds, as an operator runs it: the diagnosis, the plan and the evidence."""
        result, healthy, said = self._play("doctor", *options)
        assert healthy == result["diagnosis"]["healthy"], said
        return result

    def verify(self, *options: str) -> list[str]:
        """Which checks of playbooks/verify.yml fail."""
        result, passed, said = self._play("verify", *options)
        assert passed == result["passed"], said
        return sorted({row["check"] for row in result["rows"] if row["severity"] == "error"})

    def _play(self, name: str, *options: str) -> tuple[dict[str, t.Any], bool, str]:
        """What a playbook writes for machines, whether its exit status is 0, and what it says."""
        path = self.scratch / f"{name}.json"
        path.unlink(missing_ok=True)
        command = ["ansible-playbook", str(ROOT / f"playbooks/{name}.yml"), *self._inventories, *options]
        command += ["-e", f"{name}_json={path}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, cwd=ROOT)
        assert path.exists(), done.stdout + done.stderr
        return json.loads(path.read_text()), done.returncode == 0, done.stdout


def _after_edit(step: re.Match[str]) -> bool:
    return step.string[: step.start()].endswith(_EDIT)


def run(*words: str) -> str:
    done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=300, cwd=ROOT)
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


class Ward:
    """One patient at a time: each farm comes up when its first test begins and ends with its last."""

    def __init__(self, folders: pytest.TempPathFactory) -> None:
        self._folders = folders
        self._patients: dict[str, Patient] = {}

    def admit(self, site: str) -> Patient:
        if site not in self._patients:
            self.empty()
            folder = self._folders.mktemp(site)
            os.environ["LVS_LAB_STATE"] = str(folder / "state")
            self._patients[site] = Patient(site, folder)
            self._patients[site].up()
        return self._patients[site]

    def empty(self) -> None:
        for patient in self._patients.values():
            patient.end_connections()
            run(str(LAB), "down")
        self._patients.clear()


@pytest.fixture(scope="session")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LVS_LAB_STATE", "")
        patch.setenv("PATH", f"{ROOT}/.venv/bin:{os.environ['PATH']}")
        ward = Ward(tmp_path_factory)
        try:
            yield ward
        finally:
            ward.empty()


@pytest.fixture
def patient(ward: Ward, site: str) -> Patient:
    """The healthy LVS of a site."""
    return ward.admit(site)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a site stand together; with pytest-xdist each site is one worker's."""
    order = ["", *SITES]
    items.sort(key=lambda item: order.index(_site(item)))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_site(item)))


def _site(item: pytest.Item) -> str:
    return str(item.callspec.params.get("site", "")) if hasattr(item, "callspec") else ""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--matrix", help="bring the rows of this confusion matrix up to date")
    parser.addoption("--cures", action="store_true", help="heal each fault by what the doctor says")
    parser.addoption("--verify", action="store_true", help="look at each fault with verify.yml as well")


def pytest_terminal_summary(terminalreporter: t.Any, config: pytest.Config) -> None:
    """The confusion matrix of all faults that were examined in this run."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    properties = [dict(report.user_properties) for report in reports if getattr(report, "when", "") == "call"]
    examined = [Examined(**each["examined"]) for each in properties if "examined" in each]
    odd = [Odd(**each["odd"]) for each in properties if "odd" in each]
    if examined or odd:
        terminalreporter.write_line(matrix(examined, odd))
        if config.getoption("--matrix"):
            page = Path(config.getoption("--matrix"))
            before = read(page.read_text(encoding="utf-8")) if page.exists() else ([], [])
            page.write_text(matrix(updated(before[0], examined), updated(before[1], odd)), encoding="utf-8")
