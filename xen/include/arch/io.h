/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Port and memory-mapped I/O. ioremap maps device memory uncached and never
 * fails for sane sizes: it stops the machine when the window is exhausted, so
 * it is for boot and for a bounded number of devices.
 */
#ifndef XEN_ARCH_IO_H
#define XEN_ARCH_IO_H

#include <lib/types.h>

static inline u8 inb(u16 port)
{
	u8 v;

	asm volatile ("inb %w1, %b0" : "=a" (v) : "Nd" (port));
	return v;
}
static inline u16 inw(u16 port)
{
	u16 v;

	asm volatile ("inw %w1, %w0" : "=a" (v) : "Nd" (port));
	return v;
}
static inline u32 inl(u16 port)
{
	u32 v;

	asm volatile ("inl %w1, %k0" : "=a" (v) : "Nd" (port));
	return v;
}
static inline void outb(u8 v, u16 port)
{
	asm volatile ("outb %b0, %w1" :: "a" (v), "Nd" (port));
}
static inline void outw(u16 v, u16 port)
{
	asm volatile ("outw %w0, %w1" :: "a" (v), "Nd" (port));
}
static inline void outl(u32 v, u16 port)
{
	asm volatile ("outl %k0, %w1" :: "a" (v), "Nd" (port));
}

static inline u8 readb(const volatile void *p) { return *(const volatile u8 *)p; }
static inline u16 readw(const volatile void *p) { return *(const volatile u16 *)p; }
static inline u32 readl(const volatile void *p) { return *(const volatile u32 *)p; }
static inline u64 readq(const volatile void *p) { return *(const volatile u64 *)p; }
static inline void writeb(u8 v, volatile void *p) { *(volatile u8 *)p = v; }
static inline void writew(u16 v, volatile void *p) { *(volatile u16 *)p = v; }
static inline void writel(u32 v, volatile void *p) { *(volatile u32 *)p = v; }
static inline void writeq(u64 v, volatile void *p) { *(volatile u64 *)p = v; }

/* Map bytes at machine address pa: uncached. pa need not
 * be page aligned; the result has its offset. */
void *ioremap(paddr_t pa, size_t bytes);
/* Forget a mapping; its addresses are not used again. */
void iounmap(void *va, size_t bytes);

/*
 * Read or write PCI configuration space: reg is a byte offset, width 1, 2 or
 * 4. Uses the memory-mapped window where there is one and reg or segment need
 * it. Reads of what does not exist give all ones.
 */
u32 pci_conf_read(u16 segment, u8 bus, u8 devfn, u16 reg, unsigned int width);
void pci_conf_write(u16 segment, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 v);

#endif
