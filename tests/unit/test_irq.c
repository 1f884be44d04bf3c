// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/lib/bitmap.c xen/arch/x86/irq.c xen/arch/x86/irq_guest.c xen/common/pirq.c tests/unit/shim_evt/shim_evt.c tests/unit/shim_evt/stub_hypercalls.c
// CFLAGS: -Itests/unit/shim_irq -Itests/unit/shim_evt -Ixen/include -Iinclude -D__XEN__ -DCONFIG_DEBUG -fno-strict-aliasing -ffreestanding
/*
 * Interrupts on a make-believe machine with an I/O APIC whose level-triggered
 * lines behave as real ones do: numbers and their errors, sharing, guests that
 * are slow to answer or die meanwhile, moving between CPUs, groups of
 * messages, and random operations after which no line may be stuck.
 */
#include "shim_evt/shim_evt.h"

#include <arch/apic.h>
#include <arch/ioapic.h>
#include <arch/irq.h>
#include <arch/msi.h>
#include <arch/nmi.h>
#include <arch/page.h>
#include <arch/time.h>
#include <common/console.h>
#include <common/event.h>
#include <common/irq.h>
#include <pv/traps.h>

#define PINS	24
#define CPUS	4

unsigned int shim_cpu;
u32 nr_cpu_ids = CPUS;
u32 cpu_apic_id[MAX_CPUS];
static s_time_t now;
s_time_t get_s_time(void) { return now; }
bool rate_limit_ok(struct rate_limit *r) { (void)r; return true; }
void nmi_init(void) { }
void panic(const char *fmt, ...) { (void)fmt; abort(); }
void apic_eoi(void) { }
static u32 unexpected;
bool apic_in_service(unsigned int vector) { (void)vector; unexpected++; return false; }

/* --- the I/O APIC --- */

static struct pin {
	bool asserted, masked, level, raised;	/* raised: under way to its CPU, or waiting there for the EOI */
	u8 vector;
	u32 dest;
} pin[PINS];

static void look(struct pin *p)
{
	if (p->level && p->asserted && !p->masked)
		p->raised = true;
}
u32 ioapic_init(void)
{
	for (u32 i = 0; i < PINS; i++)
		pin[i].masked = true;
	return PINS;
}
bool ioapic_has_gsi(u32 gsi) { return gsi < PINS; }
void ioapic_default_mode(u32 gsi, bool *level, bool *low) { *level = *low = gsi >= 16; }
void ioapic_program(u32 gsi, u8 vector, u32 dest, bool level, bool low)
{
	(void)low;
	pin[gsi].masked = true;
	pin[gsi].vector = vector;
	pin[gsi].dest = dest;
	pin[gsi].level = level;
}
void ioapic_mask(u32 gsi) { pin[gsi].masked = true; }
void ioapic_unmask(u32 gsi)
{
	pin[gsi].masked = false;
	look(&pin[gsi]);
}

/* --- messages --- */

static u32 msi_writes, msi_groups;
static int msi_fail;
static bool msi_masked[2048];
int msi_setup(const struct msi_request *req, u32 first)
{
	struct msi_entry *lead = NULL;

	if (msi_fail)
		return msi_fail;
	for (u32 i = 0; i < req->count; i++) {
		struct msi_entry *e = calloc(1, sizeof(*e));

		lead = lead ? lead : e;
		e->first = lead;
		e->irq = first + i;
		e->first_irq = first;
		e->count = req->count;
		e->can_mask = true;
		irq_to_desc(first + i)->msi = e;
		msi_masked[first + i] = true;
	}
	msi_groups++;
	return 0;
}
void msi_teardown(struct msi_entry *first)
{
	u32 irq = first->first_irq, count = first->count;

	for (u32 i = irq; i < irq + count; i++) {
		CHECK(msi_masked[i]);
		free(irq_to_desc(i)->msi);
		irq_to_desc(i)->msi = NULL;
	}
	msi_groups--;
}
void msi_group(const struct msi_entry *e, u32 *first, u32 *count)
{
	*first = e->first_irq;
	*count = e->count;
}
void msi_mask(struct msi_entry *e) { msi_masked[e->irq] = true; }
void msi_unmask(struct msi_entry *e) { msi_masked[e->irq] = false; }
void msi_write_message(struct msi_entry *e) { (void)e; msi_writes++; }
bool msi_can_mask(const struct msi_entry *e) { return e->can_mask; }
bool msi_can_move(const struct msi_entry *e) { return e->count == 1; }

