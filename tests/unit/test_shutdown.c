// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/arch/x86/shutdown.c
// CFLAGS: -Itests/unit/shim_cpu -Itests/unit/shim -Ixen/include -Iinclude -D__XEN__ -fno-strict-aliasing -ffreestanding
/*
 * Resetting a machine, by what it does to ports and to configuration space, on
 * machines whose reset register is anywhere that ACPI lets it be.
 */
#include <arch/acpi.h>
#include <arch/io.h>
#include <arch/panic.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <lib/string.h>

int printf(const char *fmt, ...);

static int failures;
static void *out[5];			/* of the endless attempts */
static unsigned int waits, stop_after;

/* Accesses in order, as text. */
static char seen[512];
static void note(const char *what, u64 a, u64 b)
{
	static const char digit[] = "0123456789abcdef";
	char *p = seen + strlen(seen);

	if (p > seen + sizeof(seen) - 64)
		return;
	while (*what)
		*p++ = *what++;
	for (int s = 16; s >= 0; s -= 4)
		*p++ = digit[a >> s & 15];
	*p++ = '=';
	*p++ = digit[b >> 4 & 15];
	*p++ = digit[b & 15];
	*p++ = ' ';
	*p = 0;
}

static u8 port_cf9, keyboard_busy;
u8 inb(u16 port)
{
	if (port == 0xcf9)
		return port_cf9;
	if (port == 0x64 && keyboard_busy) {
		keyboard_busy--;
		return 0x1e;
	}
	return 0x1c;
}
void outb(u8 v, u16 port)
{
	note("port ", port, v);
	if (port == 0x64 && keyboard_busy)
		note("busy ", port, v);
}
void pci_conf_write(u16 segment, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 v)
{
	note("pci ", (u64)segment << 16 | bus << 8 | devfn, v);
	note("reg ", (u64)reg << 4 | width, v);
}
void udelay(u64 microseconds) { (void)microseconds; }
void mdelay(u64 milliseconds)
{
	(void)milliseconds;
	if (waits++ == stop_after)
		__builtin_longjmp(out, 1);
}
struct acpi_info acpi_info;
void smp_stop_others(void) { }
void console_flush(void) { }
void printk(const char *fmt, ...) { (void)fmt; }

/* The first `ways` ways. */
static void expect(unsigned int ways, const char *want)
{
	seen[0] = 0;
	waits = 0;
	stop_after = ways;		/* one wait more: the delay before */
	if (!__builtin_setjmp(out))
		machine_restart(0);
	if (strcmp(seen, want)) {
		printf("%s\n instead of\n%s\n", seen, want);
		failures++;
	}
}

int main(void)
{
	/* No register: then port 0xcf9, whose other bits stay; a system reset is chosen before it is made. */
	expect(1, "");
	port_cf9 = 0xf6;
	expect(2, "port 00cf9=f2 port 00cf9=f6 ");
	keyboard_busy = 200;
	expect(3, "port 00cf9=f2 port 00cf9=f6 "
	       "port 00064=fe port 00064=fe port 00064=fe port 00064=fe port 00064=fe "
	       "port 00064=fe port 00064=fe port 00064=fe port 00064=fe port 00064=fe ");

	acpi_info.has_reset = true;
	acpi_info.reset_value = 0x0e;
	acpi_info.reset = (struct acpi_address){ .space = 1, .bit_width = 8, .address = 0xcf9 };
	expect(1, "port 00cf9=0e ");
	/* Configuration space, bus 0: device in bits 32-47, function in 16-31, register in 0-15. */
	acpi_info.reset = (struct acpi_address){ .space = 2, .bit_width = 8, .address = 0x001f0003004cull };
	expect(1, "pci 000fb=0e reg 004c1=0e ");
	acpi_info.reset = (struct acpi_address){ .space = 0, .bit_width = 8, .address = 0xfed01000 };
	expect(1, "");
	if (!failures)
		printf("machines are reset by the right registers\n");
	return failures != 0;
}
