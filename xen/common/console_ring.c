/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ring of messages that `xl dmesg` reads. Positions are free-running
 * counters, reduced to the ring's size when used. Console lock.
 */
#include <common/console.h>
#include <common/console_ring.h>
#include <lib/minmax.h>

#define RING_BYTES	(128u << 10)	/* a power of two */

static char ring[RING_BYTES];
static u32 ring_head, ring_tail;	/* oldest kept byte; next byte */

void (*console_ring_notify)(void);

void console_ring_put(const char *s, size_t bytes)
{
	while (bytes--)
		ring[ring_tail++ & (RING_BYTES - 1)] = *s++;
	if (ring_tail - ring_head > RING_BYTES)
		ring_head = ring_tail - RING_BYTES;
}

u32 console_ring_get(char *buf, u32 bytes, u32 *index, bool clear, bool incremental)
{
	u32 from = ring_head, n;

	/* An index that the ring has since overrun starts at the oldest byte. */
	if (incremental && ring_tail - *index <= ring_tail - ring_head)
		from = *index;
	n = min(bytes, ring_tail - from);
	for (u32 i = 0; i < n; i++)
		buf[i] = ring[(from + i) & (RING_BYTES - 1)];
	*index = from + n;
	if (clear)
		ring_head = ring_tail;
	return n;
}
