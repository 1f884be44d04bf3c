#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# debian-mirror.sh SUITE: prints where this machine's apt gets the component
# main of that suite from, as a URI, which is where ours are fetched from too.
uri=$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' "Created-By: Packages" |
	awk -v suite="$1" '$1 == suite && $2 == "main" { print $3; exit }')
[ -n "$uri" ] || { echo "apt on this machine knows no suite $1" >&2; exit 1; }
echo "${uri%/}"
