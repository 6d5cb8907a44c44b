# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Sourced by the scripts beside it: where things are, the tree as git sees it, environments kept outside the repository.
# shellcheck shell=bash

shopt -s inherit_errexit # what fails in $(...) fails the script

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/lvs-dev
cd "$root" || exit
if [[ -d .venv ]]; then
    PATH=$root/.venv/bin:$PATH
fi

die() {
    printf '%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}

need() { # COMMAND...
    local command
    for command in "$@"; do
        [[ -n $(type -P "$command") ]] || die "$command is not here: pip install -r requirements-dev.txt"
    done
}

# What git has or would add. The symlink to this very tree is left out: a tool that follows it never ends.
tree() { # PATHSPEC...
    git ls-files -z --cached --others --exclude-standard --deduplicate -- "${@:-.}" ':!collections/ansible_collections' |
        while IFS= read -r -d '' file; do
            if [[ -f $file ]]; then # not one that is deleted but not yet committed
                printf '%s\0' "$file"
            fi
        done
}

copy_tree() { # DIRECTORY PATHSPEC...
    mkdir -p "$1"
    tree "${@:2}" | tar --null --files-from=- --create --file=- | tar --extract --file=- --directory="$1"
}

# An environment of its own for tools that cannot share ours, made once for each content of the requirements files.
cached_venv() { # PYTHON REQUIREMENTS -> path
    local key directory
    key=$( (cat requirements*.txt && "$1" -VV && if [[ $2 == docs/* ]]; then cat "$2"; fi) | sha256sum | cut -c1-16)
    directory=$cache/venv-$(basename "$2" .txt)-$key
    mkdir -p "$cache"
    (
        flock 9
        if [[ ! -e $directory/complete ]]; then
            printf 'making %s\n' "$directory" >&2
            rm -rf "$directory"
            "$1" -m venv "$directory"
            "$directory/bin/pip" install -qq --disable-pip-version-check --requirement "$2" >&2
            touch "$directory/complete"
        fi
    ) 9>"$directory.lock"
    printf '%s\n' "$directory"
}

# The same with an ansible-core of that version, or of the branch devel, instead of the oldest.
controller_venv() { # PYTHON VERSION -> path
    local requirements which="== $2"
    [[ $2 != devel ]] || which='@ https://github.com/ansible/ansible/archive/devel.tar.gz '
    requirements=$(mktemp -d)/requirements-core-$2.txt
    sed "s|^ansible-core == [0-9.]*|ansible-core $which|" requirements-oldest.txt >"$requirements"
    cached_venv "$1" "$requirements"
    rm -r "${requirements%/*}"
}

# Tests, with what an environment has. The lab and the repository are the same with all of them.
units() { # ENVIRONMENT TEST...
    "$1/bin/python" -VV
    PYTHONDONTWRITEBYTECODE=1 "$1/bin/python" -m pytest -q -p no:cacheprovider "${@:2}"
}

# A Python of this version that starts; pyenv's are looked for too, because its shims on PATH start only what is chosen.
find_python() { # VERSION -> path, or nothing
    local candidate
    while IFS= read -r candidate; do
        if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then
            printf '%s\n' "$candidate"
            return
        fi
    done < <(
        type -aP "python$1"
        compgen -G "${PYENV_ROOT:-$HOME/.pyenv}/versions/$1.*/bin/python$1"
    )
}

failed=()

# Run one check; say how it went in one line, and everything it said when it went wrong.
check() { # NAME COMMAND...
    local name=$1 started=${EPOCHREALTIME/./} output result=ok tenths
    shift
    if ! output=$("$@" 2>&1); then
        result=FAILED
        failed+=("$name")
    fi
    tenths=$(((${EPOCHREALTIME/./} - started) / 100000))
    printf '%-20s %-6s %3d.%d s\n' "$name" "$result" $((tenths / 10)) $((tenths % 10))
    if [[ $result == FAILED ]]; then
        printf '%s\n' "$output"
    fi
}

# The last line of a script that used `check`.
conclude() {
    ((${#failed[@]} == 0)) || die "failed: ${failed[*]}"
}
