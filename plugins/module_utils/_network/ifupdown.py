# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""VIPs and gateways at boot by ifupdown: a script of our own that ifup runs when the interface is up.

Private: this file may change in any release; do not import it from outside the collection.

A further stanza for the interface would run before the one that it hangs on, wherever its file is read first, and one
for a label such as eth0:0 is forgotten by the next `ifdown eth0; ifup eth0`.
"""

from __future__ import annotations

from .._errors import LvsError
from .hook import HookFiles

# A failure must not end ifup: of two stanzas the first may not yet have what our routes need.
_SCRIPT = """\
#!/bin/sh
{header}
[ "$IFACE" = {interface} ] || exit 0
{commands} ||
    echo "$0 failed on $IFACE" >&2
"""


class IfupdownBackend(HookFiles):
    """A script in /etc/network/if-up.d, run once for each stanza of the interface."""

    name = "ifupdown"
    directory = "/etc/network/if-up.d"
    script = _SCRIPT

    @property
    def owned(self) -> frozenset[str]:
        return self._owners.ifupdown

    def path(self, part: str, interface: str) -> str:
        path = super().path(part, interface)
        trial = ("-n", "-f") if self._owners.ifup_is_busybox else ("--no-act", "--force")
        if not self._host.succeeds(("ifup", *trial, interface)):
            raise LvsError(
                "interface",
                interface,
                f"could not be brought up again by ifup. See ifup {' '.join(trial)} {interface}, or use backend unit.",
            )
        return path

    def call(self, path: str, interface: str) -> tuple[str, ...]:
        return ("env", f"IFACE={interface}", path)
