// SPDX-License-Identifier: GPL-2.0-only
/*
 * The credit scheduler: proportional share by virtual time, with caps.
 *
 * A vcpu that runs is charged virtual time at a rate inverse to its share: the
 * domain's weight divided by the number of its vcpus that run or could. Each
 * CPU has a queue of waiting vcpus ordered by virtual time, lowest first, and
 * runs the lowest. A CPU that is idle, or whose best is well ahead of what
 * waits elsewhere, takes work from other queues, so that shares hold over all
 * CPUs and none is idle while another has work queued.
 *
 * Virtual times of different queues drift apart where vcpus are pinned, or
 * have a larger share than one CPU: nothing may be moved to even them out.
 * Each queue therefore has a base of its own. It is moved forward when the
 * queue falls far behind the others, which leaves the order within it alone.
 *
 * A capped domain has a budget of CPU time that is refilled each period. What
 * is used beyond it is owed in the next period; with none left, its vcpus are
 * parked until the refill.
 *
 * Called by common/sched.c only. The run-queue lock of a CPU guards its queue
 * and the vcpus on it; cap_lock guards parking; shares and budgets are atomic.
 * docs/scheduler.md explains the constants.
 */
#include <arch/atomic.h>
#include <arch/barrier.h>
#include <arch/smp.h>
#include <arch/time.h>
#include <common/console.h>
#include <common/sched.h>
#include <common/sched_policy.h>
#include <lib/bug.h>
#include <lib/div.h>
#include <lib/errno.h>
#include <lib/minmax.h>

#define DEFAULT_WEIGHT	256u

/* ns of real time */
#define LONGEST_SLICE	MILLISECS(10)
#define SHORTEST_SLICE	MICROSECS(100)
#define TURN		MILLISECS(4)	/* how far past its rival a vcpu may run */
#define CAP_PERIOD	MILLISECS(10)
#define STEAL_MARGIN	MILLISECS(6)	/* how far behind, by its own rate, one must be to come */
#define RETRY_IDLE	MICROSECS(500)

/* Virtual time: ns of a vcpu with a share of DEFAULT_WEIGHT. */
#define SLEEPER_CREDIT	MILLISECS(2)	/* lead of one that slept over those that ran */
#define PREEMPT_MARGIN	MICROSECS(500)	/* lead with which a waking vcpu interrupts */
#define ARRIVAL_CREDIT	MILLISECS(20)	/* most lead that survives a change of CPUs */
#define LARGEST_DRIFT	MILLISECS(200)	/* of a queue behind all others with waiters */
#define STALE_LEAD	SECONDS(3600)	/* no vcpu is that far ahead: the clock wrapped */

/* How many other queues a busy CPU looks at for each decision. */
#define PEERS_PER_LOOK	8

static u32 ratelimit_us = 1000;
static cpumask_t idle_cpus;		/* idle and not yet told of work; atomic bits */
static cpumask_t waiting_cpus;		/* something is queued there; atomic bits */

struct run_queue {
	struct heap heap;
	u64 base;			/* added to a key gives the virtual time */
	u64 now;			/* virtual time of the vcpu chosen last */
	u64 first;			/* virtual time of the first waiter; read by others too */
	u32 length;
	u32 last_peer;			/* where the last look at others ended */
} __aligned(64);

static struct run_queue queues[MAX_CPUS];

static s64 time_diff(u64 a, u64 b)
{
	return (s64)(a - b);
}

static s_time_t ratelimit(void)
{
	return MICROSECS(READ_ONCE(ratelimit_us));
}

/* --- shares and budgets --- */

static u32 active_of(const struct sched_domain *sd)
{
	int active = READ_ONCE(sd->active);

	return active > 1 ? active : 1;
}

static u64 real_to_virtual(const struct sched_domain *sd, s_time_t ns)
{
	return muldiv64(ns, DEFAULT_WEIGHT * active_of(sd), READ_ONCE(sd->weight));
}

static s_time_t virtual_to_real(const struct sched_domain *sd, u64 vns)
{
	return muldiv64(vns, READ_ONCE(sd->weight), DEFAULT_WEIGHT * active_of(sd));
}

