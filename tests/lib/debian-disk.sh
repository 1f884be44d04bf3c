#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# debian-disk.sh FOLDER RELEASE: makes FOLDER/disk.img, a bootable-to-be disk
# with one ext4 partition that holds a plain Debian 12 with systemd, the stock
# kernel RELEASE and Debian's Xen 4.17 tools, and puts that kernel and its
# initrd beside it. Called by assets.py, as root; needs a Debian mirror.
set -euo pipefail
out=$1 release=$2
root=$out/root
export DEBIAN_FRONTEND=noninteractive LC_ALL=C

mounted=()
cleanup() { for m in "${mounted[@]}"; do umount "$m" || true; done; }
trap cleanup EXIT

# The mirrors that this machine itself uses.
mirror=$(dirname "$(readlink -f "$0")")/../../guests/minios/debian/mirror
main=$("$mirror" bookworm)
security=$("$mirror" bookworm-security)

debootstrap --variant=minbase bookworm "$root" "$main"

# Only while the packages are fetched: how this machine reaches its mirrors.
mkdir -p "$out/keep"
cp -a "$root/etc/apt" "$out/keep/apt"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
rm -f "$root"/etc/apt/apt.conf.d/docker-*
printf 'deb %s bookworm main\ndeb %s bookworm-security main\n' "$main" "$security" >"$root/etc/apt/sources.list"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
mount --bind /proc "$root/proc" && mounted+=("$root/proc")
mkdir -p "$root/etc/initramfs-tools"
chroot "$root" apt-get update
chroot "$root" apt-get install -y --no-install-recommends \
	"linux-image-$release" xen-utils-4.17 xen-utils-common xenstore-utils grub-pc-bin grub-common grub2-common \
	systemd-sysv udev kmod procps ifupdown iproute2 bridge-utils iputils-ping busybox-static gdisk
chroot "$root" apt-get clean
cleanup
mounted=()
rm -rf "$root/etc/apt" "$root/usr/sbin/policy-rc.d" "$root"/var/lib/apt/lists/*
cp -a "$out/keep/apt" "$root/etc/apt"
: >"$root/etc/resolv.conf"

# A machine with one network card on QEMU's user network and a bridge for guests.
echo dom0 >"$root/etc/hostname"
printf '127.0.0.1 localhost dom0\n' >"$root/etc/hosts"
echo 'LABEL=dom0 / ext4 defaults 0 1' >"$root/etc/fstab"
sed -i 's/^root:[^:]*:/root::/' "$root/etc/shadow"
mkdir -p "$root/etc/network" "$root/mnt/job"
cat >"$root/etc/network/interfaces" <<'F'
auto lo
iface lo inet loopback
allow-hotplug eth0
iface eth0 inet static
	address 10.0.2.15/24
	gateway 10.0.2.2
auto xenbr0
iface xenbr0 inet static
	address 192.168.77.1/24
	bridge_ports none
	bridge_fd 0
F

# The tests' own way in: a shell on the second serial port, one command a line.
cat >"$root/usr/local/sbin/com2-shell" <<'F'
#!/bin/bash
stty -echo -onlcr
cd /root
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
echo "@ready"
while IFS= read -r line; do eval "$line"; done
F
chmod +x "$root/usr/local/sbin/com2-shell"
cat >"$root/etc/systemd/system/com2-shell.service" <<'F'
[Unit]
Description=Shell on the second serial port
ConditionPathExists=/dev/ttyS1
[Service]
ExecStart=/usr/local/sbin/com2-shell
StandardInput=tty
StandardOutput=tty
StandardError=tty
TTYPath=/dev/ttyS1
Restart=always
TimeoutStopSec=3
[Install]
WantedBy=multi-user.target
F
ln -s /etc/systemd/system/com2-shell.service "$root/etc/systemd/system/multi-user.target.wants/com2-shell.service"

# Updates and checks by timer have no place in a test.
rm -f "$root"/etc/systemd/system/timers.target.wants/* \
	"$root"/etc/systemd/system/*.wants/e2scrub_reap.service

cp "$root/boot/vmlinuz-$release" "$out/vmlinuz"
cp "$root/boot/initrd.img-$release" "$out/initrd"
truncate -s 3G "$out/disk.img"
printf 'label: dos\nstart=1MiB, type=83, bootable\n' | sfdisk -q "$out/disk.img"
mke2fs -q -t ext4 -L dom0 -d "$root" -E offset=$((1 << 20)) "$out/disk.img" $((3 * 1024 - 1))M
rm -rf "$root" "$out/keep"
