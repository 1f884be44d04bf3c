#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The hotplug scripts' lock: several that find what a killed one left behind
# get it one after the other, and all of them do.

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
common=${0%/*}/../../tools/hotplug/common.sh
rounds=6 waiters=6

# taker DO: take the lock in a process of its own, then do that.
taker() {
	XENBUS_PATH=none sh -c '. "$1"; lock_dir=$2; lock_take test; eval "$3"' taker "$common" "$work" "$1"
}

round=0
while [ "$round" -lt "$rounds" ]; do
	taker 'kill -9 $$' 2>/dev/null
	n=0
	while [ "$n" -lt "$waiters" ]; do
		taker 'mkdir "$lock_dir/inside" || echo "two at once"; sleep 0.01; rmdir "$lock_dir/inside"; echo done' \
			>>"$work/said" 2>&1 &
		n=$((n + 1))
	done
	wait
	round=$((round + 1))
done
[ "$(sort "$work/said" | uniq -c | tr -s ' ')" = " $((rounds * waiters)) done" ] || {
	sort "$work/said" | uniq -c
	exit 1
}
[ "$(ls "$work")" = said ] || {
	echo "left behind: $(ls "$work")"
	exit 1
}
