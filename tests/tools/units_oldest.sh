#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The unit tests with the oldest of what we say we work with: all of them with that ansible-core and netaddr, then those
# of what runs on directors and realservers on Python 3.9.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

export PYTHONDONTWRITEBYTECODE=1
units() { # PYTHON TEST...
    "$1" -m pytest -q -p no:cacheprovider --hypothesis-profile brief "${@:2}"
}

controller=$(cached_venv "$(type -P python3)" requirements-oldest.txt)
printf 'ansible-core %s, %s\n' "$("$controller/bin/pip" show ansible-core | sed -n 's/^Version: //p')" "$("$controller/bin/python" -V)"
units "$controller/bin/python" --ignore tests/unit/lab --ignore tests/unit/test_repository.py

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
"$managed/bin/python" -V
export PYTHONPATH=$work
units "$managed/bin/python" tests/unit/plugins/modules tests/unit/plugins/module_utils