static bool has_budget(const struct sched_domain *sd)
{
	return !READ_ONCE(sd->cap) || READ_ONCE(sd->budget) > 0;
}

static s64 period_budget(u32 cap)
{
	return CAP_PERIOD / 100 * cap;
}

/* Account a running vcpu's time up to now. */
static void charge(struct sched_vcpu *sv, s_time_t now)
{
	s_time_t used = now - sv->charged_until;

	if (used <= 0)
		return;
	sv->charged_until = now;
	sv->vtime += real_to_virtual(sv->domain, used);
	if (READ_ONCE(sv->domain->cap))
		fetch_sub(&sv->domain->budget, used);
}

static void arm_refill(struct sched_domain *sd, s_time_t now)
{
	unsigned long flags = sched_irq_save();

	spin_lock(&sd->cap_lock);
	if (sd->cap && !sd->refill_armed) {
		sd->refill_armed = true;
		sd->next_refill = now + CAP_PERIOD;
		timer_set(&sd->refill_timer, sd->next_refill);
	}
	spin_unlock(&sd->cap_lock);
	sched_irq_restore(flags);
}

static void activate(struct sched_vcpu *sv, s_time_t now)
{
	if (sv->active)
		return;
	sv->active = true;
	fetch_add(&sv->domain->active, 1);
	if (READ_ONCE(sv->domain->cap) && !READ_ONCE(sv->domain->refill_armed))
		arm_refill(sv->domain, now);
}

static void deactivate(struct sched_vcpu *sv)
{
	if (!sv->active)
		return;
	sv->active = false;
	fetch_sub(&sv->domain->active, 1);
}

/* --- one CPU's queue --- */

static struct sched_vcpu *vcpu_at(struct heap_node *n)
{
	return container_of(n, struct sched_vcpu, node);
}

static struct sched_vcpu *first_of(const struct run_queue *q)
{
	return q->heap.root ? vcpu_at(q->heap.root) : NULL;
}

static u64 vtime_queued(const struct run_queue *q, const struct sched_vcpu *sv)
{
	return sv->node.key + q->base;
}

static void publish(u32 cpu)
{
	struct run_queue *q = &queues[cpu];

	if (q->heap.root) {
		WRITE_ONCE(q->first, q->heap.root->key + q->base);
		if (!cpumask_test_cpu(cpu, &waiting_cpus))
			cpumask_set_cpu(cpu, &waiting_cpus);
	} else if (cpumask_test_cpu(cpu, &waiting_cpus)) {
		cpumask_clear_cpu(cpu, &waiting_cpus);
	}
}

static void enqueue(u32 cpu, struct sched_vcpu *sv)
{
	struct run_queue *q = &queues[cpu];

	sv->node.key = sv->vtime - q->base;
	heap_insert(&q->heap, &sv->node);
	sv->place = PLACE_QUEUED;
	q->length++;
	publish(cpu);
}

static void dequeue(u32 cpu, struct sched_vcpu *sv)
{
	struct run_queue *q = &queues[cpu];

	sv->vtime = vtime_queued(q, sv);
	heap_remove(&q->heap, &sv->node);
	sv->place = PLACE_OFF;
	q->length--;
	publish(cpu);
}

static void park(struct sched_vcpu *sv)
{
	struct sched_domain *sd = sv->domain;

	spin_lock(&sd->cap_lock);
	sv->place = PLACE_PARKED;
	list_add_tail(&sv->parked_link, &sd->parked);
	spin_unlock(&sd->cap_lock);
}

/*
 * Virtual time for one that comes to a queue after sleeping: at most `lead`
 * ahead of those who run there.
 */
static void limit_lead(struct sched_vcpu *sv, const struct run_queue *q, u64 lead)
{
	s64 ahead = time_diff(sv->vtime, q->now);

	if (ahead < -(s64)lead || ahead > STALE_LEAD)
		sv->vtime = q->now - lead;
}

/* An idle CPU that may run sv, taken out of the idle set; MAX_CPUS: none. */
static u32 claim_idle_cpu(const struct sched_vcpu *sv)
{
	cpumask_t usable;
	u32 cpu;

	cpumask_and(&usable, &sv->hard, &idle_cpus);
	cpumask_and(&usable, &usable, &cpu_online_mask);
	if (cpumask_intersects(&usable, &sv->soft))
		cpumask_and(&usable, &usable, &sv->soft);
	for_each_cpu(cpu, &usable)
		if (cpumask_test_and_clear_cpu(cpu, &idle_cpus))
			break;
	return cpu;
}

