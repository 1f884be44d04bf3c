// SPDX-License-Identifier: GPL-2.0-only
/*
 * Range sets: a sorted array of disjoint ranges that never touch, searched by
 * bisection. Questions are asked on hot paths (an I/O port access, a mapping
 * of device memory) and changes are rare, so a plain array that is moved by
 * memmove serves better than a tree. The set's own lock guards it.
 */
#include <common/frame.h>
#include <common/rangeset.h>
#include <common/spinlock.h>
#include <lib/compiler.h>
#include <lib/errno.h>
#include <lib/minmax.h>
#include <lib/string.h>

struct range {
	unsigned long first, last;
};

struct rangeset {
	rwlock_t lock;
	u32 used, room;		/* ranges held, ranges the array can hold */
	struct range *range;
};

#define RANGESET_FIRST_ROOM	8u
#define RANGESET_MAX_ROOM	65536u	/* of any set, so that one allocation serves */

struct rangeset *rangeset_new(void)
{
	struct rangeset *r = xzalloc(struct rangeset);

	if (!r)
		return NULL;
	rwlock_init(&r->lock);
	return r;
}

void rangeset_destroy(struct rangeset *r)
{
	if (!r)
		return;
	xfree(r->range);
	xfree(r);
}

/* Index of the first range that ends at or above n; r->used when there is none. */
static u32 first_ending_at(const struct rangeset *r, unsigned long n)
{
	u32 low = 0, high = r->used;

	while (low < high) {
		u32 mid = low + (high - low) / 2;

		if (r->range[mid].last < n)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Make room for one more range. */
static int grow(struct rangeset *r)
{
	struct range *bigger;
	u32 room;

	if (r->used < r->room)
		return 0;
	room = r->room ? r->room * 2 : RANGESET_FIRST_ROOM;
	if (room > RANGESET_MAX_ROOM)
		return -ENOSPC;
	bigger = xzalloc_array(struct range, room);
	if (!bigger)
		return -ENOMEM;
	if (r->used)
		memcpy(bigger, r->range, r->used * sizeof(*bigger));
	xfree(r->range);
	r->range = bigger;
	r->room = room;
	return 0;
}

/* Replace count ranges from index at on by the n (0, 1 or 2) ranges in with; room is there. */
static void splice(struct rangeset *r, u32 at, u32 count, const struct range *with, u32 n)
{
	u32 tail = r->used - at - count;

	if (tail && n != count)
		memmove(&r->range[at + n], &r->range[at + count], tail * sizeof(*with));
	for (u32 i = 0; i < n; i++)
		r->range[at + i] = with[i];
	r->used += n - count;
}

int rangeset_add_range(struct rangeset *r, unsigned long first, unsigned long last)
{
	struct range merged = { first, last };
	u32 at, end;
	int rc = 0;

	if (last < first)
		return -EINVAL;

	write_lock(&r->lock);
	/* Everything that overlaps or touches the new range becomes part of it. */
	at = first_ending_at(r, first ? first - 1 : 0);
	for (end = at; end < r->used; end++) {
		if (last != ~0ul && r->range[end].first > last + 1)
			break;
		merged.first = min(merged.first, r->range[end].first);
		merged.last = max(merged.last, r->range[end].last);
	}
	if (end == at)
		rc = grow(r);
	if (!rc)
		splice(r, at, end - at, &merged, 1);
	write_unlock(&r->lock);
	return rc;
}

int rangeset_remove_range(struct rangeset *r, unsigned long first, unsigned long last)
{
	struct range rest[2];
	u32 at, end, n = 0;
	int rc = 0;

	if (last < first)
		return -EINVAL;

	write_lock(&r->lock);
	at = first_ending_at(r, first);
	for (end = at; end < r->used && r->range[end].first <= last; end++)
		;
	if (end > at) {
		/* What sticks out on either side stays. */
		if (r->range[at].first < first)
			rest[n++] = (struct range){ r->range[at].first, first - 1 };
		if (r->range[end - 1].last > last)
			rest[n++] = (struct range){ last + 1, r->range[end - 1].last };
		if (n > end - at)
			rc = grow(r);
		if (!rc)
			splice(r, at, end - at, rest, n);
	}
	write_unlock(&r->lock);
	return rc;
}

bool rangeset_contains_range(struct rangeset *r, unsigned long first, unsigned long last)
{
	bool found;
	u32 at;

	if (!r || last < first)
		return false;
	read_lock(&r->lock);
	at = first_ending_at(r, first);
	found = at < r->used && r->range[at].first <= first && r->range[at].last >= last;
	read_unlock(&r->lock);
	return found;
}

bool rangeset_is_empty(struct rangeset *r)
{
	return !r || READ_ONCE(r->used) == 0;
}
