# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell that is sent to a host: in the shells there are, read back whole, and nothing in it that could be run."""

from __future__ import annotations

import shutil
import subprocess
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import gateway, systems
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix import shell as unix_shell
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import (
    Command,
    Files,
    Question,
    Remove,
    Run,
    Step,
    Write,
)

# What /bin/sh is: dash stands for the plainest, ksh for Solaris, AIX, HP-UX and IRIX, mksh for OpenBSD's pdksh.
SHELLS = ("dash", "ksh93", "mksh", "bash")
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)


def run(shell: str, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([shell, "-c", script], check=False, capture_output=True, text=True, errors="surrogateescape")


@pytest.mark.parametrize("shell", SHELLS)
class TestQuestions:
    def test_commands_and_files_come_back_whole(self, shell: str, tmp_path: Path) -> None:
        odd = "tab\there, \xfcml\xe4ut, @lvs@ status 0, trailing space \nno newline at the end"
        (tmp_path / "one.conf").write_text(odd)
        (tmp_path / "two.conf").write_text("")
        questions: list[Question] = [
            Command(("printf", "%s\\n", "it's a $HOME `x`")),
            Command(("sh", "-c", "echo wrong >&2; exit 3")),
            Command(("no-such-command-here",)),
            Files(f"{tmp_path}/*.conf"),
            Files(f"{tmp_path}/none"),
        ]
        answers = unix_shell.understand(questions, run(shell, unix_shell.ask(questions)).stdout)
        assert answers.of("printf", "%s\\n", "it's a $HOME `x`") == "it's a $HOME `x`\n"
        assert answers.commands["sh", "-c", "echo wrong >&2; exit 3"] == (3, "wrong\n")
        assert not answers.succeeded("no-such-command-here")
        assert answers.files == {f"{tmp_path}/one.conf": odd, f"{tmp_path}/two.conf": ""}

    def test_a_terminal_in_between_changes_nothing(self, shell: str, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("a\r\n\tb\n")
        questions: list[Question] = [Command(("echo", "yes")), Files(str(tmp_path / "file"))]
        said = run(shell, unix_shell.ask(questions)).stdout
        through = "Welcome!\r\n" + said.replace("\n", "\r\n").expandtabs()
        assert unix_shell.understand(questions, through) == unix_shell.understand(questions, said)

    def test_a_file_is_written_whole_and_keeps_its_mode(self, shell: str, tmp_path: Path) -> None:
        path = tmp_path / "it's.conf"
        path.write_text("old\n")
        path.chmod(0o640)
        text = "back\\slash %s $HOME `date` 'quoted'\n\n\ttab \xfc\n"
        assert run(shell, unix_shell.tell(Write("", str(path), text))).returncode == 0
        assert path.read_text() == text
        assert path.stat().st_mode & 0o777 == 0o640
        assert [one.name for one in tmp_path.iterdir()] == ["it's.conf"]

    @pytest.mark.parametrize("text", ["", "\n", "a", "a\nb", "a\n\n", "a\f\v\x1c\x85\u2028b\r\nc"])
    def test_what_ends_no_line_is_written_as_it_is(self, shell: str, tmp_path: Path, text: str) -> None:
        path = tmp_path / "file"
        assert run(shell, unix_shell.tell(Write("", str(path), text))).returncode == 0
        assert path.read_bytes() == text.encode()

    def test_links_are_told(self, shell: str, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("text\n")
        (tmp_path / "link").symlink_to("file")
        (tmp_path / "nowhere").symlink_to("none")
        questions: list[Question] = [Files(f"{tmp_path}/*"), Files(f"{tmp_path}/none")]
        answers = unix_shell.understand(questions, run(shell, unix_shell.ask(questions)).stdout)
        assert answers.files == {f"{tmp_path}/file": "text\n", f"{tmp_path}/link": "text\n"}
        assert answers.links == {f"{tmp_path}/link", f"{tmp_path}/nowhere"}

    def test_a_new_file_and_its_removal(self, shell: str, tmp_path: Path) -> None:
        path = tmp_path / "new"
        run(shell, unix_shell.tell(Write("", str(path), "x\n", "600")))
        assert path.stat().st_mode & 0o777 == 0o600
        run(shell, unix_shell.tell(Remove("", str(path))))
        assert not path.exists()

    def test_a_rollback_fires_unless_it_is_called_off(self, shell: str, tmp_path: Path) -> None:
        undo = [Run("", ("touch", str(tmp_path / "undone")))]
        for token, called_off in (("a", True), ("b", False)):
            script = gateway.arm(token, 0, undo).replace("/etc/", f"{tmp_path}/").replace("sleep 0", "sleep 0.3")
            assert run(shell, script).returncode == 0
            assert (tmp_path / f"lvs_gateway.pending.{token}").exists()
            if called_off:
                call_off = gateway.confirm(token).replace("/etc/", f"{tmp_path}/")
                assert run(shell, call_off).returncode == 0
                assert run(shell, call_off).returncode != 0
        wait = f"while test -f {tmp_path}/lvs_gateway.pending.b || test ! -f {tmp_path}/undone; do sleep 0.05; done"
        subprocess.run([shell, "-c", wait], check=True, timeout=20)
        assert not list(tmp_path.glob("lvs_gateway.pending.*"))


def test_the_rollback_runs_apart_from_the_session_that_armed_it() -> None:
    assert "nohup" in gateway.arm("a", 60, [])


@given(st.lists(texts, min_size=1, max_size=4))
def test_no_word_is_ever_run(words: list[str]) -> None:
    steps: list[Step] = [Run("", ("printf", "[%s]", *words)), Write("", f"/x/{words[0]}", "\n".join(words))]
    said = run("dash", unix_shell.tell(steps[0])).stdout
    assert said == "".join(f"[{word}]" for word in words)
    assert run("dash", f"set -n\n{unix_shell.tell(steps[1])}").returncode == 0


def test_a_host_that_does_not_answer() -> None:
    with pytest.raises(LvsError, match=r"did not answer uname -s .*sudo: a password is required"):
        unix_shell.understand([Command(("uname", "-s"))], "sudo: a password is required\n")


def test_a_pattern_must_be_plain() -> None:
    with pytest.raises(LvsError, match="is no plain pattern"):
        unix_shell.ask([Files("/etc/$(reboot)")])


@pytest.mark.parametrize("name", systems.NAMES)
def test_shellcheck_finds_nothing(name: str) -> None:
    """In all that is sent to ask, to arm and to write; SC2016 is about the dollars that are meant to stay."""
    scripts = [
        unix_shell.ask(systems.questions_for(name)),
        unix_shell.tell(Write("", "/etc/sysctl.conf", "a=1\n")),
        gateway.arm("token", 60, [Run("", ("route", "add", "default", "192.0.2.1"))]),
        gateway.confirm("token"),
    ]
    for script in scripts:
        require_clean(script)


def require_clean(script: str) -> None:
    shellcheck: t.Final = shutil.which("shellcheck")
    assert shellcheck, "make setup installs it"
    done = subprocess.run(
        [shellcheck, "--shell=sh", "--exclude=SC2016", "-"], input=script, check=False, capture_output=True, text=True
    )
    assert done.stdout == ""
