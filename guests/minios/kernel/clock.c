// SPDX-License-Identifier: MIT
/*
 * Time: the clock that the hypervisor lays out in shared memory, scaled from the
 * processor's cycle counter, and one timer for all who wait. No tick.
 */
#include <minios/hypercall.h>
#include <minios/clock.h>
#include <minios/event.h>
#include <minios/kernel.h>

#define NS_PER_SECOND	1000000000ULL

static inline uint64_t cycles(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a" (low), "=d" (high));
	return (uint64_t)high << 32 | low;
}

/* A number of 64 bits times a fraction of 32, in two halves: 32-bit code has no wider product. */
static uint64_t scale(uint64_t n, uint32_t fraction)
{
	return (n >> 32) * fraction + ((n & 0xffffffff) * fraction >> 32);
}

/*
 * The hypervisor rewrites the record whenever the vcpu is switched in, also between
 * two of our loads: an odd version means it is being written, and a changed one
 * that we have read a mixture.
 */
uint64_t clock_now(void)
{
	volatile struct vcpu_time_info *time = &shared_info->vcpu_info[0].time;
	uint64_t delta, base;
	uint32_t version;

	do {
		version = time->version;
		xen_rmb();
		delta = cycles() - time->tsc_timestamp;
		if (time->tsc_shift >= 0)
			delta <<= time->tsc_shift;
		else
			delta >>= -time->tsc_shift;
		base = time->system_time + scale(delta, time->tsc_to_system_mul);
		xen_rmb();
	} while ((version & 1) || version != time->version);
	return base;
}

/* What the wall clock showed at system time zero, plus system time. */
uint64_t clock_wall(void)
{
	volatile struct shared_info *shared = shared_info;
	uint64_t seconds, ns;
	uint32_t version;

	do {
		version = shared->wc_version;
		xen_rmb();
		seconds = shared->wc_sec | (uint64_t)shared->xen_wc_sec_hi << 32;
		ns = shared->wc_nsec;
		xen_rmb();
	} while ((version & 1) || version != shared->wc_version);
	return seconds * NS_PER_SECOND + ns + clock_now();
}

/* The interrupt that ends a wait: the scheduler looks at its deadlines by itself. */
static void timer_event(void *unused)
{
	(void)unused;
}

void clock_arm(uint64_t deadline)
{
	/* Zero stops the timer. A deadline that has passed fires at once. */
	hypercall_set_timer(deadline == NEVER ? 0 : deadline);
}

void clock_init(void)
{
	event_bind_virq(VIRQ_TIMER, timer_event, NULL);
}
