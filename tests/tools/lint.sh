#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Formats, types, lints, licences and changelog fragments. All checks run, whatever the first ones say.
# lint.sh [--fix]: --fix lets ruff mend what it can first.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ruff mypy yamllint ansible-lint shellcheck reuse antsibull-changelog

shell_scripts() {
    tree | xargs -0 awk 'FNR == 1 && (/^#!.*[\/ ](ba)?sh$/ || FILENAME ~ /\.sh$/) { printf "%s%c", FILENAME, 0 } { nextfile }'
}

check_shell() {
    shell_scripts | xargs -0 shellcheck --external-sources
}

check_yaml() {
    tree '*.yml' '*.yaml' .yamllint .ansible-lint | xargs -0 yamllint --strict
}

if [[ ${1-} == --fix ]]; then
    ruff check --quiet --fix-only
    ruff format --quiet
fi
check ruff ruff check
check 'ruff format' ruff format --check
check mypy mypy
check yamllint check_yaml
check shellcheck check_shell
check reuse reuse lint
check antsibull-changelog antsibull-changelog lint
check ansible-lint ansible-lint --nocolor
conclude
