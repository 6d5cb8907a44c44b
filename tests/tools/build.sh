#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the artefact from a list of what belongs, and of that only what git has: an inventory or a log that lies in the
# folder is never published. `build_ignore` of galaxy.yml says the same to those who install from a repository; its
# `manifest` would ask all of them for distlib, which before 0.4.1 follows the symlink of collections/ for ever.
#
#   tests/tools/build.sh DIRECTORY

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ansible-galaxy
(($# == 1)) || die 'which directory is to get the artefact? tests/tools/build.sh DIRECTORY'

# tests/config.yml, because Automation Hub runs ansible-test on the artefact.
belongs=(CHANGELOG.md CODE_OF_CONDUCT.md CONTRIBUTING.md COPYING LICENSES README.md REUSE.toml SECURITY.md
    changelogs/changelog.yaml changelogs/config.yaml docs galaxy.yml meta playbooks plugins roles tests/config.yml)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git ls-files -z --cached --deduplicate --error-unmatch -- "${belongs[@]}" >"$work/files"
mkdir "$work/source"
tar --null --files-from="$work/files" --create --file=- | tar --extract --file=- --directory="$work/source"
ansible-galaxy collection build "$work/source" --output-path "$1"
