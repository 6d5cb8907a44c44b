#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The release of today's version and the one after it, on a copy: changelog, tag, artefact, installation where there is
# nothing else, hosts that the first sets up and the second finds as they should be, and the way back.
#
#   tests/tools/release.sh                go through it
#   tests/tools/release.sh --keep         and keep the records of the first, in tests/unit/fixtures/records/VERSION

set -euo pipefail
# shellcheck source=tests/tools/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
need ansible-galaxy antsibull-changelog git

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source=$work/ansible_collections/linuxvirtualserver/lvs # where antsibull-changelog finds what is new
copy_tree "$source"
as_released=(-c user.name=release -c user.email=release@localhost -c init.defaultBranch=main
    -c advice.detachedHead=false)
git -C "$source" "${as_released[@]}" init --quiet
version=$(sed -n 's/^version: //p' galaxy.yml)
next=${version%.*}.$((${version##*.} + 1))

release() { # VERSION
    (cd "$source" && antsibull-changelog release --version "$1" && antsibull-changelog lint)
    grep -qF "## v${1//./\\.}" "$source/CHANGELOG.md" || die "CHANGELOG.md does not have $1"
    if compgen -G "$source/changelogs/fragments/*.yml" >/dev/null; then
        die "the release of $1 left fragments behind"
    fi
    git -C "$source" add .
    git -C "$source" "${as_released[@]}" commit --quiet --message "Release $1"
    git -C "$source" tag "$1"
    git "${as_released[@]}" clone --quiet --branch "$1" "$source" "$work/$1"
    "$work/$1/tests/tools/build.sh" "$work"
    [[ -f $work/linuxvirtualserver-lvs-$1.tar.gz ]] || die "the artefact of $1 has another name"
}

release "$version"
sed -i "s/^version: .*/version: $next/" "$source/galaxy.yml"
printf -- '---\nrelease_summary: Rehearsed.\nbugfixes:\n  - ipvs_table - rehearsed.\n' \
    >"$source/changelogs/fragments/$next.yml"
release "$next"

# A machine with nothing but what a controller needs, and nothing of the checkout.
user=$(cached_venv "$(type -P python3)" requirements.txt)/bin
mkdir "$work/home" "$work/elsewhere"
cd "$work/elsewhere"
as_user() { # COMMAND...
    env -i HOME="$work/home" PATH="$user:/usr/bin:/bin:/usr/sbin" LANG=C.UTF-8 LVS_LAB_STATE="$LVS_LAB_STATE" \
        XDG_CACHE_HOME="${XDG_CACHE_HOME:-$HOME/.cache}" "$@"
}
installed() { # VERSION
    as_user ansible-galaxy collection install --upgrade "$work/linuxvirtualserver-lvs-$1.tar.gz"
    as_user ansible-galaxy collection list linuxvirtualserver.lvs >"$work/said"
    grep -qE "lvs +${1//./\\.} *\$" "$work/said" || die "$1 is not what is installed"
}
play() { # PLAYBOOK WORD...
    as_user ansible-playbook -i lvs-inventory -i "$root/bin/lab-inventory" "linuxvirtualserver.lvs.$1" "${@:2}" |
        tee "$work/said"
}
unchanged() {
    if grep -qE 'changed=[1-9]' "$work/said"; then
        die "$1"
    fi
}

export LVS_LAB_STATE=$work/lab
trap '"$root/bin/lab" down; rm -rf "$work"' EXIT
"$root/bin/lab" up dr
installed "$version"
as_user ansible-playbook linuxvirtualserver.lvs.init
play site
play site
unchanged "a second run of $version changes something"
if [[ ${1-} == --keep ]]; then
    for host in director realserver1; do
        kept=$root/tests/unit/fixtures/records/$version/$host
        rm -rf "$kept"
        mkdir -p "$kept"
        "$root/bin/lab" ssh "$host" tar --create --directory / var/lib/lvs etc/lvs | tar --extract --directory "$kept"
    done
fi
installed "$next"
play preflight
play site
unchanged "$next changes what $version has set up"
play verify -e verify_test_service=true
play teardown -e lvs_teardown=true
play teardown -e lvs_teardown=true
unchanged "$next leaves something of $version behind"
printf 'Released %s, and %s after it\n' "$version" "$next"
