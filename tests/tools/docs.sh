#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of plugins, modules and roles: complete, well-formed, and every reference leads somewhere.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need antsibull-docs

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy=$work/ansible_collections/linuxvirtualserver/lvs
copy_tree "$copy"
cd "$copy"
ANSIBLE_COLLECTIONS_PATH=$work antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .
