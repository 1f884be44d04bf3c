// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time as guests see it: the versioned vcpu_time_info of each vcpu and its
 * secondary copy, the wall clock in shared_info, and the two timers of each
 * vcpu, both of which deliver VIRQ_TIMER. A vcpu's time state belongs to the
 * CPU it is current on; the wall clock has a lock.
 */
#include <arch/barrier.h>
#include <arch/time.h>
#include <common/domain.h>
#include <common/event.h>
#include <common/guest_access.h>
#include <common/guest_area.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <common/shared.h>
#include <common/softirq.h>
#include <common/time.h>
#include <lib/bug.h>
#include <lib/errno.h>

#define NS_PER_SEC		1000000000ull
#define SHORTEST_PERIOD		MILLISECS(1)
#define LONGEST_PERIOD		(STIME_MAX / 2)
/* What a vcpu has until it sets or stops its periodic timer itself. */
#define DEFAULT_PERIOD		MILLISECS(10)
/* A set_timer_op deadline further off than this is a guest's arithmetic gone wrong. */
#define PLAUSIBLE_TIMEOUT	((s_time_t)1 << 50)
#define IMPLAUSIBLE_DELAY	MILLISECS(100)
/* wc_sec_hi in the union of the 32-bit layout: after six words of arch_shared_info. */
#define WC_SEC_HI_32		6

/* --- vcpu_time_info --- */

/* Both ABIs have it at the same offset of vcpu_info. */
static volatile struct vcpu_time_info *time_info_of(struct vcpu *v)
{
	return &v->info->time;
}

static void publish_copy(struct vcpu *v, struct vcpu_time_info *t)
{
	vaddr_t addr = v->time_info_guest;
	u32 done = t->version;

	/* Odd while it is written: three stores that a reader sees in order. */
	t->version = done - 1;
	if (guest_area_write(v, addr, &t->version, sizeof(t->version)))
		return;
	smp_wmb();
	if (guest_area_write(v, addr, t, sizeof(*t)))
		return;
	smp_wmb();
	t->version = done;
	guest_area_write(v, addr, &t->version, sizeof(t->version));
}

static void publish_time(struct vcpu *v, const struct time_stamp *stamp)
{
	volatile struct vcpu_time_info *u = time_info_of(v);
	struct vcpu_time_info t = {
		.version = v->time_version + 2,
		.tsc_timestamp = stamp->tsc,
		.system_time = stamp->ns,
		.tsc_to_system_mul = stamp->scale.mul,
		.tsc_shift = stamp->scale.shift,
	};

	v->time_version = t.version;
	v->time_tsc = stamp->tsc;

	/* Our own counter: what the guest stores there does not matter. */
	u->version = t.version - 1;
	smp_wmb();
	u->tsc_timestamp = t.tsc_timestamp;
	u->system_time = t.system_time;
	u->tsc_to_system_mul = t.tsc_to_system_mul;
	u->tsc_shift = t.tsc_shift;
	u->flags = 0;
	smp_wmb();
	u->version = t.version;

	if (v->time_info_guest && v == current)
		publish_copy(v, &t);
}

void update_vcpu_time(struct vcpu *v)
{
	struct time_stamp stamp;

	time_get_stamp(&stamp);
	/* A stamp belongs to one CPU and one calibration: the same one is still true. */
	if (stamp.tsc != v->time_tsc)
		publish_time(v, &stamp);
}

void force_update_vcpu_time(struct vcpu *v)
{
	struct time_stamp stamp;

	time_get_stamp(&stamp);
	publish_time(v, &stamp);
}

int vcpu_register_time_area(struct vcpu *v, vaddr_t addr)
{
	if (!guest_range_ok(addr, sizeof(struct vcpu_time_info)))
		return -EFAULT;
	WRITE_ONCE(v->time_info_guest, addr);
	/* Another vcpu's copy is written when that one is next switched in. */
	if (v == current)
		force_update_vcpu_time(v);
	else
		WRITE_ONCE(v->time_tsc, 0);
	return 0;
}

static void calibration_softirq(void)
{
	time_calibrate();
	if (!current->is_idle)
		update_vcpu_time(current);
}

/* --- wall clock --- */

static DEFINE_SPINLOCK(wallclock_lock);
static u64 wallclock_sec;		/* UTC at system time 0 */
static u32 wallclock_nsec;

/* The two layouts differ in where the four words are. */
static void write_wallclock(volatile u32 *version, volatile u32 *sec, volatile u32 *nsec,
			    volatile u32 *sec_hi, u64 s, u32 ns)
{
	u32 v = *version | 1;

	*version = v;
	smp_wmb();
	*sec = s;
	*sec_hi = s >> 32;
	*nsec = ns;
	smp_wmb();
	*version = v + 1;
}

