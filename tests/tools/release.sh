#!/usr/bin/env bash
# Copyright: (c) 2026, linuxvirtualserver.lvs contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The release of today's version and the one after it, on a copy: changelog, tag, artefact from a clone of the tag,
# installation where there is nothing but what a controller needs, and the upgrade, also of hosts that are set up.

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
    env -i HOME="$work/home" PATH="$user:/usr/bin:/bin:/usr/sbin" LANG=C.UTF-8 "$@"
}
installed() { # VERSION
    as_user ansible-galaxy collection install --upgrade "$work/linuxvirtualserver-lvs-$1.tar.gz"
    as_user ansible-galaxy collection list linuxvirtualserver.lvs >"$work/said"
    grep -qE "lvs +${1//./\\.} *\$" "$work/said" || die "$1 is not what is installed"
}

installed "$version"
as_user ansible-playbook linuxvirtualserver.lvs.init
for each in "$version" "$next"; do
    installed "$each"
    as_user ansible-playbook -i lvs-inventory linuxvirtualserver.lvs.topology | tee "$work/said"
    grep -qF '+--dr-->  realserver1' "$work/said" || die "$each does not draw the LVS that init wrote"
done

# Hosts that were set up before: by this release, and by the code that wrote the oldest records which we promise to read.
oldest=9a9f0690cceef8eecd0217f632dbc3a0f37de705
mkdir -p "$work/oldest/source"
git -C "$root" archive "$oldest" | tar --extract --directory="$work/oldest/source"
ansible-galaxy collection build "$work/oldest/source" --output-path "$work/oldest"
cd "$root"
python3 -m pytest -q -v tests/upgrade --former "$work/linuxvirtualserver-lvs-$version.tar.gz" \
    --former "$work/oldest/linuxvirtualserver-lvs-1.0.0.tar.gz" --next "$work/linuxvirtualserver-lvs-$next.tar.gz"
printf 'Released %s, and %s after it\n' "$version" "$next"
