# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shell that is sent to a host: in the shells there are, read back whole, and nothing in it that could be run."""

from __future__ import annotations

import os
import pty
import shlex
import shutil
import subprocess
import time
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

if t.TYPE_CHECKING:
    from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.unix import Unix

# What /bin/sh is: dash stands for the plainest, ksh for Solaris, AIX, HP-UX and IRIX, mksh for OpenBSD's pdksh.
# Those that may be /bin/sh somewhere; and login shells, which hand what Ansible tells them to /bin/sh.
SH = {"dash": ["dash"], "ksh93": ["ksh93"], "mksh": ["mksh"], "bash": ["bash"], "busybox": ["busybox", "sh"]}
LOGIN = {f"{name} as login shell": [name] for name in ("bsd-csh", "tcsh", "ksh93", "mksh", "dash", "bash")}
SHELLS = (*SH, *LOGIN)
# The longest word that a csh of the last century takes, and Debian's bsd-csh.
LONGEST_WORD, CSH_WORD = 1024, 4000
texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=40)


def run(shell: str, script: str) -> subprocess.CompletedProcess[str]:
    argv = [*SH[shell], "-c", script] if shell in SH else [*LOGIN[shell], "-c", f"/bin/sh -c {shlex.quote(script)}"]
    return subprocess.run(argv, check=False, capture_output=True, text=True, errors="surrogateescape")


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
        text = "back\\slash %s $HOME `date` 'quoted' !! !x\n\n#!/sbin/sh\n\ttab \xfc\n"
        assert tell(shell, Write("", str(path), text)) == 1
        assert path.read_text() == text
        assert path.stat().st_mode & 0o777 == 0o640
        assert [one.name for one in tmp_path.iterdir()] == ["it's.conf"]

    @pytest.mark.parametrize("text", ["", "\n", "a", "a\nb", "a\n\n", "a\f\v\x1c\x85\u2028b\r\nc"])
    def test_what_ends_no_line_is_written_as_it_is(self, shell: str, tmp_path: Path, text: str) -> None:
        path = tmp_path / "file"
        assert tell(shell, Write("", str(path), text)) == 1
        assert path.read_bytes() == text.encode()

    @pytest.mark.parametrize("longest", [systems.longest_word("IRIX"), unix_shell.LONGEST_WORD])
    def test_a_long_file_is_written_in_pieces(self, shell: str, longest: int, tmp_path: Path) -> None:
        if longest > CSH_WORD and shell.startswith("bsd-csh"):
            longest = CSH_WORD
        path = tmp_path / "netconf"
        path.write_text("old\n")
        path.chmod(0o444)
        text = "".join(f'LINE[{number}]="it\'s !{number}"\n' for number in range(longest // 8)) + "no end"
        assert tell(shell, Write("", str(path), text, "640"), longest) > 2
        assert path.read_text() == text
        assert path.stat().st_mode & 0o777 == 0o640
        assert [one.name for one in tmp_path.iterdir()] == ["netconf"]

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
        tell(shell, Write("", str(path), "x\n", "600"))
        assert path.stat().st_mode & 0o777 == 0o600
        tell(shell, Remove("", str(path)))
        assert not path.exists()

    @pytest.mark.parametrize("called_off", [True, False])
    def test_a_change_is_taken_back_unless_that_is_called_off(
        self, shell: str, tmp_path: Path, called_off: bool
    ) -> None:
        done, undone = tmp_path / "done", tmp_path / "undone"
        change = change_of([("touch", str(done))], [("touch", str(undone))])
        script = here(tmp_path, gateway.attempt("t", 9 if called_off else 0, change))
        assert run(shell, script).returncode == 0
        assert done.exists()
        call_off = here(tmp_path, gateway.confirm("t"))
        if called_off:
            assert run(shell, call_off).returncode == 0
        else:
            wait_for(lambda: undone.exists() and not list(tmp_path.glob("lvs_gateway*")))
        assert run(shell, call_off).returncode != 0
        assert undone.exists() != called_off
        assert not list(tmp_path.glob("lvs_gateway*"))

    def test_a_change_that_fails_in_the_middle_is_taken_back_at_once(self, shell: str, tmp_path: Path) -> None:
        live = [("touch", str(tmp_path / "first")), ("sh", "-c", "echo no such route; exit 3"), ("touch", "/never")]
        script = gateway.attempt("t", 1, change_of(live, [("rm", str(tmp_path / "first"))]))
        said = run(shell, here(tmp_path, script))
        assert (said.returncode, said.stdout) == (3, "no such route\n")
        assert not list(tmp_path.iterdir())
        assert run(shell, here(tmp_path, gateway.confirm("t"))).returncode != 0


def change_of(live: list[tuple[str, ...]], undo: list[tuple[str, ...]]) -> gateway.Change:
    return gateway.Change("192.0.2.1", [Run("", argv) for argv in live], [Run("", argv) for argv in undo], [])


def tell(shell: str, step: Step, longest: int = unix_shell.LONGEST_WORD) -> int:
    """Take a step; how many scripts that was."""
    scripts = unix_shell.tell(step, longest)
    for script in scripts:
        assert len(shlex.quote(script)) <= longest
        assert run(shell, script).returncode == 0
    return len(scripts)


def here(folder: Path, script: str) -> str:
    """The same with the host's /etc in a folder."""
    return script.replace("/etc/lvs", f"{folder}/lvs")


def wait_for(condition: t.Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def hang_up(argv: list[str]) -> None:
    """Run it as sshd does for `ssh -tt`, on a terminal of its own, and be gone as soon as it ends."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    os.waitpid(pid, 0)
    os.close(terminal)


@pytest.mark.parametrize("shell", SH)
def test_a_terminal_that_hangs_up_takes_no_rollback_with_it(shell: str, tmp_path: Path) -> None:
    """A sleeper that ignores the hang-up only when it has begun is killed in one of twenty."""
    undone = [tmp_path / str(number) for number in range(20)]
    for path in undone:
        script = here(tmp_path, gateway.attempt(path.name, 0, change_of([("true",)], [("touch", str(path))])))
        hang_up([*SH[shell], "-c", script.replace("sleep 0", "sleep 0.2")])
    wait_for(lambda: all(path.exists() for path in undone))


def test_a_change_whose_connection_goes_in_the_middle_is_made_whole(tmp_path: Path) -> None:
    """The first step of two cuts the connection that the second would have come over."""
    second = tmp_path / "second"
    cut = ("sh", "-c", "kill -HUP 0")
    script = gateway.attempt("t", 5, change_of([cut, ("touch", str(second))], [("true",)]))
    hang_up(["/bin/sh", "-c", here(tmp_path, script)])
    assert second.exists()


@pytest.mark.parametrize("name", systems.NAMES)
def test_what_is_asked_is_no_longer_than_an_old_csh_takes(name: str) -> None:
    assert len(f"/bin/sh -c {shlex.quote(unix_shell.ask(systems.questions_for(name)))}") < LONGEST_WORD


@pytest.mark.parametrize("backend", [one for one in systems.BACKENDS if one.imagine().gateways().owner is None])
def test_a_change_of_the_gateway_is_no_longer_than_the_login_shell_takes(backend: type[Unix]) -> None:
    """It is one session, and cannot come in pieces."""
    old, new = "192.168.100.254", "192.168.100.253"
    host = backend.imagine()
    change = gateway.Change(new, host.reroute([old], new), host.reroute([new], old), [])
    script = gateway.attempt("0123456789abcdef", 3600, change)
    assert len(shlex.quote(script)) < backend.longest_word


def test_an_end_of_line_is_never_sent() -> None:
    with pytest.raises(LvsError, match="has an end of line"):
        unix_shell.tell(Run("", ("echo", "a\nb")))


@given(st.lists(texts, min_size=1, max_size=4))
def test_no_word_is_ever_run(words: list[str]) -> None:
    steps: list[Step] = [Run("", ("printf", "[%s]", *words)), Write("", f"/x/{words[0]}", "\n".join(words))]
    ((said,), (written,)) = map(unix_shell.tell, steps)
    said = run("dash", said).stdout
    assert said == "".join(f"[{word}]" for word in words)
    assert run("dash", f"set -n; {written}").returncode == 0


def test_a_host_that_does_not_answer() -> None:
    with pytest.raises(LvsError, match=r"did not answer uname -s .*sudo: a password is required"):
        unix_shell.understand([Command(("uname", "-s"))], "sudo: a password is required\n")


def test_a_pattern_must_be_plain() -> None:
    with pytest.raises(LvsError, match="is not a plain pattern"):
        unix_shell.ask([Files("/etc/$(reboot)")])


@pytest.mark.parametrize("name", systems.NAMES)
def test_shellcheck_finds_nothing(name: str) -> None:
    """In all that is sent to ask, to arm and to write; SC2006 and SC2016 are about what Bourne wants."""
    scripts = [
        unix_shell.ask(systems.questions_for(name)),
        *unix_shell.tell(Write("", "/etc/sysctl.conf", "a=1\n")),
        *unix_shell.tell(Write("", "/etc/sysctl.conf", "a=1\nb=2\n", "644"), 1),
        gateway.attempt("token", 60, change_of([("route", "add", "default", "192.0.2.1")], [("route", "flush")])),
        gateway.take_back(change_of([], [("route", "flush")])),
        gateway.confirm("token"),
    ]
    for script in scripts:
        require_clean(script)


def require_clean(script: str) -> None:
    shellcheck: t.Final = shutil.which("shellcheck")
    assert shellcheck, "make setup installs it"
    done = subprocess.run(
        [shellcheck, "--shell=sh", "--exclude=SC2006,SC2016", "-"],
        input=script,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout == ""
