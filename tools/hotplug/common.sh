# SPDX-License-Identifier: GPL-2.0-only
#
# What the hotplug scripts share. They are called by the toolstack with the
# back end's directory in XENBUS_PATH and the device's kind in XENBUS_TYPE, and
# answer through hotplug-status there. POSIX sh, for dom0s that have only that.

PATH=/usr/lib/xen/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
export PATH

store_get() {
	xenstore-read "$XENBUS_PATH/$1" 2>/dev/null
}

store_put() {
	xenstore-write "$XENBUS_PATH/$1" "$2"
}

# Says why the device cannot be had, and stops.
fatal() {
	echo "${0##*/}: $*" >&2
	xenstore-write "$XENBUS_PATH/hotplug-error" "$*" \
		"$XENBUS_PATH/hotplug-status" error 2>/dev/null
	exit 1
}

[ -n "${XENBUS_PATH:-}" ] || {
	echo "${0##*/}: XENBUS_PATH is not set: this is run by xl" >&2
	exit 2
}

# One script of a kind at a time: mkdir is the one lock every shell has.
lock_dir=/run/xen-hotplug
lock_take() {
	mkdir -p "$lock_dir"
	lock=$lock_dir/$1
	tries=0
	until mkdir "$lock" 2>/dev/null; do
		holder=$(cat "$lock/pid" 2>/dev/null)
		# A holder that is gone left it behind.
		if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then
			rm -rf "$lock"
			continue
		fi
		tries=$((tries + 1))
		[ "$tries" -lt 300 ] || fatal "the lock $lock is held for too long"
		sleep 0.1
	done
	echo $$ > "$lock/pid"
	trap 'rm -rf "$lock"' EXIT
}
