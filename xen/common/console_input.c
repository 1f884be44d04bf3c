/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys from the serial console: to dom0, or to the hypervisor's key handlers.
 * One producer (the poll timer's CPU) and, under input_lock, one consumer.
 */
#include <arch/time.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/keyhandler.h>
#include <common/spinlock.h>
#include <common/timer.h>
#include <drivers/serial.h>
#include <lib/string.h>

#define INPUT_BYTES	256u		/* a power of two */
#define SWITCH_PRESSES	3
#define POLL_PERIOD	MILLISECS(20)

/* conswitch=CHAR[x]: the control character that switches; x: stay with the hypervisor. */
static char conswitch_option[4] = "a";
option_string("conswitch", conswitch_option);

static DEFINE_SPINLOCK(input_lock);
static char input[INPUT_BYTES];
static u32 input_head, input_tail;
static bool to_dom0;
static struct timer poll_timer;

void (*console_input_notify)(void);

static char switch_code(void)
{
	return isalpha(conswitch_option[0]) ? tolower(conswitch_option[0]) - 'a' + 1 : 0;
}

static void switch_input(bool dom0)
{
	to_dom0 = dom0;
	if (switch_code())
		printk("*** Serial input to %s (type 'CTRL-%c' three times to switch input)\n",
		       dom0 ? "DOM0" : "Xen", tolower(conswitch_option[0]));
}

void console_input_to_dom0(void)
{
	if (conswitch_option[0] && conswitch_option[1] == 'x')
		return;
	switch_input(true);
}

static void store_for_dom0(char c)
{
	unsigned long flags;
	bool stored;

	spin_lock_irqsave(&input_lock, flags);
	stored = input_tail - input_head < INPUT_BYTES;
	if (stored)
		input[input_tail++ & (INPUT_BYTES - 1)] = c;
	spin_unlock_irqrestore(&input_lock, flags);
	if (stored && console_input_notify)
		console_input_notify();
}

void console_rx_char(char c)
{
	static unsigned int presses;

	if (switch_code() && c == switch_code()) {
		if (++presses == SWITCH_PRESSES) {
			presses = 0;
			switch_input(!to_dom0);
			return;
		}
	} else {
		presses = 0;
	}
	if (to_dom0)
		store_for_dom0(c);
	else
		handle_keypress(c, NULL);
}

u32 console_read_input(char *buf, u32 max)
{
	unsigned long flags;
	u32 n = 0;

	spin_lock_irqsave(&input_lock, flags);
	while (n < max && input_head != input_tail)
		buf[n++] = input[input_head++ & (INPUT_BYTES - 1)];
	spin_unlock_irqrestore(&input_lock, flags);
	return n;
}

static void poll(void *unused)
{
	(void)unused;
	for (unsigned int port = 0; port < 2; port++) {
		int c;

		/* At most a FIFO's worth: a stuck line must not hold the CPU. */
		for (int i = 0; i < 16 && (c = serial_getc(port)) >= 0; i++)
			console_rx_char(c);
	}
	timer_set(&poll_timer, NOW() + POLL_PERIOD);
}

void __init console_init_late(void)
{
	if (!serial_io_base(0) && !serial_io_base(1))
		return;
	timer_init(&poll_timer, poll, NULL, 0);
	timer_set(&poll_timer, NOW() + POLL_PERIOD);
}
