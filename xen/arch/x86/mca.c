// SPDX-License-Identifier: GPL-2.0-only
/*
 * Looking for errors in the machine-check banks. What needs an answer at once
 * comes as an exception, which stops the machine; the rest is only found by
 * looking. A report waits until dom0, told by VIRQ_MCA, has acknowledged it.
 * mca_lock guards the reports; it is taken with interrupts on.
 */
#include <arch/cpufeature.h>
#include <arch/mca.h>
#include <arch/msr.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/console.h>
#include <common/event.h>
#include <common/percpu.h>
#include <common/spinlock.h>
#include <common/timer.h>
#include <lib/minmax.h>
#include <lib/string.h>
#include <public/xen.h>
#include <public/arch-x86/xen-mca.h>

#define POLL_PERIOD		SECONDS(5)
#define MAX_REPORTS		32
#define MCG_CAP_COUNT		0xff
#define MAX_BANKS		32u		/* that have their registers one after the other */
#define BANK_REGISTERS		4
#define MCI_STATUS_VALID	(1ull << 63)
#define MCI_STATUS_MISC_VALID	(1ull << 59)
#define MCI_STATUS_ADDR_VALID	(1ull << 58)

static DEFINE_SPINLOCK(mca_lock);
static struct mca_report report[MAX_REPORTS];	/* the oldest first */
static u32 nr_reports;
static u64 last_id;
static DEFINE_PER_CPU(struct timer, poll_timer);

/* With the lock held. False when there is no room: the error then stays in its bank. */
static bool add(struct mca_report *r)
{
	if (nr_reports >= MAX_REPORTS)
		return false;
	r->id = ++last_id;
	report[nr_reports++] = *r;
	return true;
}

static u64 bank_read(u32 msr, u32 bank)
{
	u64 v;

	rdmsr_safe(msr + BANK_REGISTERS * bank, &v);
	return v;
}

/*
 * One bank, put into the list and emptied: true if there was something. CPUs of a package
 * share banks, so from the look to the emptying under the lock: else they would all
 * report the same, and the last of them empty what has come meanwhile.
 */
static bool take_from_bank(struct mca_report *r, u32 bank)
{
	bool taken = false;

	spin_lock(&mca_lock);
	r->bank = bank;
	r->status = bank_read(MSR_IA32_MC0_STATUS, bank);
	if (r->status & MCI_STATUS_VALID) {
		r->addr = r->status & MCI_STATUS_ADDR_VALID ? bank_read(MSR_IA32_MC0_ADDR, bank) : 0;
		r->misc = r->status & MCI_STATUS_MISC_VALID ? bank_read(MSR_IA32_MC0_MISC, bank) : 0;
		r->tsc = rdtsc();
		taken = add(r);
		if (taken)
			wrmsr_safe(MSR_IA32_MC0_STATUS + BANK_REGISTERS * bank, 0);
	}
	spin_unlock(&mca_lock);
	return taken;
}

static void poll_banks(void)
{
	struct mca_report r = { .cpu = smp_cpu() };
	u64 cap;

	rdmsr_safe(MSR_IA32_MCG_CAP, &cap);
	rdmsr_safe(MSR_IA32_MCG_STATUS, &r.gstatus);
	for (u32 bank = 0; bank < min((u32)(cap & MCG_CAP_COUNT), MAX_BANKS); bank++) {
		if (!take_from_bank(&r, bank))
			continue;
		printk(XENLOG_WARNING "CPU %u: %s error in bank %u: status %#lx, address %#lx\n",
		       r.cpu, mca_uncorrected(&r) ? "uncorrected" : "corrected", bank, r.status, r.addr);
	}
}

static void poll(void *unused)
{
	(void)unused;
	poll_banks();
	/* Again, if it was told before it listened. */
	if (READ_ONCE(nr_reports))
		send_global_virq(VIRQ_MCA);
	timer_set(this_cpu_ptr(poll_timer), NOW() + POLL_PERIOD);
}

void __init mca_init(void)
{
	u32 cpu;

	if (!cpu_has(X86_FEATURE_MCE) || !cpu_has(X86_FEATURE_MCA))
		return;
	for_each_online_cpu(cpu) {
		timer_init(&per_cpu(poll_timer, cpu), poll, NULL, cpu);
		timer_set(&per_cpu(poll_timer, cpu), NOW() + POLL_PERIOD);
	}
}

bool mca_oldest(bool uncorrected, struct mca_report *r)
{
	bool found = false;

	spin_lock(&mca_lock);
	for (u32 i = 0; i < nr_reports && !found; i++)
		if (mca_uncorrected(&report[i]) == uncorrected) {
			*r = report[i];
			found = true;
		}
	spin_unlock(&mca_lock);
	return found;
}

void mca_acknowledge(u64 id)
{
	spin_lock(&mca_lock);
	for (u32 i = 0; i < nr_reports; i++)
		if (report[i].id == id) {
			nr_reports--;
			memmove(&report[i], &report[i + 1], (nr_reports - i) * sizeof(report[0]));
			break;
		}
	spin_unlock(&mca_lock);
}
