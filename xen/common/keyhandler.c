/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug keys. The table is filled while booting and only read afterwards;
 * handlers serialize themselves.
 */
#include <arch/panic.h>
#include <arch/smp.h>
#include <common/console.h>
#include <common/keyhandler.h>
#include <lib/bug.h>
#include <lib/compiler.h>
#include <lib/string.h>

struct handler {
	void (*fn)(unsigned char key);
	void (*irq_fn)(unsigned char key, struct cpu_regs *regs);
	const char *desc;
};
static struct handler handlers[128];

static struct handler *slot(char key)
{
	return &handlers[(unsigned char)key & 127];
}

void register_keyhandler(char key, void (*fn)(unsigned char key), const char *desc)
{
	*slot(key) = (struct handler){ .fn = fn, .desc = desc };
}

void register_irq_keyhandler(char key, void (*fn)(unsigned char key, struct cpu_regs *regs),
			     const char *desc)
{
	*slot(key) = (struct handler){ .irq_fn = fn, .desc = desc };
}

void handle_keypress(unsigned char key, struct cpu_regs *regs)
{
	const struct handler *h = &handlers[key & 127];

	if (key > 127 || !h->desc)
		return;
	console_start_log_everything();
	if (h->irq_fn)
		h->irq_fn(key, regs ? regs : guest_regs());
	else
		h->fn(key);
	console_end_log_everything();
}

static void show_help(unsigned char key)
{
	printk("'%c' pressed -> showing installed handlers\n", key);
	for (unsigned int i = 0; i < ARRAY_SIZE(handlers); i++)
		if (handlers[i].desc)
			printk(" key '%c' (ascii '%02x') => %s\n",
			       isprint((int)i) ? (char)i : ' ', i, handlers[i].desc);
}

static void dump_registers(unsigned char key, struct cpu_regs *regs)
{
	printk("'%c' pressed -> dumping registers\n", key);
	show_execution_state(regs);
}

static void reboot_machine(unsigned char key)
{
	printk("'%c' pressed -> rebooting machine\n", key);
	machine_restart(0);
}

static void crash_host(unsigned char key)
{
	panic("'%c' pressed -> crash requested\n", key);
}

void __init keyhandler_init(void)
{
	register_keyhandler('h', show_help, "show this message");
	register_irq_keyhandler('d', dump_registers, "dump registers");
	register_keyhandler('R', reboot_machine, "reboot machine");
	register_keyhandler('C', crash_host, "crash the host");
}
