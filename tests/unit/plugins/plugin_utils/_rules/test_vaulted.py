# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts from a vault: what is hidden, and what looks alike. tests/unit/playbooks/test_vault.py has real vaults."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules import vaulted
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._rules.vaulted import Vault


class Secret(str):
    """What the test of Ansible calls vaulted here."""

    __slots__ = ()


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    monkeypatch.setattr(vaulted, "vault_encrypted", lambda value: isinstance(value, Secret))
    return Vault()


def test_it_is_opened_wherever_it_is(vault: Vault) -> None:
    plain = vault.plain([{Secret("key"): (Secret("value"), 1, None)}, "text"])
    assert plain == [{"key": ["value", 1, None]}, "text"]
    assert [type(text) for key, values in plain[0].items() for text in (key, values[0])] == [str, str]


def test_a_value_that_contains_itself_still_does(vault: Vault) -> None:
    circle: list[t.Any] = [Secret("x")]
    circle += [circle, circle]
    plain = vault.plain(circle)
    assert (plain[0], plain[1] is plain, plain[2] is plain) == ("x", True, True)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("'192.168.1.9/24' is not", "'(vaulted)' is not"),
        ("192.168.1.9 is taken.", "(vaulted) is taken."),
        ("It is 192.168.1.9.", "It is (vaulted)."),
        ("192.168.1.90 and 2192.168.1.9", "192.168.1.90 and 2192.168.1.9"),
        ("lvs_dip: director", "lvs_dip: director"),
    ],
)
def test_it_is_hidden_as_a_word(vault: Vault, text: str, hidden: str) -> None:
    vault.plain(Secret("192.168.1.9/24"))
    assert vault.hide([{"message": text, "value": 9}]) == [{"message": hidden, "value": 9}]


def test_without_a_vault_nothing_is_hidden(vault: Vault) -> None:
    assert vault.plain("192.168.1.9") == "192.168.1.9"
    assert vault.hide("192.168.1.9 or ''") == "192.168.1.9 or ''"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("tcp 192.168.1.9:80", "tcp (vaulted):80"),
        ("[2001:db8::1]:80", "[(vaulted)]:80"),
        ("2001:db8::1:80", "2001:db8::1:80"),
        ("192.168.1.9:80:1", "192.168.1.9:80:1"),
        ({"tcp 192.168.1.9:80": [80, True, 1.5]}, {"tcp (vaulted):80": ["(vaulted)", True, 1.5]}),
        ({"rc": 80, "unserved": "192.168.1.9"}, {"rc": 80, "unserved": "192.168.1.9"}),
        ({"lead": "192.168.1.9"}, {"lead": "192.168.1.9"}),
    ],
)
def test_it_is_hidden_before_a_port_in_keys_and_as_a_number(text: object, hidden: object) -> None:
    assert Vault(["192.168.1.9", "2001:db8::1", "80"]).hide(text) == hidden


def test_a_task_hides_what_the_plan_of_the_run_and_its_own_arguments_have(vault: Vault) -> None:
    variables = {"lvs_plan": {"vaulted": ["a", "", 5]}, "__director_plan": {"vaulted": ["b"]}, "__realserver_plan": "c"}
    assert vaulted.vault_of(variables, {"vip": Secret("d"), "port": "e"}).texts == ["a", "b", "d"]
    assert vault.texts == []
