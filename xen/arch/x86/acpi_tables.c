/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding and reading the static ACPI tables. Firmware wrote them: lengths are
 * checked against the table, counts against our arrays. Boot CPU only;
 * acpi_info is read-only afterwards.
 */
#include <arch/acpi.h>
#include <arch/boot_info.h>
#include <arch/page.h>
#include <arch/bios.h>
#include <arch/setup.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <lib/minmax.h>
#include <lib/string.h>

struct acpi_info acpi_info __ro_after_init;

#define MAX_TABLE_BYTES		(4u << 20)
#define BIOS_ROM_START		0xe0000
#define BIOS_ROM_END		0x100000

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem_id[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 extended_checksum, reserved[3];
} __packed;

#define MADT_HAS_PICS		1
#define MADT_LAPIC		0
#define MADT_IOAPIC		1
#define MADT_OVERRIDE		2
#define MADT_NMI_SOURCE		3
#define MADT_LAPIC_ADDRESS	5
#define MADT_X2APIC		9
#define MADT_CPU_ENABLED	1

struct madt {
	struct acpi_table_header h;
	u32 lapic_address, flags;
	u8 entries[];
} __packed;

struct madt_entry { u8 type, length; };
struct madt_lapic { u8 type, length, acpi_id, apic_id; u32 flags; } __packed;
struct madt_ioapic { u8 type, length, id, reserved; u32 address, gsi_base; } __packed;
struct madt_override { u8 type, length, bus, irq; u32 gsi; u16 flags; } __packed;
struct madt_lapic_address { u8 type, length; u16 reserved; u64 address; } __packed;
struct madt_x2apic { u8 type, length; u16 reserved; u32 apic_id, flags, acpi_id; } __packed;

struct mcfg {
	struct acpi_table_header h;
	u64 reserved;
	struct { u64 base; u16 segment; u8 start_bus, end_bus; u32 reserved; } __packed entry[];
} __packed;

struct hpet_table {
	struct acpi_table_header h;
	u32 id;
	struct acpi_address address;
	u8 number;
	u16 minimum_tick;
	u8 flags;
} __packed;

struct fadt {
	struct acpi_table_header h;
	u32 facs, dsdt;
	u8 reserved1, profile;
	u16 sci_irq;
	u32 smi_command;
	u8 acpi_enable, acpi_disable, s4bios, pstate_control;
	u32 pm1a_event, pm1b_event, pm1a_control, pm1b_control, pm2_control, pm_timer, gpe0, gpe1;
	u8 pm1_event_bytes, pm1_control_bytes, pm2_control_bytes, pm_timer_bytes;
	u8 gpe0_bytes, gpe1_bytes, gpe1_base, cst_control;
	u16 c2_latency, c3_latency, flush_size, flush_stride;
	u8 duty_offset, duty_width, day_alarm, month_alarm, century;
	u16 boot_flags;
	u8 reserved2;
	u32 flags;
	struct acpi_address reset;
	u8 reset_value;
	u16 arm_flags;
	u8 minor;
	u64 x_facs, x_dsdt;
	struct acpi_address x_pm1a_event, x_pm1b_event, x_pm1a_control, x_pm1b_control;
	struct acpi_address x_pm2_control, x_pm_timer, x_gpe0, x_gpe1;
} __packed;

#define FADT_TIMER_32BIT	(1u << 8)
#define FADT_RESET_SUPPORTED	(1u << 10)
#define FADT_HW_REDUCED		(1u << 20)
#define FADT_BOOT_8042		(1u << 1)
#define FADT_BOOT_NO_VGA	(1u << 2)
#define FADT_BOOT_NO_MSI	(1u << 3)
#define FADT_BOOT_NO_CMOS	(1u << 5)

/* Table addresses from the XSDT, or else the RSDT. */
static paddr_t root_table __ro_after_init;
static bool root_is_xsdt __ro_after_init;

static bool noacpi __initdata;
option_bool("noacpi", noacpi);

static bool __init sum_is_zero(const void *p, size_t bytes)
{
	const u8 *b = p;
	u8 sum = 0;

	while (bytes--)
		sum += *b++;
	return sum == 0;
}

static bool __init rsdp_valid(const struct rsdp *r)
{
	return !memcmp(r->signature, "RSD PTR ", 8) && sum_is_zero(r, 20);
}

static const struct rsdp *__init scan_for_rsdp(paddr_t start, paddr_t end)
{
	for (paddr_t pa = start; pa + sizeof(struct rsdp) <= end; pa += 16) {
		const struct rsdp *r = maddr_to_virt(pa);

		if (rsdp_valid(r)) {
			boot_info.rsdp = pa;
			return r;
		}
	}
	return NULL;
}

