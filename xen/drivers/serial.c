/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * 16550-compatible serial ports, polled. com1= and com2= take
 * BAUD[/CLOCK][,DPS[,PORT[,IRQ]]]: "115200,8n1", "auto" keeps the rate that the
 * firmware set. Output is guarded by the console lock; input by its single
 * reader, the console's poll timer. What the transmitter has no room for waits
 * in a ring; only when that is full, or the port is made synchronous, does the
 * writer wait for the line.
 */
#include <arch/io.h>
#include <arch/barrier.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <drivers/serial.h>
#include <lib/errno.h>
#include <lib/string.h>

#define UART_RBR	0	/* receive, transmit */
#define UART_IER	1
#define UART_FCR	2
#define UART_LCR	3
#define UART_MCR	4
#define UART_LSR	5
#define UART_SCR	7
#define UART_DLL	0
#define UART_DLM	1
#define  LCR_DLAB	0x80
#define  LSR_DATA	0x01
#define  LSR_THR_EMPTY	0x20
#define  FCR_ENABLE_CLEAR 0x07
#define  MCR_DTR_RTS	0x03
#define UART_CLOCK	1843200
#define FIFO_DEPTH	16
#define ROOM_SPINS	200000	/* polls before a port counts as stuck */
#define RING_BYTES	16384u	/* a power of two */

struct uart {
	u16 base;
	u8 irq;
	u32 baud;		/* 0: leave as it is */
	u32 clock;
	u8 lcr;
	bool configured, present, stuck;
	u8 room;		/* bytes that fit the transmit FIFO for certain */
	u32 head, tail;		/* what waits: head is sent next */
	char *ring;
};

static char rings[2][RING_BYTES];

static struct uart uarts[2] = {
	{ .base = 0x3f8, .irq = 4, .lcr = 0x03, .clock = UART_CLOCK, .ring = rings[0] },
	{ .base = 0x2f8, .irq = 3, .lcr = 0x03, .clock = UART_CLOCK, .ring = rings[1] },
};

static bool synchronous = true;		/* until somebody calls serial_push regularly */

static u8 reg_read(const struct uart *u, unsigned int reg)
{
	return inb(u->base + reg);
}

static void reg_write(const struct uart *u, unsigned int reg, u8 v)
{
	outb(v, u->base + reg);
}

/* "8n1": data bits, parity, stop bits. */
static int __init parse_frame(struct uart *u, const char **s)
{
	const char *p = *s;
	u8 lcr;

	if (*p < '5' || *p > '8')
		return -EINVAL;
	lcr = *p++ - '5';
	switch (tolower(*p++)) {
	case 'n': break;
	case 'o': lcr |= 0x08; break;
	case 'e': lcr |= 0x18; break;
	case 'm': lcr |= 0x28; break;
	case 's': lcr |= 0x38; break;
	default: return -EINVAL;
	}
	if (*p == '2')
		lcr |= 0x04;
	else if (*p != '1')
		return -EINVAL;
	u->lcr = lcr;
	*s = p + 1;
	return 0;
}

static int __init parse_port(struct uart *u, const char *s)
{
	u->configured = true;
	if (!s || !*s)
		return 0;
	if (!strncmp(s, "auto", 4)) {
		u->baud = 0;
		s += 4;
	} else if (isdigit(*s)) {
		u->baud = strtoul(s, &s, 10);
	}
	if (*s == '/')
		u->clock = strtoul(s + 1, &s, 0) << 4;
	if (*s == ',') {
		s++;
		if (*s != ',' && parse_frame(u, &s))
			return -EINVAL;
	}
	if (*s == ',') {
		s++;
		if (*s != ',') {
			u64 base = strtou64(s, &s, 0);

			if (base < 0x100 || base > 0xfff8)
				return -EINVAL;
			u->base = base;
		}
	}
	if (*s == ',')
		u->irq = strtoul(s + 1, &s, 0);
	return *s && *s != ',' ? -EINVAL : 0;
}