/*
 * sv waits in a queue: give it to an idle CPU. One that is being saved, or
 * whose new CPU's lock is not free, stays, and that CPU comes to take it.
 * False: no idle CPU may run it.
 */
static bool offer(struct sched_vcpu *sv)
{
	struct run_queue *q;
	u32 cpu;

	if (cpumask_empty(&idle_cpus))
		return false;
	cpu = claim_idle_cpu(sv);
	if (cpu >= MAX_CPUS)
		return false;
	if (cpu != sv->vcpu->processor && !READ_ONCE(sv->vcpu->is_running) &&
	    spin_trylock(&sched_cpus[cpu].lock)) {
		q = &queues[cpu];
		dequeue(sv->vcpu->processor, sv);
		if (!sched_cpus[cpu].running && !q->heap.root)
			q->now = sv->vtime;
		limit_lead(sv, q, ARRIVAL_CREDIT);
		WRITE_ONCE(sv->vcpu->processor, cpu);
		enqueue(cpu, sv);
		spin_unlock(&sched_cpus[cpu].lock);
	}
	sched_tickle(cpu);
	return true;
}

/* --- taking work from others --- */

static bool may_take(const struct sched_vcpu *sv, u32 cpu, bool idle)
{
	return cpumask_test_cpu(cpu, &sv->hard) &&
	       (idle || cpumask_test_cpu(cpu, &sv->soft) ||
		!cpumask_intersects(&sv->soft, &sv->hard)) &&
	       !READ_ONCE(sv->vcpu->is_running) && has_budget(sv->domain);
}

/*
 * Nobody who waits without budget may stay queued when an idle CPU looks: it
 * would not be offered to that CPU again when the budget is refilled.
 */
static void park_exhausted(u32 cpu)
{
	struct heap *h = &queues[cpu].heap;
	struct sched_vcpu *out[16];
	u32 nr;

	/* A queue cannot be walked on where something has been taken out: several at a time, for it may be long. */
	do {
		nr = 0;
		for (struct heap_node *n = heap_next(h, NULL); n && nr < ARRAY_SIZE(out); n = heap_next(h, n))
			if (!has_budget(vcpu_at(n)->domain))
				out[nr++] = vcpu_at(n);
		for (u32 i = 0; i < nr; i++) {
			dequeue(cpu, out[i]);
			park(out[i]);
		}
	} while (nr == ARRAY_SIZE(out));
}

/*
 * Take the waiter of peer's queue with the lowest virtual time that may run
 * here. A busy CPU looks at the first few only. NULL: none, or locked.
 */
static struct sched_vcpu *take_from(u32 peer, u32 cpu, bool idle, u64 below, bool *locked)
{
	struct sched_cpu *sc = &sched_cpus[peer];
	struct run_queue *from = &queues[peer], *to = &queues[cpu];
	struct sched_vcpu *best = NULL;
	u32 looks = idle ? ~0u : 16;

	if (!spin_trylock(&sc->lock)) {
		*locked = true;
		return NULL;
	}
	if (idle)
		park_exhausted(peer);
	for (struct heap_node *n = heap_next(&from->heap, NULL); n && looks;
	     n = heap_next(&from->heap, n), looks--) {
		struct sched_vcpu *sv = vcpu_at(n);

		if (!may_take(sv, cpu, idle))
			continue;
		if (!idle && time_diff(vtime_queued(from, sv), below) >= 0)
			continue;
		if (!best || key_before(n->key, best->node.key))
			best = sv;
	}
	if (best) {
		dequeue(peer, best);
		WRITE_ONCE(best->vcpu->processor, cpu);
		/* An idle CPU has no virtual time to compare with: it takes over this one. */
		if (!idle)
			limit_lead(best, to, ARRIVAL_CREDIT);
	}
	spin_unlock(&sc->lock);
	return best;
}

/*
 * Look at queues where somebody waits for one who should rather run here than
 * `best` (NULL: the CPU would be idle). *late is set to the virtual time by
 * which this queue lags behind all it looked at, *retry when one was locked.
 */
