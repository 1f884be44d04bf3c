// SPDX-License-Identifier: GPL-2.0-only
/*
 * The I/O APICs. An entry's low word is kept in memory too, so that masking
 * is two writes and no read. Each chip has a lock for its index register and
 * those copies; it is the innermost of the interrupt locks.
 */
#include <arch/acpi.h>
#include <arch/io.h>
#include <arch/ioapic.h>
#include <common/console.h>
#include <common/frame.h>
#include <common/spinlock.h>
#include <lib/bug.h>
#include <lib/errno.h>

#define IOAPIC_INDEX		0x00
#define IOAPIC_DATA		0x10
#define IOAPIC_EOI		0x40
#define IOAPIC_WINDOW		0x44

#define IOAPIC_REG_ID		0x00
#define IOAPIC_REG_VERSION	0x01
#define IOAPIC_REG_ARBITRATION	0x02
#define IOAPIC_REG_ENTRY	0x10
#define IOAPIC_VERSION_EOI	0x20	/* from here on there is an EOI register */
#define MAX_PINS		240

#define NR_ISA_IRQS		16
#define MPS_POLARITY		0x3
#define  MPS_POLARITY_LOW	0x3
#define MPS_TRIGGER		0xc
#define  MPS_TRIGGER_EDGE	0x4
#define  MPS_TRIGGER_LEVEL	0xc

struct ioapic {
	void *regs;
	paddr_t address;
	u32 gsi_base, nr_pins;
	u8 version;
	spinlock_t lock;
	u32 *low;		/* low word of each entry */
};

static struct ioapic ioapics[MAX_IOAPICS];
static u32 nr_ioapics __ro_after_init;

static u32 read_reg(struct ioapic *a, u32 reg)
{
	writel(reg, (char *)a->regs + IOAPIC_INDEX);
	return readl((char *)a->regs + IOAPIC_DATA);
}

static void write_reg(struct ioapic *a, u32 reg, u32 v)
{
	writel(reg, (char *)a->regs + IOAPIC_INDEX);
	writel(v, (char *)a->regs + IOAPIC_DATA);
}

static void write_low(struct ioapic *a, u32 pin, u32 v)
{
	a->low[pin] = v;
	write_reg(a, IOAPIC_REG_ENTRY + 2 * pin, v);
}

static struct ioapic *find_gsi(u32 gsi, u32 *pin)
{
	for (u32 i = 0; i < nr_ioapics; i++) {
		struct ioapic *a = &ioapics[i];

		if (gsi - a->gsi_base < a->nr_pins) {
			*pin = gsi - a->gsi_base;
			return a;
		}
	}
	return NULL;
}

static struct ioapic *find_address(paddr_t address)
{
	for (u32 i = 0; i < nr_ioapics; i++)
		if (ioapics[i].address == address)
			return &ioapics[i];
	return NULL;
}

bool ioapic_has_gsi(u32 gsi)
{
	u32 pin;

	return find_gsi(gsi, &pin) != NULL;
}

void ioapic_default_mode(u32 gsi, bool *level, bool *low)
{
	bool isa = gsi < NR_ISA_IRQS;

	*level = *low = !isa;
	for (u32 i = 0; i < acpi_info.nr_overrides; i++) {
		u16 flags = acpi_info.override[i].flags;

		if (acpi_info.override[i].gsi != gsi)
			continue;
		/* "As the bus has it" is what ISA has: the entry is for an ISA interrupt. */
		*level = (flags & MPS_TRIGGER) == MPS_TRIGGER_LEVEL;
		*low = (flags & MPS_POLARITY) == MPS_POLARITY_LOW;
	}
}

void ioapic_program(u32 gsi, u8 vector, u32 dest, bool level, bool low)
{
	u32 pin;
	struct ioapic *a = find_gsi(gsi, &pin);
	unsigned long flags;

	if (!a)
		return;
	spin_lock_irqsave(&a->lock, flags);
	write_low(a, pin, a->low[pin] | IOAPIC_ENTRY_MASKED);
	write_reg(a, IOAPIC_REG_ENTRY + 2 * pin + 1, dest << 24);
	write_low(a, pin, vector | IOAPIC_ENTRY_MASKED | (level ? IOAPIC_ENTRY_LEVEL : 0) |
		  (low ? IOAPIC_ENTRY_LOW_POLARITY : 0));
	spin_unlock_irqrestore(&a->lock, flags);
}

