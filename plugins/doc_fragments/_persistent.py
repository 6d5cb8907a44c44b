# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether something lasts: the same for the modules of which all that they set up does, or nothing."""

from __future__ import annotations


class ModuleDocFragment:
    """The documentation of the option that says whether the next boot brings it back."""

    DOCUMENTATION = r"""
options:
  persistent:
    description:
      - Whether it lasts over a reboot, for which the host must run systemd, OpenRC or sysvinit.
      - V(false) writes nothing for the boot, and removes what an earlier task wrote. A reboot loses all of it until the
        task is run again.
      - With several LVS on a host, what they share lasts as long as one of them asks for that.
    type: bool
    default: true
"""
