// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/lib/string.c
// CFLAGS: -Ixen/include -Iinclude -Ixen -D__XEN__ -fno-strict-aliasing -ffreestanding -fno-builtin
/* Serial output: what the line has no room for waits, in order, and a line that stands still holds nobody for long. */
#define XEN_ARCH_IO_H
#include <lib/types.h>

static u8 inb(u16 port);
static void outb(u8 v, u16 port);
#include <common/cmdline.h>
#undef option_custom
#define option_custom(name, fn) static int (*const unused_##fn)(const char *) __attribute__((unused)) = fn
#include <drivers/serial.c>

#include "check.h"

/* A transmitter with a FIFO of 16 that sends when told to: bytes leave one by one. */
static char sent[1 << 20];
static unsigned int nr_sent, in_fifo, polls_until_sent, polls, overruns, scratch;
static bool stands;

static void line_sends(void) { in_fifo = 0; }

static u8 inb(u16 port)
{
	switch (port - 0x3f8) {
	case UART_SCR:
		return scratch;
	case UART_LSR:
		polls++;
		if (!stands && polls_until_sent && polls % polls_until_sent == 0)
			line_sends();
		return in_fifo ? 0 : LSR_THR_EMPTY;
	default:
		return 0;
	}
}

static void outb(u8 v, u16 port)
{
	if (port - 0x3f8 == UART_SCR)
		scratch = v;
	if (port - 0x3f8 != UART_RBR || (uarts[0].lcr & LCR_DLAB))
		return;
	if (in_fifo == FIFO_DEPTH) {
		overruns++;
		return;
	}
	in_fifo++;
	sent[nr_sent++] = v;
}

static void put(unsigned int from, unsigned int n)
{
	for (unsigned int i = from; i < from + n; i++)
		serial_putc(0, i % 251);
}

static bool in_order(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if ((u8)sent[i] != i % 251)
			return false;
	return nr_sent == n;
}

int main(void)
{
	CHECK(serial_open(0));
	nr_sent = in_fifo = 0;

	/* Before timers work each byte is on its way when serial_putc returns. */
	polls_until_sent = 50;
	put(0, 100);
	CHECK(in_order(100));
	CHECK(polls > 200 && !overruns);

	/* Then nobody waits: a FIFO's worth goes out with each push, the rest stays, in order. */
	serial_set_synchronous(false);
	polls_until_sent = polls = 0;
	line_sends();
	put(100, 1000);
	CHECK(nr_sent == 100 && polls == 0);
	for (unsigned int i = 1; i < 1000 / FIFO_DEPTH + 1; i++) {
		CHECK(serial_push(0));
		CHECK(nr_sent <= 100 + i * FIFO_DEPTH && nr_sent >= 100 + (i - 1) * FIFO_DEPTH);
		CHECK(serial_push(0));		/* the line is busy */
		line_sends();
	}
	line_sends();
	CHECK(!serial_push(0));
	CHECK(in_order(1100) && !overruns);

	/* A full ring waits for the line, as long as that moves. */
	polls_until_sent = 100;
	put(1100, 3 * RING_BYTES);
	CHECK(nr_sent >= 1100 + 2 * RING_BYTES && nr_sent < 1100 + 3 * RING_BYTES);
	serial_set_synchronous(true);
	CHECK(in_order(1100 + 3 * RING_BYTES) && !overruns);

	/* One that stands still costs its patience once, then a look for each byte; and it may come back. */
	stands = true;
	polls = 0;
	put(0, 1000);
	CHECK(polls < ROOM_SPINS + 3000);
	serial_set_synchronous(false);
	put(0, 2 * RING_BYTES);
	CHECK(polls < 2 * ROOM_SPINS + 6 * RING_BYTES);
	serial_set_synchronous(true);
	CHECK(polls < 3 * ROOM_SPINS + 8 * RING_BYTES);
	stands = false;
	line_sends();
	nr_sent = 0;
	put(0, 300);
	CHECK(in_order(300) && !overruns);

	printf(failures ? "FAIL serial\n" : "ok serial\n");
	return failures != 0;
}