static struct sched_vcpu *balance(u32 cpu, const struct sched_vcpu *best, u64 *late, bool *retry)
{
	struct run_queue *q = &queues[cpu];
	cpumask_t others = waiting_cpus;
	u32 chosen = MAX_CPUS, peer = q->last_peer, looks;
	u64 lowest = 0, limit;

	cpumask_clear_cpu_local(cpu, &others);
	if (cpumask_empty(&others))
		return NULL;
	looks = min_t(u32, best ? PEERS_PER_LOOK : MAX_CPUS, cpumask_weight(&others));
	for (; looks; looks--) {
		u64 first;

		peer = cpumask_cycle(peer, &others);
		first = READ_ONCE(queues[peer].first);
		if (chosen == MAX_CPUS || time_diff(first, lowest) < 0) {
			lowest = first;
			chosen = peer;
		}
	}
	q->last_peer = peer;

	if (best) {
		limit = best->vtime - real_to_virtual(best->domain, STEAL_MARGIN);
		if (time_diff(lowest, limit) < 0)
			return take_from(chosen, cpu, false, limit, retry);
		if (time_diff(lowest, best->vtime) > LARGEST_DRIFT)
			*late = lowest - best->vtime - LARGEST_DRIFT;
		return NULL;
	}
	while (chosen < MAX_CPUS) {
		struct sched_vcpu *sv = take_from(chosen, cpu, true, 0, retry);

		if (sv)
			return sv;
		cpumask_clear_cpu_local(chosen, &others);
		chosen = cpumask_first(&others);
	}
	return NULL;
}

/* --- the policy's calls --- */

/* Past decisions count for nothing on a CPU that waits for work: be quick to use it. */
static u32 credit_pick_cpu(const struct sched_vcpu *sv)
{
	u32 last = sv->vcpu->processor, cpu, best;
	cpumask_t usable, preferred;

	cpumask_and(&usable, &sv->hard, &cpu_online_mask);
	if (cpumask_empty(&usable))
		usable = cpu_online_mask;
	cpumask_and(&preferred, &usable, &sv->soft);
	if (cpumask_empty(&preferred))
		preferred = usable;

	if (cpumask_test_cpu(last, &preferred) && cpumask_test_cpu(last, &idle_cpus))
		return last;
	cpumask_and(&preferred, &preferred, &idle_cpus);
	if (!cpumask_empty(&preferred))
		return cpumask_cycle(last, &preferred);
	cpumask_and(&preferred, &usable, &idle_cpus);
	if (!cpumask_empty(&preferred))
		return cpumask_cycle(last, &preferred);

	/* All are busy: stay, unless a few others show a clearly shorter queue. */
	cpumask_and(&preferred, &usable, &sv->soft);
	if (cpumask_empty(&preferred))
		preferred = usable;
	best = cpumask_test_cpu(last, &preferred) ? last : cpumask_cycle(last, &preferred);
	last = cpu = best;
	for (u32 i = 0; i < PEERS_PER_LOOK; i++) {
		cpu = cpumask_cycle(cpu, &preferred);
		if (cpu == last)
			break;
		if (READ_ONCE(queues[cpu].length) + 1 < READ_ONCE(queues[best].length))
			best = cpu;
	}
	return best;
}

/* sv has just been queued on a CPU: where and when should it run? */
static void find_cpu_for(struct sched_vcpu *sv, s_time_t now)
{
	u32 cpu = sv->vcpu->processor;
	struct sched_cpu *sc = &sched_cpus[cpu];
	struct sched_vcpu *rival = sc->running;
	s_time_t limit;

	if (!rival) {
		cpumask_clear_cpu(cpu, &idle_cpus);
		sched_tickle(cpu);
		/* It was meant for another: it can run only one of them. */
		if (queues[cpu].length > 1)
			offer(sv);
		return;
	}
	if (offer(sv))
		return;
	charge(rival, now);
	if (time_diff(rival->vtime, vtime_queued(&queues[cpu], sv)) > PREEMPT_MARGIN) {
		limit = rival->running_since + ratelimit();
		if (now >= limit)
			sched_tickle(cpu);
		else
			sched_tickle_at(cpu, limit);
	}
}

