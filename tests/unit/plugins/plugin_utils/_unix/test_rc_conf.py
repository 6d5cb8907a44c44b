# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""FreeBSD's rc.conf: a variable is changed, every other line stays, and a real shell reads what was meant."""

from __future__ import annotations

import subprocess
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._errors import LvsError
from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.lines import lines_in
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.rc_conf import RcConf
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._unix.steps import Answers, Remove, Said, Write

if t.TYPE_CHECKING:
    from pathlib import Path

MAIN, LOCAL = "/etc/rc.conf", "/etc/rc.conf.local"
NAME = "ifconfig_lo0_aliases"


def rc_conf(texts: dict[str, str], shown: str = "") -> RcConf:
    return RcConf(Answers({("sysrc", "-ae"): Said(0, shown)}, texts))


def after(texts: dict[str, str], value: str | None, shown: str = "") -> dict[str, str]:
    """The files when the variable has the value."""
    files = rc_conf(texts, shown)
    files.assign(NAME, value)
    steps = files.steps("")
    assert all(isinstance(step, Write | Remove) for step in steps)
    written = {step.path: getattr(step, "text", "") for step in steps if isinstance(step, Write | Remove)}
    return {**texts, **written}


@pytest.mark.parametrize(
    ("before", "wanted"),
    [
        ("", "{}\n"),
        ('sshd_enable="YES"\n', 'sshd_enable="YES"\n{}\n'),
        # sysrc would make it sshd_enable="YES"ifconfig_lo0_aliases=…, and there is no sshd after the next boot.
        ('sshd_enable="YES"', 'sshd_enable="YES"\n{}\n'),
        (f'\n\na=1\n{NAME}="old" # why\nb=2', "\n\na=1\n{} # why\nb=2"),
        (f"{NAME}=old\n{NAME}='older'\n", f"{NAME}=old\n{NAME}='inet 192.0.2.1/32'\n"),
        (f"#{NAME}=no\n", f"#{NAME}=no\n{{}}\n"),
    ],
)
def test_only_the_assignment_that_counts_changes(before: str, wanted: str) -> None:
    new = f'{NAME}="inet 192.0.2.1/32"'
    assert after({MAIN: before}, "inet 192.0.2.1/32")[MAIN] == wanted.format(new)


def test_the_file_that_is_read_last_counts_and_none_is_left_when_it_goes() -> None:
    texts = {MAIN: f"{NAME}=a\nx=1\n", LOCAL: f"y=2\n{NAME}=b\n"}
    assert after(texts, "c") == {MAIN: texts[MAIN], LOCAL: f'y=2\n{NAME}="c"\n'}
    assert after(texts, None) == {MAIN: "x=1\n", LOCAL: "y=2\n"}


HARMFUL = [
    f'{NAME}="a\nb"\n',
    f'{NAME}="a \\\nb"\n',
    f'{NAME}="$other"\n',
    f"{NAME}=`cat /etc/vips`\n",
    f'{NAME}="a"; sshd_enable="YES"\n',
    f'{NAME}="a" sshd_enable="YES"\n',
    f'{NAME}=a"b"\n',
    f"{NAME}=a#b\n",
    f'export {NAME}="a"\n',
]


@pytest.mark.parametrize("text", HARMFUL)
@pytest.mark.parametrize("value", ["new", None])
def test_what_could_not_be_changed_alone_is_refused(text: str, value: str | None) -> None:
    with pytest.raises(LvsError, match=rf"rc.conf {NAME}: goes over several lines, stands with others"):
        after({MAIN: text}, value)


def test_what_another_file_assigns_is_not_assigned_twice() -> None:
    with pytest.raises(LvsError, match="is made of others"):
        after({MAIN: "x=1\n"}, "new", f"{NAME}=a\n")


# Lines of a shell that stand for themselves.
lines = st.sampled_from(
    ['sshd_enable="YES"', "", "# a remark", "\tx='a b' # c", 'y="\\"$x"', f'{NAME}_note="z"', "z=1\f", f"# {NAME}=no"]
) | st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=9).map("#".__add__)


@given(st.lists(lines, max_size=6), st.booleans())
def test_every_other_line_survives_and_the_file_is_as_it_was(found: list[str], ends: bool) -> None:
    before = "\n".join(found) + ("\n" if ends else "")
    between = after({MAIN: before}, "inet 192.0.2.1/32")[MAIN]
    there = lines_in(before)
    assert lines_in(between)[: len(there)] == there
    assert after({MAIN: between}, None)[MAIN] == (before if before.endswith("\n") or not before else f"{before}\n")


@pytest.mark.parametrize("end", ["", "\n"])
def test_a_shell_reads_what_was_meant(end: str, tmp_path: Path) -> None:
    path = tmp_path / "rc.conf"
    path.write_text(after({MAIN: f'\n# head\ndefaultrouter=NO\nsshd_enable="YES"{end}'}, "inet 192.0.2.1/32")[MAIN])
    script = f'. {path}; echo "$defaultrouter|$sshd_enable|${NAME}"'
    said = subprocess.run(["dash", "-c", script], check=True, capture_output=True, text=True)
    assert said.stdout == "NO|YES|inet 192.0.2.1/32\n"
