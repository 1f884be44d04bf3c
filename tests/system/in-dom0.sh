# SPDX-License-Identifier: GPL-2.0-only
#
# Shell functions for the tests, sourced in dom0's shell on the second serial
# port, so that the commands sent over the port stay short.

# await FILE PATTERN SECONDS: wait for a line in a file that is being written, a
# little longer than said, but never as long as the test waits for the answer.
await() {
	local end=$((SECONDS + $3 * 5 / 4))
	while ((SECONDS <= end)); do
		grep -aqE -- "$2" "$1" 2>/dev/null && return 0
		sleep 0.2
	done
	echo "not seen in $1: $2"
	grep -av tick "$1" | tail -n 15
	return 1
}

# guest NAME KEY=VALUE...: write /root/NAME.cfg, with the defaults of a small
# stock Linux guest. disk=1 attaches a fresh copy of the guest disk through a
# loop device, vif=1 a card on the bridge; other keys go in as they are.
guest() {
	local name=$1 disk=0 vif=0 extra="" line
	shift
	{
		echo "name = \"$name\""
		echo "kernel = \"/mnt/job/vmlinuz\""
		echo "ramdisk = \"/mnt/job/guest.gz\""
		echo "memory = 128"
		for line in "$@"; do
			case $line in
			disk=1) disk=1 ;;
			vif=1) vif=1 ;;
			extra=*) extra=${line#extra=} ;;
			*) echo "$line" ;;
			esac
		done
		[ $vif = 0 ] || echo 'vif = ["mac=00:16:3e:00:00:02,bridge=xenbr0"]'
		echo "extra = \"console=hvc0 quiet addr=192.168.77.2 $extra\""
		if [ $disk = 1 ]; then
			[ -e /root/$name.img ] || cp --sparse=always /mnt/job/guest.img /root/$name.img
			[ -e /root/$name.loop ] || losetup -f --show /root/$name.img >/root/$name.loop
			echo "disk = [\"phy:$(cat /root/$name.loop),xvda,w\"]"
		fi
	} >/root/$name.cfg
}

# watch NAME [XL]: connect to a guest's console, on a terminal as a person
# would; output to NAME.console, what is written to file descriptor 5 goes in.
watch() {
	unwatch
	rm -f /root/$1.in /root/$1.console
	mkfifo /root/$1.in
	script -q -f -c "${2:-$XL} console $1" /root/$1.console </root/$1.in >/dev/null 2>&1 &
	watcher=$!
	exec 5>/root/$1.in
}

unwatch() {
	[ -n "$watcher" ] || return 0
	exec 5>&-
	kill $watcher 2>/dev/null
	wait $watcher 2>/dev/null
	watcher=
}

# start NAME [XL]: create the guest of /root/NAME.cfg with its console watched
# from the first line.
start() {
	${2:-xl} create -p /root/$1.cfg && watch "$1" "$2" && ${2:-xl} unpause "$1"
}

# type TEXT: a line into the watched console.
type_in() {
	printf '%s\n' "$1" >&5
}

# forget NAME: release what guest() took.
forget() {
	unwatch
	[ ! -e /root/$1.loop ] || losetup -d "$(cat /root/$1.loop)" || return 1
	rm -f /root/$1.loop /root/$1.img /root/$1.cfg /root/$1.console /root/$1.in
}

# gone NAME SECONDS [XL]: wait until xl knows no such domain.
gone() {
	for ((n = 0; n < $2 * 5; n++)); do
		${3:-xl} list "$1" >/dev/null 2>&1 || return 0
		sleep 0.2
	done
	${3:-xl} list
	return 1
}

# receive PORT FILE: take one TCP connection in the background, until the other
# side ends it ($receiver is the process). Its input stays open but silent:
# nc would tell the sender of an end, and the sender would stop.
receive() {
	[ -p /tmp/silence ] || mkfifo /tmp/silence
	exec 6<>/tmp/silence
	busybox nc -l -p "$1" <&6 >"$2" &
	receiver=$!
}