static void credit_wake(struct sched_vcpu *sv, s_time_t now)
{
	u32 cpu = sv->vcpu->processor;
	struct run_queue *q = &queues[cpu];

	activate(sv, now);
	if (!has_budget(sv->domain)) {
		park(sv);
		return;
	}
	/* The first on an idle CPU brings its own clock. */
	if (!sched_cpus[cpu].running && !q->heap.root)
		q->now = sv->vtime;
	limit_lead(sv, q, SLEEPER_CREDIT);
	enqueue(cpu, sv);
	find_cpu_for(sv, now);
}

static void credit_sleep(struct sched_vcpu *sv)
{
	if (sv->place == PLACE_QUEUED) {
		dequeue(sv->vcpu->processor, sv);
	} else if (sv->place == PLACE_PARKED) {
		spin_lock(&sv->domain->cap_lock);
		list_del(&sv->parked_link);
		spin_unlock(&sv->domain->cap_lock);
		sv->place = PLACE_OFF;
	}
	deactivate(sv);
}

static void credit_yield(struct sched_vcpu *sv)
{
	sv->yielded = true;
}

/* The first waiter whose domain may run; those that may not are parked. */
static struct sched_vcpu *first_allowed(u32 cpu)
{
	struct sched_vcpu *sv;

	while ((sv = first_of(&queues[cpu])) != NULL && !has_budget(sv->domain)) {
		dequeue(cpu, sv);
		park(sv);
	}
	return sv;
}

static s_time_t slice_for(u32 cpu, const struct sched_vcpu *sv)
{
	struct run_queue *q = &queues[cpu];
	struct sched_vcpu *rival = first_of(q);
	s_time_t slice = LONGEST_SLICE;

	if (rival) {
		s64 lead = time_diff(vtime_queued(q, rival), sv->vtime);

		slice = TURN;
		if (lead > 0)
			slice += virtual_to_real(sv->domain, lead);
		slice = min_t(s_time_t, max_t(s_time_t, slice, ratelimit()), LONGEST_SLICE);
	}
	if (READ_ONCE(sv->domain->cap)) {
		s64 share = READ_ONCE(sv->domain->budget) / (s64)active_of(sv->domain);

		slice = min_t(s_time_t, slice, share);
	}
	return max_t(s_time_t, slice, SHORTEST_SLICE);
}

/* What becomes of the one that ran: true when it may go on running here. */
static bool settle_previous(u32 cpu, struct sched_vcpu *prev, s_time_t now)
{
	charge(prev, now);
	prev->place = PLACE_OFF;
	if (!vcpu_runnable(prev->vcpu)) {
		deactivate(prev);
		return false;
	}
	if (!cpumask_test_cpu(cpu, &prev->hard)) {
		deactivate(prev);
		prev->must_move = true;
		return false;
	}
	if (!has_budget(prev->domain)) {
		park(prev);
		return false;
	}
	return true;
}

static struct sched_vcpu *credit_schedule(u32 cpu, s_time_t now, s_time_t *slice)
{
	struct run_queue *q = &queues[cpu];
	struct sched_vcpu *prev = sched_cpus[cpu].running, *best, *taken;
	bool yielded = false, retry = false;
	u64 late = 0;

	if (prev) {
		yielded = prev->yielded;
		prev->yielded = false;
		if (!settle_previous(cpu, prev, now))
			prev = NULL;
	}
	if (prev && !yielded && now - prev->running_since < ratelimit()) {
		prev->place = PLACE_RUNNING;
		*slice = max_t(s_time_t, prev->running_since + ratelimit() - now,
			       SHORTEST_SLICE);
		return prev;
	}

	best = first_allowed(cpu);
	if (!best || (prev && !yielded && time_diff(prev->vtime, vtime_queued(q, best)) <= 0))
		best = prev;
	if (best && best != prev)
		dequeue(cpu, best);
	/*
	 * The CPU is called idle before it looks at other queues: who queues
	 * there after the look sees the bit and tickles.
	 */
	if (!best) {
		cpumask_set_cpu(cpu, &idle_cpus);
		smp_mb();
	}
	taken = balance(cpu, best, &late, &retry);
	if (late) {
		/* The whole queue moves forward, order and distances stay. */
		q->base += late;
		q->now += late;
		best->vtime += late;
		if (prev && prev != best)
			prev->vtime += late;
		publish(cpu);
	}
	if (taken) {
		if (best && best != prev)
			enqueue(cpu, best);
		best = taken;
	}
	if (prev && best != prev)
		enqueue(cpu, prev);

