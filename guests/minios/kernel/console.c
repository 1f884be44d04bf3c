// SPDX-License-Identifier: MIT
/*
 * The console. A domU has a ring that it shares with xenconsoled in dom0. dom0, and
 * every kernel before it has found its ring, has the console_io hypercall.
 */
#include <minios/hypercall.h>
#include <minios/event.h>
#include <minios/kernel.h>
#include <minios/mm.h>
#include <minios/thread.h>
#include <xen/io/console.h>

static volatile struct xencons_interface *ring;
static struct waiters activity;

/* Input has come, or output has gone. */
static void console_event(void *unused)
{
	(void)unused;
	thread_wake(&activity);
}

void console_init(void)
{
	if (start_info->flags & SIF_INITDOMAIN) {
		event_bind_virq(VIRQ_CONSOLE, console_event, NULL);
		return;
	}
	ring = mfn_to_virt(start_info->console.domU.mfn);
	event_bind(start_info->console.domU.evtchn, console_event, NULL);
}

/* Bytes that fit. Both indices run freely; the difference is what is in between. */
static size_t output_room(void)
{
	return sizeof(ring->out) - (ring->out_prod - ring->out_cons);
}

static void publish(XENCONS_RING_IDX produced)
{
	xen_wmb();		/* the bytes before the index that covers them */
	ring->out_prod = produced;
	event_send(start_info->console.domU.evtchn);
}

/*
 * A thread waits for room. Whoever has events masked, such as a handler or a dying
 * kernel, cannot: what does not fit is dropped.
 */
void console_write(const char *text, size_t length)
{
	XENCONS_RING_IDX produced;
	bool masked;

	if (!ring) {
		hypercall_console_io(CONSOLEIO_write, length, (void *)text);
		return;
	}
	masked = events_save();
	produced = ring->out_prod;
	while (length) {
		if (output_room() - (produced - ring->out_prod) < 2) {
			publish(produced);
			if (masked)
				break;
			while (output_room() < 2)
				thread_wait(&activity, NEVER);
			produced = ring->out_prod;
		}
		if (*text == '\n')
			ring->out[MASK_XENCONS_IDX(produced++, ring->out)] = '\r';
		ring->out[MASK_XENCONS_IDX(produced++, ring->out)] = *text++;
		length--;
	}
	publish(produced);
	events_restore(masked);
}

static size_t input(char *text, size_t room)
{
	XENCONS_RING_IDX consumed, produced;
	size_t length = 0;
	long got;

	if (!ring) {
		got = hypercall_console_io(CONSOLEIO_read, room, text);
		return got > 0 ? got : 0;
	}
	consumed = ring->in_cons;
	produced = ring->in_prod;
	xen_rmb();		/* the index before the bytes that it covers */
	while (length < room && consumed != produced)
		text[length++] = ring->in[MASK_XENCONS_IDX(consumed++, ring->in)];
	xen_mb();		/* the bytes are out before their room is given back */
	ring->in_cons = consumed;
	if (length)
		event_send(start_info->console.domU.evtchn);
	return length;
}

/* Waits for at least one byte. */
size_t console_read(char *text, size_t room)
{
	size_t length;

	wait_event(&activity, (length = input(text, room)) > 0);
	return length;
}
