// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scheduler's mechanism: which vcpus can run, pausing and waking, the
 * schedule softirq that switches a CPU from one to another, and the idle loop.
 * Who runs is the policy's decision (common/sched_policy.h). State is guarded
 * by the run-queue lock of the vcpu's processor; reasons not to run
 * (pause_flags, the pause counts) are atomics that anybody changes before
 * calling vcpu_wake or vcpu_sleep_nosync, which then look at them under it.
 */
#include <arch/atomic.h>
#include <arch/barrier.h>
#include <arch/bitops.h>
#include <arch/irqflags.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/cmdline.h>
#include <common/console.h>
#include <common/event.h>
#include <common/frame.h>
#include <common/keyhandler.h>
#include <common/sched.h>
#include <common/sched_policy.h>
#include <common/softirq.h>
#include <common/time.h>
#include <lib/bug.h>
#include <lib/errno.h>
#include <lib/string.h>

struct sched_cpu sched_cpus[MAX_CPUS];

static const struct scheduler *const policies[] = { &sched_credit };
static const struct scheduler *policy __read_mostly = &sched_credit;

static char sched_option[16];
option_string("sched", sched_option);
static bool dom0_vcpus_pin;
option_bool("dom0_vcpus_pin", dom0_vcpus_pin);

/* Frames scrubbed between two looks for work in the idle loop. */
#define IDLE_SCRUB_BITE		8

/* --- locks and interrupts for both halves --- */

unsigned long sched_irq_save(void)
{
	return local_irq_save_flags();
}

void sched_irq_restore(unsigned long flags)
{
	local_irq_restore(flags);
}

struct sched_cpu *sched_lock_vcpu(const struct vcpu *v, unsigned long *flags)
{
	local_irq_save(*flags);
	for (;;) {
		u32 cpu = READ_ONCE(v->processor);
		struct sched_cpu *sc = &sched_cpus[cpu];

		spin_lock(&sc->lock);
		if (likely(v->processor == cpu))
			return sc;
		spin_unlock(&sc->lock);
	}
}

void sched_unlock(struct sched_cpu *sc, unsigned long flags)
{
	spin_unlock(&sc->lock);
	local_irq_restore(flags);
}

void sched_tickle(u32 cpu)
{
	cpu_raise_softirq(cpu, SOFTIRQ_SCHEDULE);
}

void sched_tickle_at(u32 cpu, s_time_t deadline)
{
	struct timer *t = &sched_cpus[cpu].slice;

	if (!timer_active(t) || timer_expires(t) > deadline)
		timer_set(t, deadline);
}

/* --- runnable or not --- */

bool vcpu_runnable(const struct vcpu *v)
{
	return !(READ_ONCE(v->pause_flags) |
		 (unsigned int)READ_ONCE(v->pause_count) |
		 (unsigned int)READ_ONCE(v->domain->pause_count));
}

static bool is_blocked(const struct vcpu *v)
{
	return test_bit(VPF_BLOCKED, &v->pause_flags);
}

static int resting_runstate(const struct vcpu *v)
{
	return is_blocked(v) ? RUNSTATE_blocked :
	       vcpu_runnable(v) ? RUNSTATE_runnable : RUNSTATE_offline;
}

/*
 * Queue a runnable vcpu that is in no queue, on the CPU the policy prefers.
 * Moving to another CPU's lock leaves a moment without one, after which
 * everything is looked at again. Enters and leaves with a lock held.
 */
static struct sched_cpu *place_and_wake(struct sched_cpu *sc, struct vcpu *v)
{
	struct sched_vcpu *sv = v->sched;

	/* One that is still being saved stays where its registers are. */
	if (READ_ONCE(v->is_running)) {
		sv->must_move = !cpumask_test_cpu(v->processor, &sv->hard);
	} else {
		u32 cpu = policy->pick_cpu(sv);

		if (cpu != v->processor) {
			unsigned long flags;	/* interrupts are off already */

			WRITE_ONCE(v->processor, cpu);
			spin_unlock(&sc->lock);
			sc = sched_lock_vcpu(v, &flags);
		}
	}
	if (vcpu_runnable(v) && sv->place == PLACE_OFF && !sv->must_move)
		policy->wake(sv, NOW());
	return sc;
}