	if (!best) {
		*slice = retry ? RETRY_IDLE : -1;
		return NULL;
	}
	cpumask_clear_cpu(cpu, &idle_cpus);
	if (!sched_cpus[cpu].running || time_diff(best->vtime, q->now) > 0)
		q->now = best->vtime;
	if (best != sched_cpus[cpu].running) {
		best->running_since = now;
		best->charged_until = now;
	}
	best->place = PLACE_RUNNING;
	/*
	 * In case an idle CPU was called for one and took another. The one that
	 * leaves is offered when it is saved.
	 */
	if (q->heap.root && first_of(q) != prev)
		offer(first_of(q));
	*slice = slice_for(cpu, best);
	return best;
}

/* Preempted and saved: an idle CPU may have it from now on. */
static void credit_saved(struct sched_vcpu *sv, s_time_t now)
{
	(void)now;
	if (sv->place == PLACE_QUEUED)
		offer(sv);
}

/* --- caps --- */

/*
 * Give parked vcpus back to their queues. The lock order is run queue first,
 * so theirs is only tried for; holding cap_lock keeps them alive meanwhile.
 */
static void unpark_all(struct sched_domain *sd, s_time_t now)
{
	for (;;) {
		unsigned long flags = sched_irq_save();
		struct sched_vcpu *sv;
		struct sched_cpu *sc;

		spin_lock(&sd->cap_lock);
		if (list_empty(&sd->parked)) {
			spin_unlock(&sd->cap_lock);
			sched_irq_restore(flags);
			return;
		}
		sv = list_first_entry(&sd->parked, struct sched_vcpu, parked_link);
		sc = &sched_cpus[READ_ONCE(sv->vcpu->processor)];
		if (!spin_trylock(&sc->lock)) {
			spin_unlock(&sd->cap_lock);
			sched_irq_restore(flags);
			cpu_relax();
			continue;
		}
		/* A parked vcpu changes CPUs only by being unparked first. */
		list_del(&sv->parked_link);
		spin_unlock(&sd->cap_lock);
		sv->place = PLACE_OFF;
		limit_lead(sv, &queues[sv->vcpu->processor], SLEEPER_CREDIT);
		enqueue(sv->vcpu->processor, sv);
		find_cpu_for(sv, now);
		spin_unlock(&sc->lock);
		sched_irq_restore(flags);
	}
}

static void refill(void *data)
{
	struct sched_domain *sd = data;
	s_time_t now = NOW();
	unsigned long flags = sched_irq_save();
	bool open;

	spin_lock(&sd->cap_lock);
	if (sd->cap) {
		s64 quota = period_budget(sd->cap), old = READ_ONCE(sd->budget), new;
		s64 periods = 1 + (now - sd->next_refill) / CAP_PERIOD;

		do {
			new = min(old + periods * quota, quota);
		} while (!try_cmpxchg(&sd->budget, &old, new));
		sd->next_refill += periods * CAP_PERIOD;
		/* Nothing is owed and nobody runs: sleep until somebody wakes. */
		sd->refill_armed = new < quota || READ_ONCE(sd->active);
		if (sd->refill_armed)
			timer_set(&sd->refill_timer, sd->next_refill);
	} else {
		sd->refill_armed = false;
	}
	open = has_budget(sd);
	spin_unlock(&sd->cap_lock);
	sched_irq_restore(flags);
	if (open)
		unpark_all(sd, now);
}

static void set_cap(struct sched_domain *sd, u32 cap)
{
	unsigned long flags = sched_irq_save();

	spin_lock(&sd->cap_lock);
	if (cap != sd->cap) {
		WRITE_ONCE(sd->budget, period_budget(cap));
		WRITE_ONCE(sd->cap, cap);
	}
	spin_unlock(&sd->cap_lock);
	sched_irq_restore(flags);
	if (cap)
		arm_refill(sd, NOW());
	else
		unpark_all(sd, NOW());
}

