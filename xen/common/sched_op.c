// SPDX-License-Identifier: GPL-2.0-only
/*
 * HYPERVISOR_sched_op: what a guest tells the scheduler about itself, its own
 * end, and its watchdogs. Watchdogs are guarded by their domain's
 * watchdog_lock; the rest keeps no state.
 */
#include <arch/bitops.h>
#include <arch/time.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <common/sched_policy.h>
#include <common/shared.h>
#include <lib/errno.h>
#include <public/sched.h>

/* Pointers are half as wide there. */
struct sched_poll_32 {
	u32 ports;
	u32 nr_ports;
	u64 timeout;
};

static long op_block(void)
{
	*vcpu_upcall_mask(current) = 0;
	vcpu_block();
	return 0;
}

static long op_shutdown(u64 arg)
{
	struct sched_shutdown shutdown;

	if (read_guest(&shutdown, arg))
		return -EFAULT;
	domain_shutdown(current->domain, (u8)shutdown.reason);
	return 0;
}

/* The reason is remembered for the tools; the domain goes on, to crash or to stop later. */
static long op_shutdown_code(u64 arg)
{
	struct domain *d = current->domain;
	struct sched_shutdown shutdown;
	long rc = 0;

	if (read_guest(&shutdown, arg))
		return -EFAULT;
	spin_lock(&d->domain_lock);
	if (d->shutdown_code == SHUTDOWN_CODE_INVALID)
		d->shutdown_code = (u8)shutdown.reason;
	else
		rc = -EEXIST;
	spin_unlock(&d->domain_lock);
	return rc;
}

static long op_poll(u64 arg)
{
	struct sched_poll poll;
	struct sched_poll_32 poll32;

	if (!current->domain->is_32bit) {
		if (read_guest(&poll, arg))
			return -EFAULT;
	} else {
		if (read_guest(&poll32, arg))
			return -EFAULT;
		poll.ports.p = (void *)(unsigned long)poll32.ports;
		poll.nr_ports = poll32.nr_ports;
		poll.timeout = poll32.timeout;
	}
	return vcpu_poll(&poll);
}

static long op_remote_shutdown(u64 arg)
{
	struct sched_remote_shutdown remote;
	struct domain *d;

	if (read_guest(&remote, arg))
		return -EFAULT;
	d = get_domain_by_id(remote.domain_id);
	if (!d)
		return -ESRCH;
	if (!is_control_domain(current->domain)) {
		put_domain(d);
		return -EPERM;
	}
	domain_shutdown(d, (u8)remote.reason);
	put_domain(d);
	return 0;
}

static long op_pin_override(u64 arg)
{
	struct sched_pin_override override;

	if (!is_control_domain(current->domain))
		return -EPERM;
	if (read_guest(&override, arg))
		return -EFAULT;
	return vcpu_pin_override(current, override.pcpu);
}

/* --- watchdogs --- */

static void watchdog_bites(void *data)
{
	struct domain *d = data;

	printk(XENLOG_G_WARNING "d%u: its watchdog ran out\n", d->id);
	domain_shutdown(d, SHUTDOWN_watchdog);
}

void watchdogs_init(struct sched_domain *sd)
{
	spin_lock_init(&sd->watchdog_lock);
	for (unsigned int i = 0; i < NR_WATCHDOGS; i++)
		timer_init(&sd->watchdog[i], watchdog_bites, sd->domain, 0);
}

void watchdogs_kill(struct sched_domain *sd)
{
	for (unsigned int i = 0; i < NR_WATCHDOGS; i++)
		timer_kill(&sd->watchdog[i]);
}

/* Returns the id of a new one, which waits for its first timeout when that is 0. Lock held. */
static long new_watchdog(struct sched_domain *sd, u32 seconds)
{
	u32 slot = 0;

	while (slot < NR_WATCHDOGS && (sd->watchdogs_in_use & (1u << slot)))
		slot++;
	if (slot == NR_WATCHDOGS)
		return -ENOSPC;
	sd->watchdogs_in_use |= 1u << slot;
	if (seconds)
		timer_set(&sd->watchdog[slot], NOW() + SECONDS(seconds));
	return (long)slot + 1;
}

/* Lock held. */
static long set_watchdog(struct sched_domain *sd, u32 id, u32 seconds)
{
	u32 slot = array_index_nospec(id - 1, NR_WATCHDOGS);

	if (!(sd->watchdogs_in_use & (1u << slot)))
		return -EINVAL;
	if (seconds) {
		timer_set(&sd->watchdog[slot], NOW() + SECONDS(seconds));
	} else {
		sd->watchdogs_in_use &= ~(1u << slot);
		timer_stop(&sd->watchdog[slot]);
	}
	return 0;
}

static long op_watchdog(u64 arg)
{
	struct sched_domain *sd = current->domain->sched;
	struct sched_watchdog watchdog;
	long rc;

	if (read_guest(&watchdog, arg))
		return -EFAULT;
	if (watchdog.id > NR_WATCHDOGS)
		return -EINVAL;
	spin_lock(&sd->watchdog_lock);
	rc = watchdog.id ? set_watchdog(sd, watchdog.id, watchdog.timeout) :
			   new_watchdog(sd, watchdog.timeout);
	spin_unlock(&sd->watchdog_lock);
	return rc;
}

/* --- the hypercalls --- */

long do_sched_op(u64 cmd, u64 arg)
{
	switch ((u32)cmd) {
	case SCHEDOP_yield:
		vcpu_yield();
		return 0;
	case SCHEDOP_block:
		return op_block();
	case SCHEDOP_shutdown:
		return op_shutdown(arg);
	case SCHEDOP_poll:
		return op_poll(arg);
	case SCHEDOP_remote_shutdown:
		return op_remote_shutdown(arg);
	case SCHEDOP_shutdown_code:
		return op_shutdown_code(arg);
	case SCHEDOP_watchdog:
		return op_watchdog(arg);
	case SCHEDOP_pin_override:
		return op_pin_override(arg);
	default:
		return -ENOSYS;
	}
}

/* The interface before 3.1: the reason is the argument itself. */
long do_sched_op_compat(u64 cmd, u64 arg)
{
	switch ((u32)cmd) {
	case SCHEDOP_yield:
		vcpu_yield();
		return 0;
	case SCHEDOP_block:
		return op_block();
	case SCHEDOP_shutdown:
		domain_shutdown(current->domain, (u8)arg);
		return 0;
	default:
		return -ENOSYS;
	}
}
