#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# An LVS is the same with other people's settings, command lines and plays. Arguments go to pytest (`-k runner`).

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Named after what is in it, for the key of an environment knows only the requirements of the repository's root.
requirements=$work/requirements-habits-$(sha256sum tests/habits/requirements.txt | cut -c1-8).txt
cp tests/habits/requirements.txt "$requirements"
environment=$(cached_venv "$(type -P python3)" "$requirements")
units "$environment" -v tests/habits "$@"
