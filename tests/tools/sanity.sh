#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ansible-test sanity on a copy of the tree. ansible-test believes only a path that ends in
# ansible_collections/NAMESPACE/NAME, and inside another git tree it tests nothing and is content: hence a copy, hence
# the questions at the end. Arguments go to ansible-test (`sanity.sh --test pep8`), and then only those tests run.

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ansible-test shellcheck

# Without these a green says nothing. The canary below shows that validate-modules also has teeth.
must_run=(ansible-doc compile empty-init import line-endings no-illegal-filenames pep8 pylint runtime-metadata shebang
    shellcheck symlinks validate-modules yamllint)
ansible_test=${LVS_ANSIBLE_TEST:-$(type -P ansible-test)} # controllers.sh has one of another ansible-core
newest='from ansible_test._util.target.common.constants import CONTROLLER_PYTHON_VERSIONS as known; print(known[-1])'
# Besides the controller's own: the oldest Python that a managed host may have, and the newest that ansible-core knows.
module_pythons=(3.9 "$("$(dirname "$ansible_test")/python" -c "$newest")")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
log=$work/log
copy=$work/ansible_collections/linuxvirtualserver/lvs
# These are not in the artefact, and lint.sh reads them; ansible-test knows only plugins, and half of its time went here.
left_out=(':!bin' ':!lab' ':!benchmarks' ':!tests')
skipped=()
if pwsh=$(tests/tools/pwsh.sh); then
    # ansible-test has pwsh run PSScriptAnalyzer, which is a module of its own, and without it pslint fails.
    if "$pwsh" -NoProfile -Command 'exit [int](-not (Get-Module -ListAvailable -Name PSScriptAnalyzer))'; then
        must_run+=(pslint)
    else
        skipped+=(--skip-test pslint)
        printf 'PSScriptAnalyzer is not here: the sanity test pslint is not run\n'
    fi
else
    # validate-modules does not skip them without PowerShell, it crashes. Their documentation stays.
    left_out+=(':!plugins/modules/*.ps1')
    printf 'So the sanity tests pslint and validate-modules do not look at the PowerShell modules\n'
fi
copy_tree "$copy" . "${left_out[@]}"
cd "$copy"
if git rev-parse --git-dir >/dev/null 2>&1; then
    die "$copy is inside a git tree, where ansible-test skips everything and passes; set TMPDIR to a place outside"
fi

mkdir "$work/pythons"
found=()
for version in "${module_pythons[@]}"; do
    python=$(find_python "$version")
    if [[ -n $python ]]; then
        ln -s "$python" "$work/pythons/python$version"
        found+=("$version")
    else
        printf 'python%s is not here: modules are not compiled and imported on it\n' "$version"
    fi
done
[[ -z $pwsh ]] || ln -s "$pwsh" "$work/pythons/pwsh"
PATH=$work/pythons:$(dirname "$ansible_test"):/usr/local/bin:/usr/bin:/bin

sanity() { # ARGUMENT...
    ansible-test sanity --color no --truncate 0 "${skipped[@]}" "$@" 2>&1 | tee "$log"
}

# ansible-test makes environments with a pip it downloads. Where it cannot, the pip inside Python does as well, and its
# message names the file that it would take instead.
stand_in_for_pip() {
    local path
    path=$(sed -n 's/^The bootstrap script can be manually downloaded and saved to: //p' "$log" | head -n 1)
    [[ -n $path && ! -e $path ]] || return 1
    printf 'No download of pip: %s gets a stand-in that uses ensurepip\n' "$path"
    cat >"$path" <<'PYTHON'
import subprocess
import sys

packages = [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]
# Another process, because in this one ensurepip would switch off the settings in /etc/pip.conf.
subprocess.check_call([sys.executable, "-m", "ensurepip", "--upgrade"], stdout=subprocess.DEVNULL)
sys.exit(subprocess.call([sys.executable, "-m", "pip", "install", "--upgrade", "--quiet", *packages]))
PYTHON
}

until sanity "$@"; do
    stand_in_for_pip || die 'ansible-test sanity failed, see above'
done

if grep -q 'All targets skipped' "$log"; then
    die 'ansible-test skipped all targets: nothing was tested'
fi
if (($#)); then
    exit
fi
mapfile -t ran < <(sed -nE 's/^Running sanity test "([^"]+)".*/\1/p' "$log" | sort -u)
for name in "${must_run[@]}"; do
    [[ " ${ran[*]} " == *" $name "* ]] || die "the sanity test $name did not run"
done
for version in "${found[@]}"; do
    grep -q "^Running sanity test \"import\" on Python $version\$" "$log" || die "nothing was imported on Python $version"
done

# The canary: a type that does not exist in one module's documentation must be found.
modules=(plugins/modules/*.py)
sed -i '0,/^    type: .*/s//    type: canary/' "${modules[0]}"
printf 'Canary: %s documents an option of type canary\n' "${modules[0]}"
if sanity --test validate-modules "${modules[0]}" >"$work/canary"; then
    die "validate-modules found nothing wrong with the canary in ${modules[0]}"
fi
grep -q canary "$work/canary" || die "validate-modules failed, but not because of the canary: $(<"$work/canary")"
printf '%d sanity tests passed, modules on Python %s too, and the canary was found\n' "${#ran[@]}" "${found[*]:-(no other)}"