/* --- guests --- */

static struct domain *D[3];
static u32 told[3][2048];
void send_guest_pirq(struct domain *d, u32 pirq)
{
	for (unsigned int i = 0; i < 3; i++)
		if (D[i] == d)
			told[i][pirq]++;
}
evtchn_port_t evtchn_of_pirq(const struct domain *d, u32 pirq)
{
	(void)d;
	return pirq < 8 ? pirq + 1 : 0;
}

static int bind(struct domain *d, u32 pirq, bool share)
{
	int rc;

	spin_lock(&d->event_lock);
	rc = pirq_guest_bind(d->vcpu[0], pirq, share);
	spin_unlock(&d->event_lock);
	return rc;
}
static void unbind(struct domain *d, u32 pirq)
{
	spin_lock(&d->event_lock);
	pirq_guest_unbind(d, pirq);
	spin_unlock(&d->event_lock);
}
static int map_gsi(struct domain *d, u32 gsi, int want)
{
	int pirq = want, rc = pirq_map_gsi(d, gsi, &pirq);

	return rc ? rc : pirq;
}
static int map_msi(struct domain *d, u32 count, int want)
{
	struct msi_request req = { .count = count };
	int pirq = want, rc = pirq_map_msi(d, &req, &pirq);

	return rc ? rc : pirq;
}

static void take(u32 cpu, u8 vector)
{
	shim_cpu = cpu;
	shim_irqs_on = false;
	irq_interrupt(vector, NULL);
	shim_irqs_on = true;
	shim_cpu = 0;
}
/* Let the CPUs take what has been raised. */
static void run(void)
{
	for (u32 i = 0; i < PINS; i++)
		while (pin[i].raised) {
			take(pin[i].dest, pin[i].vector);
			/* The handler's EOI: a line still asserted and not masked comes again. */
			pin[i].raised = false;
			look(&pin[i]);
		}
}
static void line(u32 gsi, bool on)
{
	bool rises = on && !pin[gsi].asserted;

	pin[gsi].asserted = on;
	if (rises && !pin[gsi].level && !pin[gsi].masked)
		pin[gsi].raised = true;
	look(&pin[gsi]);
	run();
}