static const struct rsdp *__init find_rsdp(void)
{
	const struct rsdp *r = NULL;
	paddr_t ebda;

	if (boot_info.rsdp) {
		r = map_firmware(boot_info.rsdp, sizeof(*r));
		if (rsdp_valid(r))
			return r;
	}
	if (boot_info.efi)
		return NULL;
	ebda = (paddr_t)*(const u16 *)maddr_to_virt(BDA_EBDA_SEGMENT) << 4;
	if (ebda >= 0x400 && ebda < 0xa0000)
		r = scan_for_rsdp(ebda, ebda + 1024);
	return r ? r : scan_for_rsdp(BIOS_ROM_START, BIOS_ROM_END);
}

/* The whole table at pa, or NULL when its length or sum is wrong. */
static const struct acpi_table_header *__init map_table(paddr_t pa)
{
	const struct acpi_table_header *h = map_firmware(pa, sizeof(*h));

	if (h->length < sizeof(*h) || h->length > MAX_TABLE_BYTES)
		return NULL;
	h = map_firmware(pa, h->length);
	if (!sum_is_zero(h, h->length)) {
		printk(XENLOG_WARNING "ACPI: table %.4s has a bad checksum\n", h->signature);
		return NULL;
	}
	return h;
}

paddr_t __init acpi_table_address(const char *signature, unsigned int index)
{
	const struct acpi_table_header *root;
	unsigned int width = root_is_xsdt ? 8 : 4, n;

	if (!root_table)
		return 0;
	root = map_table(root_table);
	n = (root->length - sizeof(*root)) / width;
	for (unsigned int i = 0; i < n; i++) {
		const struct acpi_table_header *h;
		paddr_t pa = 0;

		memcpy(&pa, (const char *)(root + 1) + i * width, width);
		if (!pa)
			continue;
		h = map_firmware(pa, sizeof(*h));
		if (!memcmp(h->signature, signature, 4) && index-- == 0)
			return pa;
	}
	return 0;
}

const struct acpi_table_header *__init acpi_find_table(const char *signature, unsigned int index)
{
	paddr_t pa = acpi_table_address(signature, index);

	return pa ? map_table(pa) : NULL;
}

static void __init add_cpu(u32 apic_id, u32 acpi_id, u32 flags)
{
	struct acpi_info *a = &acpi_info;

	if (!(flags & MADT_CPU_ENABLED)) {
		a->nr_disabled_cpus++;
		return;
	}
	/* One CPU may be listed in both forms. */
	for (u32 i = 0; i < a->nr_cpus; i++)
		if (a->apic_id[i] == apic_id)
			return;
	if (a->nr_cpus == MAX_CPUS) {
		printk(XENLOG_WARNING "ACPI: CPU with APIC id %#x ignored: too many\n", apic_id);
		return;
	}
	a->apic_id[a->nr_cpus] = apic_id;
	a->acpi_id[a->nr_cpus++] = acpi_id;
}

static void __init read_madt_entry(const struct madt_entry *e)
{
	struct acpi_info *a = &acpi_info;

	if (e->type == MADT_LAPIC && e->length >= sizeof(struct madt_lapic)) {
		const struct madt_lapic *l = (const void *)e;

		if (l->apic_id != 0xff)
			add_cpu(l->apic_id, l->acpi_id, l->flags);
	} else if (e->type == MADT_X2APIC && e->length >= sizeof(struct madt_x2apic)) {
		const struct madt_x2apic *x = (const void *)e;

		if (x->apic_id != 0xffffffff)
			add_cpu(x->apic_id, x->acpi_id, x->flags);
	} else if (e->type == MADT_IOAPIC && e->length >= sizeof(struct madt_ioapic)) {
		const struct madt_ioapic *io = (const void *)e;

		if (a->nr_ioapics < MAX_IOAPICS)
			a->ioapic[a->nr_ioapics++] =
				(struct acpi_ioapic){ io->id, io->gsi_base, io->address };
	} else if (e->type == MADT_OVERRIDE && e->length >= sizeof(struct madt_override)) {
		const struct madt_override *o = (const void *)e;

		if (a->nr_overrides < MAX_ISA_OVERRIDES)
			a->override[a->nr_overrides++] =
				(struct acpi_override){ o->irq, o->gsi, o->flags };
	} else if (e->type == MADT_NMI_SOURCE) {
		a->nr_nmi_sources++;
	} else if (e->type == MADT_LAPIC_ADDRESS && e->length >= sizeof(struct madt_lapic_address)) {
		a->lapic_address = ((const struct madt_lapic_address *)e)->address;
	}
}

