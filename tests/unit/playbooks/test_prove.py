# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of the playbook prove: what it leaves out, and what it says when something is not as expected."""

from __future__ import annotations

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._action.proof import Proof

SECRETS = (
    'wpa_passphrase="hunter2"',
    "snmp community hunter2",
    "ROUTE_PASSWORD[0]=hunter2",
    "api_token: hunter2",
    "ssh_key=hunter2",
    "PSK hunter2",
)


def test_a_line_that_may_hold_a_secret_is_left_out() -> None:
    proof = Proof("t")
    proof.add("rc.conf", "\n".join(["defaultrouter=192.0.2.1", *SECRETS, "keymap=us.kbd"]))
    assert "hunter2" not in proof.text()
    assert "defaultrouter=192.0.2.1" in proof.text()
    assert "keymap=us.kbd" in proof.text()


def test_what_differs_is_shown_and_counted_but_for_counters() -> None:
    proof = Proof("t")
    proof.compare("same", {"netstat -rn": "1", "f": "a"}, {"netstat -rn": "2", "f": "a"})
    assert proof.verdict() == "1 of 1 were as expected"
    proof.compare("other", {"f": "a\nb", "gone": "x"}, {"f": "a\nc"})
    assert proof.failures == ["other"]
    assert all(line in proof.text() for line in ("    -b", "    +c", "    -x", "NOT AS EXPECTED: other"))


def test_what_a_host_says_does_nothing_to_a_terminal() -> None:
    proof = Proof("t")
    proof.add("ifconfig", "a\x1b[2Jb")
    proof.add_result("task", {"msg": "\x1b[2J", "changed": True, "invocation": {"secret": 1}})
    assert "\x1b" not in proof.text()
    assert "invocation" not in proof.text()
