#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the artefact, install it elsewhere, and use it there: what build_ignore leaves out must not be missed.
# Then galaxy-importer, as Galaxy and Automation Hub run it, in an environment of its own.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ansible-galaxy ansible-playbook ansible-doc

for_users=(CHANGELOG.md CODE_OF_CONDUCT.md COPYING FILES.json LICENSES MANIFEST.json README.md REUSE.toml SECURITY.md
    changelogs docs meta playbooks plugins roles tests)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy_tree "$work/source"
mkdir "$work/built" "$work/elsewhere"
ansible-galaxy collection build "$work/source" --output-path "$work/built"
artefact=("$work"/built/*.tar.gz)

# As AWX does in a project directory.
(cd "$work/source" && ANSIBLE_COLLECTIONS_PATH=$work/awx \
    ansible-galaxy collection install --offline --requirements-file collections/requirements.yml)
installer=$(cached_venv "$(type -P python3)" requirements-import.txt)
"$installer/bin/ansible-builder" create --file "$work/source/execution-environment.yml" --context "$work/image"

# Nothing from here on may find the checkout: not by ansible.cfg, not by a relative path.
cd "$work/elsewhere"
export ANSIBLE_COLLECTIONS_PATH=$work/installed
ansible-galaxy collection install --offline --collections-path "$work/installed" "${artefact[0]}"
installed=$work/installed/ansible_collections/linuxvirtualserver/lvs
while IFS= read -r -d '' file; do
    [[ -e $installed/$file ]] || die "$file is not in the artefact: build_ignore in galaxy.yml takes too much"
done < <(cd "$root" && tree plugins roles playbooks meta docs tests/config.yml)
for entry in "$installed"/*; do
    [[ " ${for_users[*]} " == *" ${entry##*/} "* ]] || die "${entry##*/} is in the artefact: build_ignore in galaxy.yml takes too little"
done

for playbook in "$installed"/playbooks/*.yml; do
    ansible-playbook --syntax-check --inventory "$root/inventories/example" \
        "linuxvirtualserver.lvs.$(basename "$playbook" .yml)"
done

cp "${artefact[0]}" .
PATH=$installer/bin:/usr/bin:/bin \
    GALAXY_IMPORTER_CHECK_REQUIRED_TAGS=true GALAXY_IMPORTER_REQUIRE_V1_OR_GREATER=true \
    python -m galaxy_importer.main "${artefact[0]##*/}" 2>&1 | tee importer.log
if grep -qE '^(WARNING|ERROR)' importer.log; then
    die 'galaxy-importer is not content, see above'
fi
