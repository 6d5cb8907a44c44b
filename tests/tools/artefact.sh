#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Build the artefact in a folder full of strays, install it elsewhere, and use it there: what it leaves out must not be
# missed. Then galaxy-importer, as Galaxy and Automation Hub run it, in an environment of its own.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ansible-galaxy ansible-playbook ansible-doc

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy_tree "$work/source"
mkdir "$work/built" "$work/plain" "$work/elsewhere"
contents() { tar --list --file="$1" | grep -v '/$' | sort; } # ARTEFACT

# Who installs from a repository, and AWX in a project directory, build from all of it by galaxy.yml.
(cd "$work/source" && ANSIBLE_COLLECTIONS_PATH=$work/awx \
    ansible-galaxy collection install --offline --requirements-file collections/requirements.yml)
installer=$(cached_venv "$(type -P python3)" requirements-import.txt)
"$installer/bin/ansible-builder" create --file "$work/source/execution-environment.yml" --context "$work/image"
ansible-galaxy collection build "$work/source" --output-path "$work/plain"

git -C "$work/source" init --quiet
git -C "$work/source" add .
strays=(ansible-navigator.log my-secret-inventory.yml .vault-password lvs.json hosts/production.yml docs/notes.md
    playbooks/files/inventory/host_vars/director.yml plugins/modules/old.py playbooks/ours.yml
    tests/emulated/capture.txt)
for stray in "${strays[@]}"; do
    mkdir -p "$(dirname "$work/source/$stray")"
    printf 'secret\n' >"$work/source/$stray"
done
"$work/source/tests/tools/build.sh" "$work/built"
artefact=("$work"/built/*.tar.gz)
for stray in "${strays[@]}"; do
    if tar --list --file="${artefact[0]}" "$stray" >"$work/found" 2>&1; then
        die "$stray is in the artefact: tests/tools/build.sh takes what nobody gave it"
    fi
done
diff <(contents "${artefact[0]}") <(contents "$work"/plain/*.tar.gz) ||
    die 'tests/tools/build.sh (<) and build_ignore in galaxy.yml (>) do not say the same'

# Nothing from here on may find the checkout: not by ansible.cfg, not by a relative path.
cd "$work/elsewhere"
export ANSIBLE_COLLECTIONS_PATH=$work/installed
ansible-galaxy collection install --offline --collections-path "$work/installed" "${artefact[0]}"
installed=$work/installed/ansible_collections/linuxvirtualserver/lvs
while IFS= read -r -d '' file; do
    [[ -e $installed/$file ]] || die "$file is not in the artefact: tests/tools/build.sh takes too little"
done < <(cd "$root" && tree plugins roles playbooks meta docs tests/config.yml)

# What the community asks of a collection: nothing that is used needs any other folder.
find "$installed" -mindepth 1 -maxdepth 1 ! -name meta ! -name plugins ! -name roles ! -name playbooks -exec rm -r {} +
ansible-playbook linuxvirtualserver.lvs.init
for playbook in "$installed"/playbooks/*.yml; do
    ansible-playbook --syntax-check --inventory lvs-inventory "linuxvirtualserver.lvs.$(basename "$playbook" .yml)"
done

cp "${artefact[0]}" .
PATH=$installer/bin:/usr/bin:/bin \
    GALAXY_IMPORTER_CHECK_REQUIRED_TAGS=true GALAXY_IMPORTER_REQUIRE_V1_OR_GREATER=true \
    python -m galaxy_importer.main "${artefact[0]##*/}" 2>&1 | tee importer.log
if grep -qE '^(WARNING|ERROR)' importer.log; then
    die 'galaxy-importer is not content, see above'
fi
