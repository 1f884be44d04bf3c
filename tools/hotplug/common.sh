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

# One script of a kind at a time. A symbolic link is the one lock that every
# shell has and that names its holder from the first moment.
lock_dir=/run/xen-hotplug
lock_take() {
	mkdir -p "$lock_dir"
	lock=$lock_dir/$1.lock
	tries=0
	until ln -sn $$ "$lock" 2>/dev/null; do
		holder=$(readlink "$lock")
		# A holder that was killed left it behind. One at a time takes it
		# away, and looks again first: it may be another's by now.
		if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null && ln -sn $$ "$lock.dead" 2>/dev/null; then
			[ "$(readlink "$lock")" != "$holder" ] || rm -f "$lock"
			rm -f "$lock.dead"
			continue
		fi
		tries=$((tries + 1))
		# Killed in the midst of that, it would keep all others from it for good.
		if [ "$tries" = 200 ] && holder=$(readlink "$lock.dead") && ! kill -0 "$holder" 2>/dev/null; then
			rm -f "$lock.dead"
		fi
		[ "$tries" -lt 300 ] || fatal "the lock $lock is held for too long"
		sleep 0.1
	done
	trap 'rm -f "$lock"' EXIT
}