/* --- domains, CPUs, parameters --- */

static void credit_init_cpu(u32 cpu)
{
	queues[cpu] = (struct run_queue){ .last_peer = cpu };
	cpumask_set_cpu(cpu, &idle_cpus);
}

static void credit_init_domain(struct sched_domain *sd)
{
	sd->weight = DEFAULT_WEIGHT;
	spin_lock_init(&sd->cap_lock);
	INIT_LIST_HEAD(&sd->parked);
	timer_init(&sd->refill_timer, refill, sd, cpumask_first(&cpu_online_mask));
}

static void credit_destroy_domain(struct sched_domain *sd)
{
	timer_kill(&sd->refill_timer);
}

static long credit_adjust_domain(struct sched_domain *sd, struct xen_domctl_scheduler_op *op)
{
	switch (op->cmd) {
	case XEN_DOMCTL_SCHEDOP_getinfo:
		op->u.credit2.weight = sd->weight;
		op->u.credit2.cap = sd->cap;
		return 0;
	case XEN_DOMCTL_SCHEDOP_putinfo:
		if (op->u.credit2.cap > 100 * sd->domain->max_vcpus)
			return -EINVAL;
		if (op->u.credit2.weight)
			WRITE_ONCE(sd->weight, op->u.credit2.weight);
		set_cap(sd, op->u.credit2.cap);
		return 0;
	default:
		return -EINVAL;	/* single vcpus have no parameters */
	}
}

static long credit_adjust_global(struct xen_sysctl_scheduler_op *op)
{
	u32 us = op->u.sched_credit2.ratelimit_us;

	switch (op->cmd) {
	case XEN_SYSCTL_SCHEDOP_getinfo:
		op->u.sched_credit2.ratelimit_us = ratelimit_us;
		return 0;
	case XEN_SYSCTL_SCHEDOP_putinfo:
		if (us && (us < XEN_SYSCTL_SCHED_RATELIMIT_MIN ||
			   us > XEN_SYSCTL_SCHED_RATELIMIT_MAX))
			return -EINVAL;
		WRITE_ONCE(ratelimit_us, us);
		return 0;
	default:
		return -EINVAL;
	}
}

static void dump_vcpu(const char *how, const struct sched_vcpu *sv, u64 vtime)
{
	printk("    %s d%uv%u vtime %llu weight %u cap %u active %d budget %lld\n", how,
	       sv->vcpu->domain->id, sv->vcpu->id, (unsigned long long)vtime,
	       sv->domain->weight, sv->domain->cap, sv->domain->active,
	       (long long)sv->domain->budget);
}

static void credit_dump_cpu(u32 cpu, s_time_t now)
{
	struct sched_cpu *sc = &sched_cpus[cpu];
	struct run_queue *q = &queues[cpu];
	unsigned long flags = sched_irq_save();

	(void)now;
	spin_lock(&sc->lock);
	printk("  CPU %u: %s, %u waiting, virtual time %llu\n", cpu,
	       sc->running ? "busy" : "idle", q->length, (unsigned long long)q->now);
	if (sc->running)
		dump_vcpu("runs", sc->running, sc->running->vtime);
	for (struct heap_node *n = heap_next(&q->heap, NULL); n; n = heap_next(&q->heap, n))
		dump_vcpu("waits", vcpu_at(n), vtime_queued(q, vcpu_at(n)));
	spin_unlock(&sc->lock);
	sched_irq_restore(flags);
}

const struct scheduler sched_credit = {
	.option = "credit2",
	.name = "proportional share with caps (credit2 interface)",
	.id = XEN_SCHEDULER_CREDIT2,
	.init_cpu = credit_init_cpu,
	.init_domain = credit_init_domain,
	.destroy_domain = credit_destroy_domain,
	.pick_cpu = credit_pick_cpu,
	.wake = credit_wake,
	.sleep = credit_sleep,
	.yield = credit_yield,
	.schedule = credit_schedule,
	.saved = credit_saved,
	.adjust_domain = credit_adjust_domain,
	.adjust_global = credit_adjust_global,
	.dump_cpu = credit_dump_cpu,
};
