#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debian-source.sh PACKAGE [VERSION]: downloads the files of a source package,
# the newest when no version is given, into the present folder. apt runs on lists of its own, made in a folder apt
# here, for the machine's need not name any sources; nothing is installed.
set -euo pipefail
mirror=$(dirname "$(readlink -f "$0")")/debian-mirror.sh

mkdir -p apt/lists/partial apt/cache/archives/partial apt/parts
for suite in bookworm bookworm-updates bookworm-security; do
	uri=$("$mirror" "$suite" 2>/dev/null) || continue
	printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n\n' \
		"$uri" "$suite" /usr/share/keyrings/debian-archive-keyring.gpg >>apt/parts/debian.sources
done
options=(-o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$PWD/apt/parts"
	-o "Dir::State::lists=$PWD/apt/lists" -o "Dir::Cache=$PWD/apt/cache" -o "APT::Sandbox::User=$(id -un)")
apt-get "${options[@]}" update
apt-get "${options[@]}" source --download-only "$1${2:+=$2}"