void vcpu_wake(struct vcpu *v)
{
	unsigned long flags;
	struct sched_cpu *sc;

	if (v->is_idle)
		return;
	sc = sched_lock_vcpu(v, &flags);
	if (vcpu_runnable(v)) {
		if (v->runstate.state >= RUNSTATE_blocked)
			runstate_change(v, RUNSTATE_runnable, NOW());
		if (v->sched->place == PLACE_OFF && !v->sched->must_move)
			sc = place_and_wake(sc, v);
	} else if (v->runstate.state == RUNSTATE_blocked && !is_blocked(v)) {
		runstate_change(v, RUNSTATE_offline, NOW());
	}
	sched_unlock(sc, flags);
}

void vcpu_sleep_nosync(struct vcpu *v)
{
	unsigned long flags;
	struct sched_cpu *sc;

	if (v->is_idle)
		return;
	sc = sched_lock_vcpu(v, &flags);
	if (!vcpu_runnable(v)) {
		if (v->runstate.state == RUNSTATE_runnable)
			runstate_change(v, resting_runstate(v), NOW());
		if (v->sched->place == PLACE_RUNNING)
			sched_tickle(v->processor);
		else
			policy->sleep(v->sched);
	}
	sched_unlock(sc, flags);
}

/*
 * Waiting cannot end when two vcpus wait for each other: callers wait only
 * for other domains, and only the control domain does.
 */
void vcpu_sleep_sync(struct vcpu *v)
{
	vcpu_sleep_nosync(v);
	while (!vcpu_runnable(v) && READ_ONCE(v->is_running))
		cpu_relax();
	smp_rmb();
	sync_vcpu_state(v);
}

void vcpu_pause_nosync(struct vcpu *v)
{
	fetch_add(&v->pause_count, 1);
	vcpu_sleep_nosync(v);
}

void vcpu_pause(struct vcpu *v)
{
	ASSERT(v != current);
	fetch_add(&v->pause_count, 1);
	vcpu_sleep_sync(v);
}

void vcpu_unpause(struct vcpu *v)
{
	if (fetch_sub(&v->pause_count, 1) == 1)
		vcpu_wake(v);
}

/* The flag is set before the look at events, and senders do the reverse. */
void vcpu_block(void)
{
	struct vcpu *v = current;

	set_bit(VPF_BLOCKED, &v->pause_flags);
	if (local_events_need_delivery())
		clear_bit(VPF_BLOCKED, &v->pause_flags);
	else
		raise_softirq(SOFTIRQ_SCHEDULE);
}

void vcpu_unblock(struct vcpu *v)
{
	/*
	 * A poll ends with the sleep, and the event code's marks with it; they go
	 * first. When somebody else wakes v meanwhile and it polls again, what is
	 * taken back here are the new poll's marks: without them neither its port
	 * nor its timeout would end it, so the sleep has to end here.
	 */
	if (READ_ONCE(v->polling)) {
		WRITE_ONCE(v->polling, false);
		v->poll_evtchn = 0;
		clear_bit(v->id, v->domain->poll_mask);
	}
	if (test_and_clear_bit(VPF_BLOCKED, &v->pause_flags))
		vcpu_wake(v);
}

void vcpu_yield(void)
{
	struct vcpu *v = current;
	unsigned long flags;
	struct sched_cpu *sc = sched_lock_vcpu(v, &flags);

	policy->yield(v->sched);
	sched_unlock(sc, flags);
	raise_softirq(SOFTIRQ_SCHEDULE);
}

void vcpu_force_reschedule(struct vcpu *v)
{
	unsigned long flags;
	struct sched_cpu *sc = sched_lock_vcpu(v, &flags);

	if (v->sched->place == PLACE_RUNNING)
		sched_tickle(v->processor);
	sched_unlock(sc, flags);
}

/* --- affinity --- */

const cpumask_t *vcpu_hard_affinity(const struct vcpu *v)
{
	return &v->sched->hard;
}

const cpumask_t *vcpu_soft_affinity(const struct vcpu *v)
{
	return &v->sched->soft;
}

/*
 * The affinities changed: leave a CPU that they forbid, and wait where there
 * is an idle CPU that they now allow. Lock held.
 */
static struct sched_cpu *obey_affinity(struct sched_cpu *sc, struct vcpu *v)
{
	struct sched_vcpu *sv = v->sched;
	bool allowed = cpumask_test_cpu(v->processor, &sv->hard);

	if (sv->place == PLACE_RUNNING) {
		if (!allowed)
			sched_tickle(v->processor);
	} else if (sv->place != PLACE_OFF) {
		if (!READ_ONCE(v->is_running)) {
			policy->sleep(sv);
			sc = place_and_wake(sc, v);
		} else if (!allowed) {
			/* Being saved: sched_context_switched places it. */
			policy->sleep(sv);
			sv->must_move = true;
		}
	}
	return sc;
}

