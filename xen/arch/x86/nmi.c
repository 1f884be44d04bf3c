// SPDX-License-Identifier: GPL-2.0-only
/*
 * Non-maskable interrupts: stopping this CPU for a dying machine, or errors
 * that the chipset reports to the boot CPU. The handler may have interrupted
 * anything, so it takes no lock: telling dom0 is left to a softirq.
 * nmi=ignore|dom0|fatal says what is done.
 */
#include <arch/bitops.h>
#include <arch/io.h>
#include <arch/nmi.h>
#include <arch/panic.h>
#include <arch/smp.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/sched.h>
#include <common/shared.h>
#include <common/softirq.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <public/nmi.h>
#include <pv/traps.h>

/* Of the PC's system control port: why, and the bits that clear it. */
#define CONTROL_PORT		0x61
#define  REASON_SERR		0x80
#define  REASON_IOCHK		0x40
#define  CLEAR_IOCHK		0x08
#define  CLEAR_SERR		0x04

/* In words, within the 32-bit layout's arch part. */
#define NMI_REASON_32		2

static enum { NMI_IGNORE, NMI_DOM0, NMI_FATAL } policy __ro_after_init = NMI_DOM0;

static int __init parse_nmi(const char *s)
{
	if (s && !strcmp(s, "ignore"))
		policy = NMI_IGNORE;
	else if (s && !strcmp(s, "dom0"))
		policy = NMI_DOM0;
	else if (s && !strcmp(s, "fatal"))
		policy = NMI_FATAL;
	else
		return -EINVAL;
	return 0;
}
option_custom("nmi", parse_nmi);

/* XENNMI_REASON bits that dom0 has not been told of; atomic. */
static u32 untold;

static const char *reason_name(u8 port)
{
	return port & REASON_SERR ? "PCI system error" : port & REASON_IOCHK ? "I/O check" : "unknown reason";
}

static void tell_dom0(void)
{
	u32 reasons = xchg(&untold, 0);
	struct vcpu *v = dom0 ? domain_vcpu(dom0, 0) : NULL;
	volatile void *word;

	if (!v || !reasons)
		return;
	if (dom0->is_32bit)
		word = &((struct shared_info_32 *)dom0->shared_info)->wc_sec_hi_or_arch[NMI_REASON_32];
	else
		word = &dom0->shared_info->arch.nmi_reason;
	for (unsigned int bit = 0; bit < 32; bit++)
		if (reasons >> bit & 1)
			set_bit(bit, word);
	vcpu_send_nmi(v);
}

void nmi_init(void)
{
	open_softirq(SOFTIRQ_NMI, tell_dom0);
}

static u32 read_reason(u8 port)
{
	u32 reasons = 0;

	if (port & REASON_SERR) {
		outb((port & 0x0f) | CLEAR_SERR, CONTROL_PORT);
		reasons |= 1u << _XEN_NMIREASON_pci_serr;
	}
	if (port & REASON_IOCHK) {
		outb((port & 0x0f) | CLEAR_IOCHK, CONTROL_PORT);
		reasons |= 1u << _XEN_NMIREASON_io_error;
	}
	return reasons ? reasons : 1u << _XEN_NMIREASON_unknown;
}

void nmi_interrupt(struct cpu_regs *regs)
{
	u8 port;

	smp_stop_by_nmi();
	/* The other CPUs' pins are masked: theirs can only be a message to stop. */
	if (smp_cpu() || policy == NMI_IGNORE)
		return;
	port = inb(CONTROL_PORT);
	if (policy == NMI_FATAL || !dom0) {
		smp_stop_others();
		console_force_unlock();
		show_execution_state(regs);
		panic("NMI: %s (port 0x61: %02x)\n", reason_name(port), port);
	}
	__atomic_fetch_or(&untold, read_reason(port), __ATOMIC_SEQ_CST);
	raise_softirq(SOFTIRQ_NMI);
}
