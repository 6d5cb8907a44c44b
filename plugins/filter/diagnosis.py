# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter `linuxvirtualserver.lvs.diagnosis`."""

from __future__ import annotations

DOCUMENTATION = r"""
name: diagnosis
author: linuxvirtualserver.lvs contributors (@linuxvirtualserver)
short_description: Writes a diagnosis for people
version_added: 1.0.0
description:
  - Takes what P(linuxvirtualserver.lvs.diagnose#filter) found and writes it as a report, as one line or as a page.
positional: style, plan, looked, made
options:
  _input:
    description:
      - A diagnosis.
    type: dict
    required: true
  style:
    description:
      - V(lines) is a report for M(linuxvirtualserver.lvs.say), V(headline) one line, V(html) a page that needs nothing
        else, with the LVS drawn and all evidence, to attach to a ticket.
    type: str
    choices: [lines, headline, html]
    required: true
  plan:
    description:
      - The plan that the diagnosis is of.
    type: dict
    required: true
  looked:
    description:
      - The results of M(linuxvirtualserver.lvs.lvs_evidence) that the diagnosis is of.
    type: dict
    required: true
  made:
    description:
      - When the diagnosis was made, for the page.
    type: str
    default: ''
seealso:
  - plugin: linuxvirtualserver.lvs.diagnose
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Say what is wrong
  linuxvirtualserver.lvs.say:
    lines: "{{ diagnosis | linuxvirtualserver.lvs.diagnosis('lines', lvs_plan, looked) }}"
"""

RETURN = r"""
_value:
  description:
    - For V(lines) a list of mappings with C(text) and C(style), else a text.
  type: raw
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.linuxvirtualserver.lvs.plugins.module_utils._model.words import one_of
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.page import page
from ansible_collections.linuxvirtualserver.lvs.plugins.plugin_utils._doctor.report import headline, report

_NAME = "linuxvirtualserver.lvs.diagnosis"
_STYLES = ("lines", "headline", "html")


def diagnosis(
    found: object, style: str, plan: t.Mapping[str, t.Any], looked: t.Mapping[str, t.Any], made: str = ""
) -> object:
    """The diagnosis for people."""
    if not isinstance(found, t.Mapping) or not {"findings", "unseen", "section"} <= found.keys():
        raise AnsibleFilterError(
            f"{_NAME}: this is no diagnosis. Pass the result of the filter linuxvirtualserver.lvs.diagnose."
        )
    if style not in _STYLES:
        raise AnsibleFilterError(f"{_NAME}: style: {style!r} is not known. Use {one_of(_STYLES)}.")
    if style == "html":
        return page(found, plan, looked, made)
    return headline(found) if style == "headline" else report(found, looked)


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, t.Callable[..., object]]:
        """The filters of this file by name."""
        return {"diagnosis": diagnosis}
