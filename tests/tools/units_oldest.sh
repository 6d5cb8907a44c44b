#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The unit tests of what runs on directors and realservers, on the oldest Python that those may have. As on a managed
# host there is no ansible-core for that Python: the controller's is used, of which only ansible.module_utils may load.
# Arguments go to pytest.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ansible

oldest=$(find_python 3.9)
if [[ -z $oldest ]]; then
    printf 'No Python 3.9 here: the unit tests ran on the controller'"'"'s Python only\n'
    exit
fi
environment=$(cached_venv "$oldest" requirements-oldest.txt)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ln -s "$(python3 -c 'import ansible, pathlib; print(pathlib.Path(ansible.__file__).parent)')" "$work/ansible"
if (($# == 0)); then
    set -- tests/unit/plugins/modules tests/unit/plugins/module_utils
fi
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$work "$environment/bin/python" -m pytest -q -p no:cacheprovider "$@"
