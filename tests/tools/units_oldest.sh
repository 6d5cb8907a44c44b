#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The unit tests of what the oldest things that we say we work with could make different: ansible-core and netaddr, and
# Python 3.9 for what runs on directors and realservers. tests/tools/controllers.sh runs them all, on each ansible-core.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# What speaks with Ansible or netaddr. The rest is pure, and the newest Ansible has run it. Of playbooks, those tests where
# Ansible itself has a say of its own: what of others' words is a template, vaults, settings, who goes on after a failure.
touches=(tests/unit/playbooks/test_{hostile,vault,habits,site,status}.py tests/unit/plugins/{action,filter,inventory}
    tests/unit/plugins/plugin_utils/{_action,_plan,_rules})

controller=$(controller_venv "$(type -P python3)" 2.16.0)
units "$controller" --hypothesis-profile brief "${touches[@]}"

oldest=$(find_python 3.9)
if [[ -z $oldest ]]; then
    printf 'No Python 3.9 here: modules were tested on the controller'"'"'s Python only\n'
    exit
fi
managed=$(cached_venv "$oldest" requirements-oldest.txt)
# No ansible-core installs on it, nor on a managed host: that gets ansible.module_utils from the controller, as here.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$controller"/lib/python3.*/site-packages/ansible "$work/ansible"
export PYTHONPATH=$work
units "$managed" --hypothesis-profile brief --ignore tests/unit/plugins/modules/planned \
    tests/unit/plugins/modules tests/unit/plugins/module_utils