static void __init read_madt(void)
{
	const struct madt *m = (const void *)acpi_find_table("APIC", 0);
	u32 at = sizeof(*m);

	if (!m || m->h.length < sizeof(*m))
		return;
	acpi_info.lapic_address = m->lapic_address;
	acpi_info.has_pics = m->flags & MADT_HAS_PICS;
	while (at + sizeof(struct madt_entry) <= m->h.length) {
		const struct madt_entry *e = (const void *)((const char *)m + at);

		if (e->length < sizeof(*e) || at + e->length > m->h.length)
			break;
		read_madt_entry(e);
		at += e->length;
	}
	printk(XENLOG_INFO "ACPI: %u CPUs (%u disabled), %u I/O APICs, %u overrides, local APIC at %#lx\n",
	       acpi_info.nr_cpus, acpi_info.nr_disabled_cpus, acpi_info.nr_ioapics,
	       acpi_info.nr_overrides, acpi_info.lapic_address);
}

static void __init read_mcfg(void)
{
	const struct mcfg *m = (const void *)acpi_find_table("MCFG", 0);
	unsigned int n;

	if (!m || m->h.length < sizeof(*m))
		return;
	n = (m->h.length - sizeof(*m)) / sizeof(m->entry[0]);
	for (unsigned int i = 0; i < min(n, (unsigned int)MAX_MCFG_SEGMENTS); i++) {
		acpi_info.mcfg[i] = (struct acpi_mcfg){
			m->entry[i].base, m->entry[i].segment, m->entry[i].start_bus, m->entry[i].end_bus };
		acpi_info.nr_mcfg++;
		printk(XENLOG_INFO "ACPI: PCI segment %u buses %02x-%02x at %#lx\n",
		       m->entry[i].segment, m->entry[i].start_bus, m->entry[i].end_bus, m->entry[i].base);
	}
}

static void __init read_hpet(void)
{
	const struct hpet_table *t = (const void *)acpi_find_table("HPET", 0);

	if (t && t->h.length >= sizeof(*t) && t->address.space == 0)
		acpi_info.hpet = t->address.address;
}

/* The extended form when the table is long enough and it is given. */
static struct acpi_address __init fadt_address(const struct fadt *f, const struct acpi_address *x,
					       u32 port, u8 bytes)
{
	struct acpi_address a = { .space = 1, .bit_width = bytes * 8, .address = port };

	if ((const char *)(x + 1) <= (const char *)f + f->h.length && x->address)
		return *x;
	return a;
}

static void __init read_fadt(void)
{
	const struct fadt *f = (const void *)acpi_find_table("FACP", 0);
	struct acpi_info *a = &acpi_info;

	if (!f || f->h.length < offsetof(struct fadt, reset))
		return;
	a->sci_irq = f->sci_irq;
	a->smi_command = f->smi_command;
	a->pm1a_control = fadt_address(f, &f->x_pm1a_control, f->pm1a_control, f->pm1_control_bytes);
	a->pm1b_control = fadt_address(f, &f->x_pm1b_control, f->pm1b_control, f->pm1_control_bytes);
	a->pm1a_event = fadt_address(f, &f->x_pm1a_event, f->pm1a_event, f->pm1_event_bytes);
	a->pm1b_event = fadt_address(f, &f->x_pm1b_event, f->pm1b_event, f->pm1_event_bytes);
	a->pm1_event_bytes = f->pm1_event_bytes;
	a->pm_timer = fadt_address(f, &f->x_pm_timer, f->pm_timer, f->pm_timer_bytes);
	a->pm_timer_is_32bit = f->flags & FADT_TIMER_32BIT;
	a->hw_reduced = f->flags & FADT_HW_REDUCED;
	a->facs = f->facs;
	if (f->h.length >= offsetof(struct fadt, x_dsdt) && f->x_facs)
		a->facs = f->x_facs;
	if (f->h.length >= offsetof(struct fadt, arm_flags) && (f->flags & FADT_RESET_SUPPORTED)) {
		a->reset = f->reset;
		a->reset_value = f->reset_value;
		a->has_reset = a->reset.address != 0;
	}
	/* The flags have a meaning since revision 2. */
	if (f->h.revision >= 2) {
		a->no_8042 = !(f->boot_flags & FADT_BOOT_8042);
		a->no_vga = f->boot_flags & FADT_BOOT_NO_VGA;
		a->no_msi = f->boot_flags & FADT_BOOT_NO_MSI;
		a->no_cmos = f->boot_flags & FADT_BOOT_NO_CMOS;
	}
}

void __init acpi_init(void)
{
	const struct rsdp *r;

	if (noacpi)
		return;
	r = find_rsdp();
	if (!r) {
		printk(XENLOG_WARNING "ACPI: no root pointer found\n");
		return;
	}
	if (r->revision >= 2 && r->xsdt && sum_is_zero(r, min_t(u32, r->length, sizeof(*r)))) {
		root_table = r->xsdt;
		root_is_xsdt = true;
	} else {
		root_table = r->rsdt;
	}
	if (!map_table(root_table)) {
		printk(XENLOG_WARNING "ACPI: the root table at %#lx is broken\n", root_table);
		root_table = 0;
		return;
	}
	acpi_info.valid = true;
	read_madt();
	read_mcfg();
	read_hpet();
	read_fadt();
}