static int set_affinity(struct vcpu *v, const cpumask_t *hard, const cpumask_t *soft,
			bool overriding)
{
	struct sched_vcpu *sv = v->sched;
	unsigned long flags;
	struct sched_cpu *sc;
	int rc = 0;

	if ((hard && !cpumask_intersects(hard, &cpu_online_mask)) ||
	    (soft && !cpumask_intersects(soft, &cpu_online_mask)))
		return -EINVAL;
	sc = sched_lock_vcpu(v, &flags);
	if (hard && sv->overridden && !overriding) {
		rc = -EBUSY;
	} else {
		if (soft)
			sv->soft = *soft;
		if (hard)
			sv->hard = *hard;
		sc = obey_affinity(sc, v);
	}
	sched_unlock(sc, flags);
	return rc;
}

int vcpu_set_affinity(struct vcpu *v, const cpumask_t *hard, const cpumask_t *soft)
{
	return set_affinity(v, hard, soft, false);
}

/* Only for v's own domain's calls on its own vcpu: not raced by itself. */
int vcpu_pin_override(struct vcpu *v, s32 cpu)
{
	struct sched_vcpu *sv = v->sched;
	cpumask_t mask;

	if (cpu < 0) {
		if (!sv->overridden)
			return -EINVAL;
		mask = sv->saved_hard;
		sv->overridden = false;
		return set_affinity(v, &mask, NULL, true);
	}
	if (!cpu_online((u32)cpu))
		return -EINVAL;
	if (sv->overridden)
		return -EBUSY;
	sv->saved_hard = sv->hard;
	sv->overridden = true;
	mask = cpumask_of(cpu);
	return set_affinity(v, &mask, NULL, true);
}

/* --- the switch --- */

static void slice_expired(void *unused)
{
	(void)unused;
	raise_softirq(SOFTIRQ_SCHEDULE);
}

static void schedule(void)
{
	u32 cpu = smp_cpu();
	struct sched_cpu *sc = &sched_cpus[cpu];
	struct vcpu *prev = current, *next;
	struct sched_vcpu *chosen;
	s_time_t now, slice;

	spin_lock_irq(&sc->lock);
	now = NOW();
	chosen = policy->schedule(cpu, now, &slice);
	next = chosen ? chosen->vcpu : sc->idle;
	if (slice >= 0)
		timer_set(&sc->slice, now + slice);
	else
		timer_stop(&sc->slice);

	if (next == prev) {
		spin_unlock_irq(&sc->lock);
		if (!prev->is_idle)
			vcpu_periodic_timer_update(prev);
		return;
	}
	runstate_change(prev, resting_runstate(prev), now);
	runstate_change(next, RUNSTATE_running, now);
	sc->running = chosen;
	/* Nobody touches the one until it is saved, or the other from now on. */
	next->is_running = true;
	spin_unlock(&sc->lock);

	if (!prev->is_idle)
		update_runstate_area(prev);
	context_switch(prev, next);
}

void sched_context_switched(struct vcpu *prev, struct vcpu *next)
{
	struct sched_vcpu *sv = prev->sched;
	struct sched_cpu *sc;
	unsigned long flags;

	/* As vcpu_send_nmi does for one that runs. */
	if (next->nmi_pending)
		raise_softirq(SOFTIRQ_SCHEDULE);
	if (prev->is_idle)
		return;
	sc = sched_lock_vcpu(prev, &flags);
	if (sv->must_move) {
		sv->must_move = false;
		if (vcpu_runnable(prev) && sv->place == PLACE_OFF)
			sc = place_and_wake(sc, prev);
	} else {
		policy->saved(sv, NOW());
	}
	sched_unlock(sc, flags);
}

void startup_cpu_idle_loop(void)
{
	local_irq_enable();
	for (;;) {
		do_softirq();
		if (scrub_free_pages(IDLE_SCRUB_BITE))
			continue;
		/* An interrupt that raises a softirq after this look ends the hlt. */
		local_irq_disable();
		if (softirq_pending())
			local_irq_enable();
		else
			safe_halt();
	}
}

/* --- life and death --- */

int sched_init_domain(struct domain *d)
{
	struct sched_domain *sd = xzalloc(struct sched_domain);

	if (!sd)
		return -ENOMEM;
	sd->domain = d;
	watchdogs_init(sd);
	policy->init_domain(sd);
	d->sched = sd;
	return 0;
}

