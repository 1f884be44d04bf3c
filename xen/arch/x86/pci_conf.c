/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space: by ports (under conf_lock, shared with dom0's
 * emulated accesses) or, where ports do not reach, through the memory window
 * that the MCFG table names, mapped a bus at a time.
 */
#include <arch/acpi.h>
#include <arch/io.h>
#include <common/spinlock.h>

#define CONFIG_ADDRESS	0xcf8
#define CONFIG_DATA	0xcfc
#define BUS_SHIFT	20		/* bytes of window per bus */
#define MAX_BUSES	256

static DEFINE_SPINLOCK(conf_lock);	/* interrupts off */
/* Windows of segment 0; other segments are not reached. */
static DEFINE_SPINLOCK(window_lock);
static void *bus_window[MAX_BUSES];

static const struct acpi_mcfg *find_mcfg(u16 segment, u8 bus)
{
	for (u32 i = 0; i < acpi_info.nr_mcfg; i++) {
		const struct acpi_mcfg *m = &acpi_info.mcfg[i];

		if (m->segment == segment && bus >= m->start_bus && bus <= m->end_bus)
			return m;
	}
	return NULL;
}

/* NULL when there is no memory window there. Interrupts are on: mapping takes memory. */
static void *conf_window(u16 segment, u8 bus, u8 devfn, u16 reg)
{
	const struct acpi_mcfg *m = find_mcfg(segment, bus);

	if (!m || segment)
		return NULL;
	spin_lock(&window_lock);
	if (!bus_window[bus])
		bus_window[bus] = ioremap(m->base + ((paddr_t)bus << BUS_SHIFT), 1 << BUS_SHIFT);
	spin_unlock(&window_lock);
	return (char *)bus_window[bus] + (devfn << 12) + reg;
}

static bool reachable(u16 reg, unsigned int width)
{
	return (width == 1 || width == 2 || width == 4) && reg % width == 0 && reg < 4096;
}

static bool by_ports(u16 segment, u16 reg)
{
	return !segment && reg < 256;
}

static void select_register(u8 bus, u8 devfn, u16 reg)
{
	outl(1u << 31 | bus << 16 | devfn << 8 | (reg & ~3), CONFIG_ADDRESS);
}

u32 pci_conf_read(u16 segment, u8 bus, u8 devfn, u16 reg, unsigned int width)
{
	unsigned long irq;
	u32 v = ~0u;
	void *p;

	if (!reachable(reg, width))
		return v;
	if (by_ports(segment, reg)) {
		spin_lock_irqsave(&conf_lock, irq);
		select_register(bus, devfn, reg);
		switch (width) {
		case 1: v = inb(CONFIG_DATA + (reg & 3)); break;
		case 2: v = inw(CONFIG_DATA + (reg & 2)); break;
		case 4: v = inl(CONFIG_DATA); break;
		}
		spin_unlock_irqrestore(&conf_lock, irq);
	} else if ((p = conf_window(segment, bus, devfn, reg)) != NULL) {
		switch (width) {
		case 1: v = readb(p); break;
		case 2: v = readw(p); break;
		case 4: v = readl(p); break;
		}
	}
	return v;
}

void pci_conf_write(u16 segment, u8 bus, u8 devfn, u16 reg, unsigned int width, u32 v)
{
	unsigned long irq;
	void *p;

	if (!reachable(reg, width))
		return;
	if (by_ports(segment, reg)) {
		spin_lock_irqsave(&conf_lock, irq);
		select_register(bus, devfn, reg);
		switch (width) {
		case 1: outb(v, CONFIG_DATA + (reg & 3)); break;
		case 2: outw(v, CONFIG_DATA + (reg & 2)); break;
		case 4: outl(v, CONFIG_DATA); break;
		}
		spin_unlock_irqrestore(&conf_lock, irq);
	} else if ((p = conf_window(segment, bus, devfn, reg)) != NULL) {
		switch (width) {
		case 1: writeb(v, p); break;
		case 2: writew(v, p); break;
		case 4: writel(v, p); break;
		}
	}
}