static void test_numbers(void)
{
	struct domain *d = D[0];
	int p;

	CHECK_EQ(nr_gsis(), PINS);
	CHECK_EQ(pirq_irq(d, 0), -EINVAL);
	CHECK_EQ(bind(d, 4, true), -EINVAL);
	CHECK_EQ(map_gsi(d, PINS, -1), -EINVAL);
	CHECK_EQ(map_gsi(d, 4, nr_pirqs()), -EINVAL);
	CHECK_EQ(map_gsi(d, 4, -1), 4);
	CHECK_EQ(map_gsi(d, 4, 4), 4);
	CHECK_EQ(map_gsi(d, 4, 5), -EINVAL);
	CHECK_EQ(map_gsi(d, 5, 4), -EBUSY);
	CHECK_EQ(map_gsi(d, 5, 9), 9);
	CHECK_EQ(map_gsi(d, 9, -1), 0);		/* its own number is taken */
	CHECK_EQ(pirq_unmap(d, nr_pirqs()), -EINVAL);
	CHECK_EQ(pirq_unmap(d, ~0u), -EINVAL);
	CHECK_EQ(pirq_unmap(d, 9), 0);
	CHECK_EQ(pirq_unmap(d, 9), -EINVAL);
	CHECK_EQ(pirq_unmap(d, 0), 0);

	p = pirq_reserve(d, false);
	CHECK_EQ(p, nr_pirqs() - 1);
	CHECK_EQ(pirq_irq(d, p), -EINVAL);
	CHECK_EQ(map_msi(d, 1, -1), p - 1);
	CHECK_EQ(map_msi(d, 1, p), p);
	CHECK_EQ(map_msi(d, 1, p), -EBUSY);
	CHECK_EQ(map_msi(d, 1, nr_pirqs()), -EINVAL);
	msi_fail = -ENODEV;
	CHECK_EQ(map_msi(d, 4, -1), -ENODEV);
	msi_fail = 0;
	CHECK_EQ(pirq_unmap(d, p), 0);
	CHECK_EQ(pirq_unmap(d, p - 1), 0);
	CHECK_EQ(msi_groups, 0);
	CHECK_EQ(pirq_unmap(d, 4), 0);

	CHECK_EQ(irq_set_gsi_mode(PINS, true, true), -EINVAL);
	CHECK_EQ(irq_set_gsi_mode(PINS + 1, true, true), -EINVAL);
	shim_fail_alloc = 1;
	CHECK_EQ(map_gsi(D[2], 4, -1), -ENOMEM);
	shim_fail_alloc = 0;
	CHECK_EQ(pirq_unmap(D[2], 4), -EINVAL);
	shim_result("numbers");
}

/* As many messages as there are, and not one more; all come back. */
static void test_exhaustion(void)
{
	struct domain *d = D[0];
	u32 n = 0, blocks = 0;
	int first, rc;

	while ((rc = map_msi(d, 1, -1)) >= 0)
		n++;
	CHECK_EQ(rc, -ENOSPC);
	/* The vectors of four CPUs, less the two of software interrupts. */
	CHECK_EQ(n, CPUS * (LAST_DYNAMIC_VECTOR - FIRST_DYNAMIC_VECTOR + 1 - 2));
	pirq_release_domain(d);
	CHECK_EQ(msi_groups, 0);
	CHECK_EQ(pirq_reserve(d, false) >= 0, 1);
	pirq_destroy_domain(d);
	while ((first = map_msi(d, 32, -1)) >= 0) {
		u32 irq = pirq_irq(d, first);

		CHECK_EQ(irq_to_desc(irq)->vector % 32, 0);
		for (u32 i = 1; i < 32; i++) {
			CHECK_EQ(pirq_irq(d, first + i), irq + i);
			CHECK_EQ(irq_to_desc(irq + i)->vector, irq_to_desc(irq)->vector + i);
			CHECK_EQ(irq_to_desc(irq + i)->cpu, irq_to_desc(irq)->cpu);
		}
		CHECK_EQ(pirq_unmap(d, first + 1), -EINVAL);
		blocks++;
	}
	/* One block of each CPU has a software interrupt in it. */
	CHECK_EQ(blocks, CPUS * 5);
	pirq_release_domain(d);
	CHECK_EQ(msi_groups, 0);
	shim_result("exhaustion");
}