static int __init parse_com1(const char *s) { return parse_port(&uarts[0], s); }
static int __init parse_com2(const char *s) { return parse_port(&uarts[1], s); }
option_custom("com1", parse_com1);
option_custom("com2", parse_com2);

static bool __init uart_answers(const struct uart *u)
{
	reg_write(u, UART_SCR, 0x5a);
	if (reg_read(u, UART_SCR) != 0x5a)
		return false;
	reg_write(u, UART_SCR, 0xa5);
	return reg_read(u, UART_SCR) == 0xa5;
}

void __init serial_init(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(uarts); i++) {
		struct uart *u = &uarts[i];

		if (!u->configured)
			continue;
		if (!uart_answers(u))
			continue;
		reg_write(u, UART_IER, 0);
		if (u->baud) {
			u32 divisor = u->clock / (16 * u->baud);

			if (!divisor)
				divisor = 1;
			reg_write(u, UART_LCR, u->lcr | LCR_DLAB);
			reg_write(u, UART_DLL, divisor);
			reg_write(u, UART_DLM, divisor >> 8);
		}
		reg_write(u, UART_LCR, u->lcr);
		reg_write(u, UART_MCR, MCR_DTR_RTS);
		reg_write(u, UART_FCR, FCR_ENABLE_CLEAR);
		u->present = true;
	}
}

bool serial_open(unsigned int port)
{
	struct uart *u = &uarts[port];

	/* "console=com1" alone: take the port as the firmware left it. */
	if (!u->configured) {
		u->configured = true;
		serial_init();
	}
	return u->present;
}

/* Send what is waiting, as much as there is room for. */
static void push(struct uart *u)
{
	while ((s32)(u->tail - u->head) > 0) {
		if (!u->room) {
			if (!(reg_read(u, UART_LSR) & LSR_THR_EMPTY))
				return;
			u->room = FIFO_DEPTH;
			u->stuck = false;
		}
		reg_write(u, UART_RBR, u->ring[u->head++ & (RING_BYTES - 1)]);
		u->room--;
	}
}

/* Wait until no more than so many bytes wait. A line that stands still loses them, and is not waited for again. */
static void wait_for_room(struct uart *u, u32 most)
{
	unsigned int spins = u->stuck ? 1 : ROOM_SPINS;

	for (;;) {
		u32 before = u->head;

		push(u);
		if ((s32)(u->tail - u->head) <= (s32)most)
			return;
		if (u->head != before)
			spins = ROOM_SPINS;
		if (!--spins)
			break;
		cpu_relax();
	}
	u->stuck = true;
	u->head = u->tail - most;
}

void serial_putc(unsigned int port, char c)
{
	struct uart *u = &uarts[port];

	if (!u->present)
		return;
	if (u->tail - u->head == RING_BYTES)
		wait_for_room(u, RING_BYTES - 1);
	u->ring[u->tail++ & (RING_BYTES - 1)] = c;
	if (synchronous)
		wait_for_room(u, 0);
}

bool serial_push(unsigned int port)
{
	struct uart *u = &uarts[port];

	if (u->present)
		push(u);
	return (s32)(u->tail - u->head) > 0;
}

void serial_set_synchronous(bool on)
{
	synchronous = on;
	for (unsigned int port = 0; on && port < ARRAY_SIZE(uarts); port++)
		if (uarts[port].present)
			wait_for_room(&uarts[port], 0);
}

int serial_getc(unsigned int port)
{
	struct uart *u = &uarts[port];

	if (!u->present || !(reg_read(u, UART_LSR) & LSR_DATA))
		return -1;
	return reg_read(u, UART_RBR);
}

u16 serial_io_base(unsigned int port)
{
	return port < ARRAY_SIZE(uarts) && uarts[port].present ? uarts[port].base : 0;
}
