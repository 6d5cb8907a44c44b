#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Guides, modules, plugins and roles as one searchable site, in ~/.cache/lvs-dev/docsite. A warning ends it.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ansible-playbook chromium-headless-shell dot
site=$cache/docsite

tools=$(cached_venv "$(type -P python3)" docs/docsite/requirements.txt)/bin
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
copy_tree "$work/ansible_collections/linuxvirtualserver/lvs"
mkdir -m 700 "$work/pages"
PATH=$tools:$PATH ANSIBLE_COLLECTIONS_PATH=$work "$tools/antsibull-docs" collection --use-current --squash-hierarchy \
    --no-add-antsibull-docs-version --fail-on-error --dest-dir "$work/pages" linuxvirtualserver.lvs
PYTHONPATH=collections python tests/tools/docsite_pages.py "$work/pages/docsite"
"$tools/sphinx-build" -M html "$work/pages" "$work/built" -c docs/docsite --fail-on-warning --keep-going --quiet
rm -rf "$site"
mv "$work/built/html" "$site"
printf 'The site is in %s\n' "$site"
