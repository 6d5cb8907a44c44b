#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Where PowerShell 7 is, which runs the scripts for Windows: in shared/pwsh beside the repository, or on PATH. It prints
# the program itself, for that finds what belongs to it beside itself; without one it says how to get it, and fails.

set -euo pipefail

beside=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../../../shared/pwsh
if found=$(PATH=$beside:$PATH type -P pwsh); then
    readlink -f "$found"
else
    printf 'PowerShell 7 is not here, which runs the scripts for Windows in tests/unit/windows and tests/emulated.\n' >&2
    printf "Get it as Microsoft's page 'Install PowerShell on Linux' says, and put pwsh on PATH.\n" >&2
    exit 1
fi