void update_domain_wallclock(struct domain *d)
{
	unsigned long flags;
	u64 sec;

	spin_lock_irqsave(&wallclock_lock, flags);
	if (!d->shared_info)
		goto out;
	sec = wallclock_sec + d->time_offset_seconds;
	if (d->is_32bit) {
		struct shared_info_32 *s = (struct shared_info_32 *)d->shared_info;

		write_wallclock(&s->wc_version, &s->wc_sec, &s->wc_nsec,
				&s->wc_sec_hi_or_arch[WC_SEC_HI_32], sec, wallclock_nsec);
	} else {
		struct shared_info *s = d->shared_info;

		write_wallclock(&s->wc_version, &s->wc_sec, &s->wc_nsec, &s->wc_sec_hi,
				sec, wallclock_nsec);
	}
out:
	spin_unlock_irqrestore(&wallclock_lock, flags);
}

void wallclock_set(u64 sec, u32 nsec, u64 system_time_base)
{
	u64 base_sec = system_time_base / NS_PER_SEC;
	u32 base_nsec = system_time_base % NS_PER_SEC;
	struct domain *d;
	unsigned long flags;

	spin_lock_irqsave(&wallclock_lock, flags);
	wallclock_sec = sec - base_sec;
	if (nsec < base_nsec) {
		nsec += NS_PER_SEC;
		wallclock_sec--;
	}
	wallclock_nsec = nsec - base_nsec;
	spin_unlock_irqrestore(&wallclock_lock, flags);

	for (int id = -1; (d = get_next_domain(id)) != NULL; put_domain(d)) {
		id = d->id;
		update_domain_wallclock(d);
	}
}

void wallclock_init(u64 sec)
{
	open_softirq(SOFTIRQ_TIME_CALIBRATION, calibration_softirq);
	wallclock_set(sec, 0, NOW());
}

/* --- the timers of a vcpu --- */

static void timer_fired(void *data)
{
	send_guest_vcpu_virq(data, VIRQ_TIMER);
}

/* It runs on: the tick is delivered and the next armed on this CPU's way out. */
static void period_fired(void *data)
{
	vcpu_force_reschedule(data);
}

void time_init_vcpu(struct vcpu *v)
{
	timer_init(&v->singleshot_timer, timer_fired, v, v->processor);
	timer_init(&v->periodic_timer, period_fired, v, v->processor);
	v->periodic_period = DEFAULT_PERIOD;
}

void time_destroy_vcpu(struct vcpu *v)
{
	timer_kill(&v->singleshot_timer);
	timer_kill(&v->periodic_timer);
}

int vcpu_set_singleshot(struct vcpu *v, u64 deadline, bool must_be_future)
{
	s_time_t at = deadline > (u64)STIME_MAX ? STIME_MAX : (s_time_t)deadline;

	if (must_be_future && at < NOW())
		return -ETIME;
	timer_migrate(&v->singleshot_timer, smp_cpu());
	timer_set(&v->singleshot_timer, at);
	return 0;
}

void vcpu_stop_singleshot(struct vcpu *v)
{
	timer_stop(&v->singleshot_timer);
}

long do_set_timer_op(u64 deadline)
{
	struct vcpu *v = current;
	s_time_t now = NOW();

	if (deadline == 0) {
		vcpu_stop_singleshot(v);
		return 0;
	}
	/*
	 * Old kernels passed jiffies that had wrapped and then slept for ever;
	 * an early tick lets them look again.
	 */
	if (deadline > (u64)(now + PLAUSIBLE_TIMEOUT))
		deadline = now + IMPLAUSIBLE_DELAY;
	return vcpu_set_singleshot(v, deadline, false);
}

int vcpu_set_periodic(struct vcpu *v, u64 period)
{
	if (period && (period < (u64)SHORTEST_PERIOD || period > (u64)LONGEST_PERIOD))
		return -EINVAL;
	WRITE_ONCE(v->periodic_period, period);
	if (v == current)
		vcpu_periodic_timer_update(v);
	else
		vcpu_force_reschedule(v);
	return 0;
}

/*
 * The periodic timer counts only while its vcpu runs; ticks missed while it
 * did not become a single one when it comes back.
 */
void vcpu_periodic_timer_update(struct vcpu *v)
{
	s_time_t period = READ_ONCE(v->periodic_period), now, next;

	if (!period) {
		if (timer_active(&v->periodic_timer))
			timer_stop(&v->periodic_timer);
		return;
	}
	now = NOW();
	next = v->periodic_last + period;
	if (next <= now) {
		send_guest_vcpu_virq(v, VIRQ_TIMER);
		v->periodic_last = now;
		next = now + period;
	} else if (timer_active(&v->periodic_timer) &&
		   timer_expires(&v->periodic_timer) == next) {
		return;
	}
	timer_migrate(&v->periodic_timer, smp_cpu());
	timer_set(&v->periodic_timer, next);
}

void vcpu_time_switch_in(struct vcpu *v)
{
	update_vcpu_time(v);
	if (v->periodic_period)
		vcpu_periodic_timer_update(v);
}

void vcpu_time_switch_out(struct vcpu *v)
{
	if (v->periodic_period)
		timer_stop(&v->periodic_timer);
}