void sched_destroy_domain(struct domain *d)
{
	if (!d->sched)
		return;
	watchdogs_kill(d->sched);
	policy->destroy_domain(d->sched);
	xfree(d->sched);
	d->sched = NULL;
}

int sched_init_vcpu(struct vcpu *v)
{
	struct sched_vcpu *sv;

	runstate_init(v);
	if (v->domain == idle_domain) {
		v->is_idle = true;
		v->processor = v->id;
		return 0;
	}
	sv = xzalloc(struct sched_vcpu);
	if (!sv)
		return -ENOMEM;
	sv->vcpu = v;
	sv->domain = v->domain->sched;
	cpumask_setall(&sv->soft);
	if (v->domain->is_privileged && dom0_vcpus_pin && cpu_online(v->id))
		sv->hard = cpumask_of(v->id);
	else
		cpumask_setall(&sv->hard);
	v->processor = cpumask_first(&sv->hard);
	set_bit(VPF_DOWN, &v->pause_flags);
	v->sched = sv;
	/* Spread them from the start: the policy's first choice knows the queues. */
	v->processor = policy->pick_cpu(sv);
	return 0;
}

void sched_destroy_vcpu(struct vcpu *v)
{
	unsigned long flags;
	struct sched_cpu *sc;

	if (!v->sched)
		return;
	sc = sched_lock_vcpu(v, &flags);
	BUG_ON(v->sched->place == PLACE_RUNNING);
	policy->sleep(v->sched);
	sched_unlock(sc, flags);
	xfree(v->sched);
	v->sched = NULL;
}

void scheduler_init_cpu(u32 cpu)
{
	struct sched_cpu *sc = &sched_cpus[cpu];
	struct vcpu *idle;

	spin_lock_init(&sc->lock);
	timer_init(&sc->slice, slice_expired, NULL, cpu);
	policy->init_cpu(cpu);
	idle = vcpu_create(idle_domain, cpu);
	if (!idle)
		panic("CPU %u: no memory for its idle vcpu\n", cpu);
	idle->is_running = true;
	idle->initialised = true;
	idle->runstate.state = RUNSTATE_running;
	sc->idle = idle;
	/* The boot CPU may be on another stack than the one its number names. */
	(cpu == smp_cpu() ? cpu_info() : cpu_info_of(cpu))->current_vcpu = idle;
}

static void choose_policy(void)
{
	if (!sched_option[0])
		return;
	for (unsigned int i = 0; i < ARRAY_SIZE(policies); i++) {
		if (strcmp(policies[i]->option, sched_option) == 0) {
			policy = policies[i];
			return;
		}
	}
	printk(XENLOG_WARNING "sched=%s: no such scheduler, using %s\n",
	       sched_option, policy->option);
}

static const char *place_name(const struct sched_vcpu *sv)
{
	static const char *const names[] = { "off", "queued", "running", "parked" };

	return names[sv->place];
}

static void dump_runqueues(unsigned char key)
{
	s_time_t now = NOW();
	struct domain *d;
	struct vcpu *v;
	u32 cpu;

	(void)key;
	printk("Scheduler: %s, now %lld\n", policy->name, (long long)now);
	for_each_online_cpu(cpu)
		policy->dump_cpu(cpu, now);
	for (int id = -1; (d = get_next_domain(id)) != NULL; put_domain(d)) {
		id = d->id;
		for_each_vcpu(d, v)
			printk("d%uv%u: CPU %u %s%s flags %lx paused %d+%d runstate %d\n",
			       d->id, v->id, v->processor, place_name(v->sched),
			       v->is_running ? " (on CPU)" : "", v->pause_flags,
			       v->pause_count, d->pause_count, v->runstate.state);
	}
}

void scheduler_init(void)
{
	choose_policy();
	open_softirq(SOFTIRQ_SCHEDULE, schedule);
	register_keyhandler('r', dump_runqueues, "dump run queues");
	printk(XENLOG_INFO "Scheduler: %s\n", policy->name);
}

/* --- control --- */

long sched_domctl(struct domain *d, struct xen_domctl_scheduler_op *op)
{
	if (op->sched_id != policy->id)
		return -EINVAL;
	return policy->adjust_domain(d->sched, op);
}

long sched_sysctl(struct xen_sysctl_scheduler_op *op)
{
	if (op->cpupool_id != 0)
		return -ESRCH;
	if (op->sched_id != policy->id)
		return -EINVAL;
	return policy->adjust_global(op);
}

u32 sched_id(void)
{
	return policy->id;
}
