/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports and device registers are functions of the test. */
#ifndef SHIM_CPU_IO_H
#define SHIM_CPU_IO_H

#define inb real_inb
#define outb real_outb
#define readl real_readl
#define writel real_writel
#include_next <arch/io.h>
#undef inb
#undef outb
#undef readl
#undef writel

u8 inb(u16 port);
void outb(u8 v, u16 port);
u32 readl(const volatile void *p);
void writel(u32 v, volatile void *p);

#endif