void ioapic_mask(u32 gsi)
{
	u32 pin;
	struct ioapic *a = find_gsi(gsi, &pin);
	unsigned long flags;

	if (!a)
		return;
	spin_lock_irqsave(&a->lock, flags);
	write_low(a, pin, a->low[pin] | IOAPIC_ENTRY_MASKED);
	/* The mask must have arrived before the local APIC's EOI lets the line fire again. */
	readl((char *)a->regs + IOAPIC_DATA);
	spin_unlock_irqrestore(&a->lock, flags);
}

void ioapic_unmask(u32 gsi)
{
	u32 pin;
	struct ioapic *a = find_gsi(gsi, &pin);
	unsigned long flags;

	if (!a)
		return;
	spin_lock_irqsave(&a->lock, flags);
	write_low(a, pin, a->low[pin] & ~IOAPIC_ENTRY_MASKED);
	spin_unlock_irqrestore(&a->lock, flags);
}

int ioapic_read_register(paddr_t address, u32 reg, u32 *value)
{
	struct ioapic *a = find_address(address);
	unsigned long flags;

	if (!a)
		return -EINVAL;
	spin_lock_irqsave(&a->lock, flags);
	*value = read_reg(a, reg & 0xff);
	spin_unlock_irqrestore(&a->lock, flags);
	return 0;
}

bool ioapic_register_gsi(paddr_t address, u32 reg, u32 *gsi, bool *high_half)
{
	struct ioapic *a = find_address(address);
	u32 pin = (reg - IOAPIC_REG_ENTRY) / 2;

	if (!a || reg < IOAPIC_REG_ENTRY || pin >= a->nr_pins)
		return false;
	*gsi = a->gsi_base + pin;
	*high_half = reg & 1;
	return true;
}

/* A line that the firmware left waiting for its EOI would never fire again. */
static void __init quiesce_pin(struct ioapic *a, u32 pin)
{
	u32 low = read_reg(a, IOAPIC_REG_ENTRY + 2 * pin);

	if ((low & IOAPIC_ENTRY_REMOTE_IRR) && a->version >= IOAPIC_VERSION_EOI)
		writel(low & 0xff, (char *)a->regs + IOAPIC_EOI);
	/* Edge mode forgets it on chips without the register. */
	write_low(a, pin, IOAPIC_ENTRY_MASKED);
	write_reg(a, IOAPIC_REG_ENTRY + 2 * pin + 1, 0);
}

static void __init add_ioapic(const struct acpi_ioapic *from)
{
	struct ioapic *a = &ioapics[nr_ioapics];
	u32 version;

	a->address = from->address;
	a->gsi_base = from->gsi_base;
	spin_lock_init(&a->lock);
	a->regs = ioremap(from->address, IOAPIC_WINDOW);
	version = read_reg(a, IOAPIC_REG_VERSION);
	if (version == ~0u) {
		printk(XENLOG_WARNING "I/O APIC %u at %#lx does not answer\n", from->id, from->address);
		return;
	}
	a->version = version;
	a->nr_pins = (version >> 16 & 0xff) + 1;
	if (a->nr_pins > MAX_PINS)
		a->nr_pins = MAX_PINS;
	a->low = xzalloc_array(u32, a->nr_pins);
	if (!a->low)
		panic("No memory for an I/O APIC\n");
	for (u32 pin = 0; pin < a->nr_pins; pin++)
		quiesce_pin(a, pin);
	nr_ioapics++;
	printk(XENLOG_INFO "I/O APIC %u: version %02x, GSIs %u-%u\n", from->id, a->version,
	       a->gsi_base, a->gsi_base + a->nr_pins - 1);
}

u32 __init ioapic_init(void)
{
	u32 end = NR_ISA_IRQS;

	for (u32 i = 0; i < acpi_info.nr_ioapics; i++)
		add_ioapic(&acpi_info.ioapic[i]);
	for (u32 i = 0; i < nr_ioapics; i++)
		if (ioapics[i].gsi_base + ioapics[i].nr_pins > end)
			end = ioapics[i].gsi_base + ioapics[i].nr_pins;
	return end;
}