static void test_level(void)
{
	struct domain *a = D[0], *b = D[1];
	bool eoi, shared;

	map_gsi(a, 20, 20);
	CHECK_EQ(map_gsi(b, 20, 3), 3);
	CHECK_EQ(bind(a, 20, true), 0);
	CHECK_EQ(irq_set_gsi_mode(20, false, false), -EEXIST);
	line(20, true);
	CHECK_EQ(told[0][20], 1);
	CHECK(pin[20].masked);
	/* Still asserted: it comes again only after the guest has answered. */
	pirq_guest_eoi(a, 20);
	run();
	CHECK_EQ(told[0][20], 2);
	line(20, false);
	pirq_guest_eoi(a, 20);
	run();
	CHECK(!pin[20].masked);
	pirq_guest_eoi(a, 20);
	pirq_guest_eoi(b, 3);
	pirq_guest_eoi(b, ~0u);

	CHECK_EQ(bind(b, 3, false), -EBUSY);
	CHECK_EQ(bind(b, 3, true), 0);
	CHECK_EQ(pirq_status(b, 3, &eoi, &shared), 0);
	CHECK(eoi && shared);
	line(20, true);
	CHECK_EQ(told[0][20], 3);
	CHECK_EQ(told[1][3], 1);
	line(20, false);
	pirq_guest_eoi(a, 20);
	CHECK(pin[20].masked);
	pirq_guest_eoi(a, 20);
	CHECK(pin[20].masked);
	/* The slow one dies. */
	pirq_release_domain(b);
	CHECK(!pin[20].masked);
	line(20, true);
	CHECK_EQ(told[0][20], 4);
	unbind(a, 20);
	CHECK(pin[20].masked);
	run();
	CHECK_EQ(told[0][20], 4);
	/* Bound again with the line still asserted. */
	CHECK_EQ(bind(a, 20, false), 0);
	run();
	CHECK_EQ(told[0][20], 5);
	line(20, false);
	pirq_release_domain(a);
	CHECK(pin[20].masked);
	shim_result("level");
}

static void test_edge_and_moves(void)
{
	struct domain *d = D[0];
	u8 vector;

	map_gsi(d, 8, 8);
	CHECK_EQ(bind(d, 8, true), 0);
	for (u32 i = 1; i <= 3; i++) {
		line(8, true);
		line(8, false);
		CHECK_EQ(told[0][8], i);
	}
	CHECK(!pin[8].masked);
	CHECK_EQ(pin[8].dest, 0);
	vector = pin[8].vector;

	d->vcpu[0]->processor = 2;
	now = 1000000000;
	pirq_set_affinity(d, 8, d->vcpu[0]);
	CHECK_EQ(pin[8].dest, 2);
	line(8, true);
	line(8, false);
	CHECK_EQ(told[0][8], 4);
	/* One that was under way when it moved. */
	take(0, vector);
	CHECK_EQ(told[0][8], 5);
	/* Too soon for another move. */
	d->vcpu[0]->processor = 3;
	pirq_set_affinity(d, 8, d->vcpu[0]);
	CHECK_EQ(pin[8].dest, 2);
	now += 100000000;
	pirq_set_affinity(d, 8, d->vcpu[0]);
	CHECK_EQ(pin[8].dest, 3);
	unexpected = 0;
	take(0, vector);
	CHECK_EQ(unexpected, 1);
	CHECK_EQ(told[0][8], 5);
	/* No such CPU, and numbers that stand for nothing. */
	d->vcpu[0]->processor = 77;
	now += 100000000;
	pirq_set_affinity(d, 8, d->vcpu[0]);
	CHECK_EQ(pin[8].dest, 3);
	pirq_set_affinity(d, 9, d->vcpu[0]);
	pirq_set_affinity(d, ~0u, d->vcpu[0]);
	d->vcpu[0]->processor = 0;
	pirq_release_domain(d);
	shim_result("edge and moves");
}

