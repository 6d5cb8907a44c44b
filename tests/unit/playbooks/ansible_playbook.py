# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real ansible-playbook, which finds what runs before it have built: `python ansible_playbook.py BUILT WORD…`.

To build a module, Ansible parses it and all that it imports: a third of a second for each, in every run. Nor does it
collect garbage, for which no run is long enough.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path

from ansible import constants
from ansible.cli.playbook import main

gc.disable()
Path(vars(constants)["DEFAULT_LOCAL_TMP"], "ansiballz_cache").symlink_to(sys.argv[1])
main(["ansible-playbook", *sys.argv[2:]])
