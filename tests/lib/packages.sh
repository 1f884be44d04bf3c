#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# packages.sh GROUP...: installs those Debian packages of the named groups that
# this machine lacks. Says nothing and needs no privilege when all are there.
set -euo pipefail

declare -A group=(
	[build]="gcc make binutils libc6-dev liblzma-dev libzstd-dev zlib1g-dev liblz4-dev python3 xz-utils gzip"
	[minios]="gcc-multilib dpkg-dev patch xz-utils"
	[xenolinux]="dpkg-dev patch flex bison bc cpio kmod xz-utils libelf-dev"
	[image]="grub-common grub-pc-bin grub-efi-amd64-bin xorriso mtools busybox-static cpio xz-utils kmod e2fsprogs dpkg ca-certificates"
	[run]="qemu-system-x86 seabios ipxe-qemu ovmf python3"
	[test]="qemu-utils debootstrap fdisk python3-pytest python3-pytest-xdist libxen-dev gcc-multilib zstd lz4 gzip util-linux universal-ctags curl"
)

missing=()
for g in "$@"; do
	for p in ${group[$g]}; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null || true)
		[ "$state" = installed ] || missing+=("$p")
	done
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "These Debian packages are missing: ${missing[*]}" >&2
	echo "Run this as root once, or install them with: apt-get install --no-install-recommends ${missing[*]}" >&2
	exit 1
fi

export DEBIAN_FRONTEND=noninteractive
echo "installing: ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
	tail -n 20 "$log" >&2
	echo "Debian packages could not be installed: ${missing[*]}" >&2
	exit 1
fi
