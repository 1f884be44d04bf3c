#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debian-disk32.sh FOLDER: makes FOLDER/disk.img, one ext4 file system without
# a partition table that holds a plain 32-bit Debian 12 with systemd and no
# kernel: a root for kernels of ours. Called by assets.py, as root; needs a
# Debian mirror.
set -euo pipefail
out=$1
root=$out/root
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

debootstrap --arch=i386 --variant=minbase \
	--include=systemd-sysv,udev,kmod,procps,iproute2,iputils-ping,busybox-static \
	bookworm "$root" "$("$(dirname "$(readlink -f "$0")")/../../guests/minios/debian/mirror" bookworm)"
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*

echo debian32 >"$root/etc/hostname"
printf '127.0.0.1 localhost debian32\n' >"$root/etc/hosts"
: >"$root/etc/fstab"
sed -i 's/^root:[^:]*:/root::/' "$root/etc/shadow"

# The tests' own way in: a shell on the terminal that the kernel's command line
# names by systemd.wants=test-shell@TTY.service, one command a line.
cat >"$root/usr/local/sbin/test-shell" <<'F'
#!/bin/bash
stty -echo -onlcr
cd /root
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
echo "@ready"
while IFS= read -r line; do eval "$line"; done
F
chmod +x "$root/usr/local/sbin/test-shell"
cat >"$root/etc/systemd/system/test-shell@.service" <<'F'
[Unit]
Description=Shell on %I
After=systemd-user-sessions.service
Conflicts=serial-getty@%i.service
[Service]
ExecStart=/usr/local/sbin/test-shell
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/%I
Restart=always
TimeoutStopSec=3
F
rm -f "$root"/etc/systemd/system/timers.target.wants/* "$root"/etc/systemd/system/*.wants/e2scrub_reap.service

truncate -s 1200M "$out/disk.img"
mke2fs -q -t ext4 -L debian32 -d "$root" "$out/disk.img"
rm -rf "$root"
