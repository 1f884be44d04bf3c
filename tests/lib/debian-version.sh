#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debian-version.sh PACKAGE: prints the version of a package that this machine's
# apt would fetch now. Where apt has no lists, root gets them first.
set -euo pipefail

candidate()
{
	LC_ALL=C apt-cache policy "$1" | awk '/Candidate:/ && $2 != "(none)" { print $2 }'
}

version=$(candidate "$1")
if [ -z "$version" ] && [ "$(id -u)" -eq 0 ]; then
	apt-get update >&2
	version=$(candidate "$1")
fi
[ -n "$version" ] || { echo "apt knows no package $1: run apt-get update as root" >&2; exit 1; }
echo "$version"
