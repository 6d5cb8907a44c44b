#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Every controller that we claim: the unit tests on each ansible-core with the oldest and the newest Python that it runs
# on and that is here, ansible-test sanity of 2.16 with Python 3.12 as certification runs it, and on each of them every
# module against each Python that is too old for it.
#
#   tests/tools/controllers.sh                   all of it
#   tests/tools/controllers.sh CORE:PYTHON...    units and sanity with these alone, such as 2.20.10:3.14 or devel:3.14
#   tests/tools/controllers.sh --list            what public CI has a machine each for, as JSON

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# The last is what devel becomes: the newest that is published before its release.
controllers=(2.16.0:3.10 2.16.19:3.12 2.17.14:3.10 2.18.19:3.13 2.19.14:3.11 2.20.10:3.12 2.21.5:3.13 2.22.0rc1:3.13)
# Where each has a machine of its own.
more=(2.18.19:3.11 2.19.14:3.13 2.20.10:3.14 2.21.5:3.12 2.21.5:3.14 devel:3.14)
too_old=(3.6 3.7 3.8)

if [[ ${1-} == --list ]]; then
    cells=$(printf '%s\n' "${controllers[@]}" "${more[@]}" | sed -E 's/(.*):(.*)/{"core":"\1","python":"\2"}/' | paste -sd ,)
    printf '[%s]\n' "$cells"
    exit
fi

old_pythons=()
for version in "${too_old[@]}"; do
    python=$(find_python "$version")
    if [[ -n $python ]]; then
        old_pythons+=("$python")
    else
        printf 'python%s is not here: the modules were not tried on it\n' "$version"
    fi
done
export LVS_OLD_PYTHONS="${old_pythons[*]}"

on() { # CORE:PYTHON [sanity]
    local core=${1%:*} version=${1#*:} python environment
    python=$(find_python "$version")
    if [[ -z $python ]]; then
        printf 'python%s is not here: no tests with ansible-core %s\n' "$version" "$core"
        (($# == 1)) || failed+=("core $core on $version") # nothing else was asked for
        return
    fi
    environment=$(controller_venv "$python" "$core")
    check "core $core on $version" units "$environment" --hypothesis-profile brief tests/unit tests/controllers \
        --ignore tests/unit/lab --ignore tests/unit/test_repository.py
    if (($# == 2)); then
        check "sanity of $core" env LVS_ANSIBLE_TEST="$environment/bin/ansible-test" tests/tools/sanity.sh
    fi
}

if (($#)); then
    for controller in "$@"; do
        on "$controller" sanity
    done
    conclude
    exit
fi

for controller in "${controllers[@]}"; do
    on "$controller"
done

python=$(find_python 3.12)
if [[ -n $python ]]; then
    environment=$(controller_venv "$python" 2.16.19)
    check 'sanity of 2.16' env LVS_ANSIBLE_TEST="$environment/bin/ansible-test" tests/tools/sanity.sh
fi

# On the lab: with the oldest that the platforms for enterprises have, and with the newest release.
for core in 2.16.0:3.12 2.21.5:3.13; do
    python=$(find_python "${core#*:}")
    if [[ -n $python ]]; then
        environment=$(controller_venv "$python" "${core%:*}")
        check "a life with ${core%:*}" units "$environment" tests/habits/test_life.py
    fi
done
conclude