static void test_eoi_page(void)
{
	struct domain *d = D[0];
	mfn_t m = shim_frame(d, 0), other = shim_frame(d, 0);
	const u8 *bits = mfn_to_virt(m);

	map_gsi(d, 20, 20);
	map_gsi(d, 4, 4);
	CHECK_EQ(bind(d, 20, true), 0);
	CHECK_EQ(pirq_share_eoi_page(D[1], mfn_x(m), false), -EINVAL);
	CHECK_EQ(pirq_share_eoi_page(d, ~0ul, false), -EINVAL);
	CHECK_EQ(pirq_share_eoi_page(d, mfn_x(m), true), 0);
	CHECK(d->pv.auto_unmask);
	CHECK_EQ(shim_type_refs(m), 1);
	CHECK_EQ(pirq_share_eoi_page(d, mfn_x(other), false), -EBUSY);
	CHECK_EQ(shim_type_refs(other), 0);
	CHECK_EQ(bits[20 / 8] >> (20 % 8) & 1, 1);
	CHECK_EQ(bits[0], 0);
	CHECK_EQ(irq_set_gsi_mode(4, true, true), 0);
	CHECK_EQ(bind(d, 4, true), 0);
	CHECK_EQ(bits[0], 1 << 4);
	pirq_release_domain(d);
	CHECK_EQ(shim_type_refs(m), 0);
	shim_drop_frame(m);
	shim_drop_frame(other);
	irq_set_gsi_mode(4, false, false);
	d->pv.auto_unmask = false;

	/* The old way to say that one is done: by unmasked ports. */
	map_gsi(d, 17, 5);
	bind(d, 5, true);
	line(17, true);
	line(17, false);
	d->shared_info->evtchn_mask[0] = 1ul << 6;
	pirq_guest_unmask(d);
	CHECK(pin[17].masked);
	d->shared_info->evtchn_mask[0] = 0;
	pirq_guest_unmask(d);
	CHECK(!pin[17].masked);
	pirq_release_domain(d);
	shim_result("eoi page");
}

/* Whatever three guests do: a line is masked exactly while somebody bound to it has not answered. */
static void test_random(void)
{
	bool bound[3][PINS] = { 0 }, owes[3][PINS] = { 0 };

	for (u32 i = 0; i < 3; i++)
		for (u32 g = 16; g < PINS; g++)
			map_gsi(D[i], g, g);
	for (u32 step = 0; step < 300000; step++) {
		u32 i = shim_random() % 3, g = 16 + shim_random() % (PINS - 16);
		bool any_bound = false, any_owes = false;

		now += shim_random() % 20000000;
		switch (shim_random() % 6) {
		case 0:
			if (!bound[i][g])
				bound[i][g] = !bind(D[i], g, true);
			break;
		case 1:
			unbind(D[i], g);
			bound[i][g] = owes[i][g] = false;
			break;
		case 2:
			D[i]->vcpu[0]->processor = shim_random() % CPUS;
			pirq_set_affinity(D[i], g, D[i]->vcpu[0]);
			break;
		case 3:
			owes[i][g] = false;
			pirq_guest_eoi(D[i], g);
			break;
		default:
			for (u32 k = 0; k < 3; k++)
				told[k][g] = 0;
			line(g, shim_random() & 1);
		}
		run();
		for (u32 k = 0; k < 3; k++) {
			const struct irq_desc *desc = irq_to_desc(g);

			any_bound |= bound[k][g];
			for (u32 n = 0; n < desc->nr_bound; n++)
				if (desc->bound[n].domain == D[k])
					owes[k][g] = desc->bound[n].in_flight;
			any_owes |= owes[k][g];
		}
		CHECK_EQ(irq_to_desc(g)->nr_in_flight != 0, any_owes);
		if (any_bound) {
			CHECK_EQ(pin[g].masked, any_owes);
			/* Asserted, it is never forgotten. */
			CHECK(!pin[g].asserted || any_owes);
		} else {
			CHECK(pin[g].masked);
		}
		if (shim_failures > 10)
			break;
	}
	for (u32 i = 0; i < 3; i++)
		pirq_release_domain(D[i]);
	for (u32 g = 0; g < PINS; g++)
		CHECK(pin[g].masked);
	shim_result("random");
}

int main(void)
{
	shim_init();
	for (u32 i = 0; i < CPUS; i++) {
		cpu_apic_id[i] = i;
		cpumask_set_cpu(i, &cpu_online_mask);
	}
	irq_init();
	for (u32 i = 0; i < 3; i++) {
		D[i] = shim_domain(i, 1, i == 0, false);
		spin_lock_init(&D[i]->event_lock);
	}
	test_numbers();
	test_exhaustion();
	test_level();
	test_edge_and_moves();
	test_eoi_page();
	test_random();
	for (u32 i = 0; i < 3; i++) {
		pirq_destroy_domain(D[i]);
		put_domain(D[i]);
	}
	return shim_exit();
}
