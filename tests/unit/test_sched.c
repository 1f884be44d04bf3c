// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/common/heap.c xen/lib/div.c xen/lib/bitmap.c
// CFLAGS: -Ixen/include -Iinclude -D__XEN__ -DCONFIG_DEBUG -fno-strict-aliasing -fno-builtin
/*
 * The credit policy on simulated CPUs in simulated time: shares by weight,
 * caps, fairness over CPUs, use of all CPUs, latency of sleepers, pinning,
 * and random changes under which nothing may get lost. What common/sched.c
 * does around the policy is played by this file.
 */
#define XEN_ARCH_IRQFLAGS_H
static inline void local_irq_disable(void) { }
static inline void local_irq_enable(void) { }
static inline int local_irq_is_enabled(void) { return 1; }
static inline unsigned long local_irq_save_flags(void) { return 0; }
static inline void local_irq_restore(unsigned long flags) { (void)flags; }
#define local_irq_save(flags) ((void)((flags) = 0))

#include "../../xen/common/sched_credit.c"

int printf(const char *fmt, ...);
void *calloc(unsigned long n, unsigned long size);
void free(void *p);
void abort(void) __attribute__((__noreturn__));
long random(void);
void srandom(unsigned int seed);
char *getenv(const char *name);

#define MAX_SIM_CPUS	64
#define MAX_SIM_VCPUS	256
#define MAX_SIM_DOMAINS	64

u32 nr_cpu_ids;
cpumask_t cpu_online_mask;
struct sched_cpu sched_cpus[MAX_CPUS];
static s_time_t clock_now;
static const struct scheduler *policy = &sched_credit;

/* A vcpu that runs for `burst` ns, then sleeps for `rest`; burst 0: never stops. */
struct sim_vcpu {
	struct vcpu *vcpu;
	s_time_t burst, rest;
	s_time_t left;			/* of the burst */
	s_time_t wake_at;		/* while asleep; 0: awake */
	s_time_t awake_since;		/* for latency: 0 once it ran */
	s_time_t used, latency_max, latency_sum;
	unsigned long wakes, switches;
};
static struct sim_vcpu *vcpus[MAX_SIM_VCPUS];
static unsigned int nr_vcpus;
static struct domain *domains[MAX_SIM_DOMAINS];
static unsigned int nr_domains;

struct sim_cpu {
	s_time_t slice_end;		/* -1: none */
	s_time_t last;			/* accounted until */
	s_time_t idle;
	bool tickled;
	struct vcpu *saving;		/* switched away from, is_running until the next event */
};
static struct sim_cpu cpus[MAX_SIM_CPUS];
static struct timer *timers[MAX_SIM_DOMAINS];
static int failures;

/* --- what the policy calls --- */

void bug_at(const char *file, int line, const char *what)
{
	printf("FAIL %s:%d: %s\n", file, line, what);
	abort();
}
void printk(const char *fmt, ...) { (void)fmt; }
void spin_lock(spinlock_t *l)
{
	BUG_ON(l->both);
	l->both = 1;
}
bool spin_trylock(spinlock_t *l)
{
	if (l->both)
		return false;
	l->both = 1;
	return true;
}
void spin_unlock(spinlock_t *l)
{
	BUG_ON(!l->both);
	l->both = 0;
}
s_time_t get_s_time(void) { return clock_now; }
unsigned long sched_irq_save(void) { return 0; }
void sched_irq_restore(unsigned long flags) { (void)flags; }
void sched_tickle(u32 cpu) { cpus[cpu].tickled = true; }
void sched_tickle_at(u32 cpu, s_time_t deadline)
{
	if (cpus[cpu].slice_end < 0 || cpus[cpu].slice_end > deadline)
		cpus[cpu].slice_end = deadline;
}
bool vcpu_runnable(const struct vcpu *v) { return !v->pause_flags; }
void timer_init(struct timer *t, void (*fn)(void *), void *data, u32 cpu)
{
	*t = (struct timer){ .fn = fn, .data = data, .cpu = cpu };
}
void timer_set(struct timer *t, s_time_t expires)
{
	unsigned int i;

	t->node.key = expires;
	t->node.rank = 1;
	for (i = 0; i < MAX_SIM_DOMAINS && timers[i] && timers[i] != t; i++)
		;
	timers[i] = t;
}
void timer_kill(struct timer *t) { t->node.rank = 0; }

/* --- the simulated machine --- */

static void machine(unsigned int nr)
{
	nr_cpu_ids = nr;
	nr_vcpus = nr_domains = 0;
	clock_now = SECONDS(1000);
	cpumask_clear(&cpu_online_mask);
	cpumask_clear(&idle_cpus);
	cpumask_clear(&waiting_cpus);
	for (u32 c = 0; c < nr; c++) {
		cpumask_set_cpu(c, &cpu_online_mask);
		sched_cpus[c] = (struct sched_cpu){ .running = NULL };
		cpus[c] = (struct sim_cpu){ .slice_end = -1, .last = clock_now };
		policy->init_cpu(c);
	}
	for (unsigned int i = 0; i < MAX_SIM_DOMAINS; i++)
		timers[i] = NULL;
}

static struct domain *domain(u32 weight, u32 cap)
{
	struct domain *d = calloc(1, sizeof(*d));
	struct xen_domctl_scheduler_op op = {
		.sched_id = XEN_SCHEDULER_CREDIT2, .cmd = XEN_DOMCTL_SCHEDOP_putinfo,
		.u.credit2 = { .weight = weight, .cap = cap },
	};

	d->id = nr_domains;
	d->max_vcpus = 8;
	d->sched = calloc(1, sizeof(*d->sched));
	d->sched->domain = d;
	policy->init_domain(d->sched);
	policy->adjust_domain(d->sched, &op);
	domains[nr_domains++] = d;
	return d;
}

/* Lock as sched.c does, wake, unlock. */
static void wake(struct vcpu *v)
{
	struct sched_cpu *sc = &sched_cpus[v->processor];

	spin_lock(&sc->lock);
	if (v->sched->place == PLACE_OFF && !v->sched->must_move && vcpu_runnable(v)) {
		if (v->is_running) {
			v->sched->must_move = !cpumask_test_cpu(v->processor, &v->sched->hard);
		} else {
			u32 cpu = policy->pick_cpu(v->sched);

			spin_unlock(&sc->lock);
			v->processor = cpu;
			sc = &sched_cpus[cpu];
			spin_lock(&sc->lock);
		}
		if (!v->sched->must_move)
			policy->wake(v->sched, clock_now);
	}
	spin_unlock(&sc->lock);
}

static void put_to_sleep(struct vcpu *v)
{
	struct sched_cpu *sc = &sched_cpus[v->processor];

	spin_lock(&sc->lock);
	if (v->sched->place == PLACE_RUNNING)
		sched_tickle(v->processor);
	else
		policy->sleep(v->sched);
	spin_unlock(&sc->lock);
}

static struct sim_vcpu *vcpu(struct domain *d, s_time_t burst, s_time_t rest)
{
	struct sim_vcpu *s = calloc(1, sizeof(*s));
	struct vcpu *v = calloc(1, sizeof(*v));

	v->id = nr_vcpus;
	v->domain = d;
	v->sched = calloc(1, sizeof(*v->sched));
	v->sched->vcpu = v;
	v->sched->domain = d->sched;
	cpumask_setall(&v->sched->hard);
	cpumask_setall(&v->sched->soft);
	v->processor = policy->pick_cpu(v->sched);
	*s = (struct sim_vcpu){ .vcpu = v, .burst = burst, .rest = rest, .left = burst };
	vcpus[nr_vcpus++] = s;
	wake(v);
	return s;
}

static void pin(struct sim_vcpu *s, const cpumask_t *mask)
{
	struct vcpu *v = s->vcpu;
	struct sched_cpu *sc = &sched_cpus[v->processor];
	bool requeue = false;

	spin_lock(&sc->lock);
	v->sched->hard = *mask;
	if (v->sched->place == PLACE_RUNNING) {
		if (!cpumask_test_cpu(v->processor, mask))
			sched_tickle(v->processor);
	} else if (v->sched->place != PLACE_OFF) {
		if (!v->is_running) {
			policy->sleep(v->sched);
			requeue = true;
		} else if (!cpumask_test_cpu(v->processor, mask)) {
			policy->sleep(v->sched);
			v->sched->must_move = true;
		}
	}
	spin_unlock(&sc->lock);
	if (requeue)
		wake(v);
}

static struct sim_vcpu *sim_of(struct vcpu *v) { return vcpus[v->id]; }

/* Time passes on one CPU until clock_now. */
static void account(unsigned int c)
{
	struct sched_vcpu *sv = sched_cpus[c].running;
	s_time_t spent = clock_now - cpus[c].last;

	cpus[c].last = clock_now;
	if (!sv) {
		cpus[c].idle += spent;
		return;
	}
	sim_of(sv->vcpu)->used += spent;
	if (sim_of(sv->vcpu)->burst)
		sim_of(sv->vcpu)->left -= spent;
}

static void saved(unsigned int c)
{
	struct vcpu *v = cpus[c].saving;
	struct sched_cpu *sc;

	cpus[c].saving = NULL;
	if (!v)
		return;
	v->is_running = false;
	if (v->sched->must_move) {
		v->sched->must_move = false;
		wake(v);
		return;
	}
	sc = &sched_cpus[v->processor];
	spin_lock(&sc->lock);
	policy->saved(v->sched, clock_now);
	spin_unlock(&sc->lock);
}

static void reschedule(unsigned int c)
{
	struct sched_cpu *sc = &sched_cpus[c];
	struct sched_vcpu *prev = sc->running, *next;
	s_time_t slice;

	saved(c);
	cpus[c].tickled = false;
	spin_lock(&sc->lock);
	next = policy->schedule(c, clock_now, &slice);
	cpus[c].slice_end = slice < 0 ? -1 : clock_now + slice;
	sc->running = next;
	BUG_ON(next && next->place != PLACE_RUNNING);
	BUG_ON(next && next->vcpu->processor != c);
	BUG_ON(next && next != prev && next->vcpu->is_running);
	if (next != prev) {
		if (prev)
			cpus[c].saving = prev->vcpu;
		if (next) {
			struct sim_vcpu *s = sim_of(next->vcpu);

			next->vcpu->is_running = true;
			s->switches++;
			if (s->awake_since) {
				s_time_t latency = clock_now - s->awake_since;

				s->latency_max = max(s->latency_max, latency);
				s->latency_sum += latency;
				s->awake_since = 0;
			}
		}
	}
	spin_unlock(&sc->lock);
}

static s_time_t next_event(s_time_t end)
{
	s_time_t t = end;

	for (u32 c = 0; c < nr_cpu_ids; c++) {
		struct sched_vcpu *sv = sched_cpus[c].running;

		if (cpus[c].tickled || cpus[c].saving)
			return clock_now + MICROSECS(2);	/* an interrupt takes a little */
		if (cpus[c].slice_end >= 0)
			t = min(t, cpus[c].slice_end);
		if (sv && sim_of(sv->vcpu)->burst)
			t = min(t, clock_now + max_t(s_time_t, sim_of(sv->vcpu)->left, 0));
	}
	for (unsigned int i = 0; i < nr_vcpus; i++)
		if (vcpus[i]->wake_at)
			t = min(t, vcpus[i]->wake_at);
	for (unsigned int i = 0; i < MAX_SIM_DOMAINS && timers[i]; i++)
		if (timers[i]->node.rank)
			t = min(t, (s_time_t)timers[i]->node.key);
	return max(t, clock_now);
}

static void step(s_time_t end)
{
	clock_now = next_event(end);
	for (u32 c = 0; c < nr_cpu_ids; c++)
		account(c);
	for (u32 c = 0; c < nr_cpu_ids; c++)
		saved(c);
	for (unsigned int i = 0; i < MAX_SIM_DOMAINS && timers[i]; i++) {
		if (timers[i]->node.rank && (s_time_t)timers[i]->node.key <= clock_now) {
			timers[i]->node.rank = 0;
			timers[i]->fn(timers[i]->data);
		}
	}
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		struct sim_vcpu *s = vcpus[i];

		if (s->wake_at && s->wake_at <= clock_now) {
			s->wake_at = 0;
			s->left = s->burst;
			s->awake_since = clock_now;
			s->wakes++;
			s->vcpu->pause_flags = 0;
			wake(s->vcpu);
		}
	}
	for (u32 c = 0; c < nr_cpu_ids; c++) {
		struct sched_vcpu *sv = sched_cpus[c].running;
		struct sim_vcpu *s = sv ? sim_of(sv->vcpu) : NULL;

		if (s && s->burst && s->left <= 0 && !s->wake_at) {
			s->vcpu->pause_flags = 1;
			s->wake_at = clock_now + s->rest;
			put_to_sleep(s->vcpu);
		}
		if (cpus[c].tickled || (cpus[c].slice_end >= 0 && cpus[c].slice_end <= clock_now))
			reschedule(c);
	}
}

/* No CPU may idle while another has somebody waiting who could run on it. */
static void check_work_conserving(const char *name)
{
	static unsigned int bad;

	for (u32 c = 0; c < nr_cpu_ids; c++) {
		struct heap *h = &queues[c].heap;

		for (struct heap_node *n = heap_next(h, NULL); n; n = heap_next(h, n)) {
			struct sched_vcpu *sv = vcpu_at(n);

			if (sv->vcpu->is_running || !has_budget(sv->domain) ||
			    (cpus[c].tickled && !sched_cpus[c].running))
				continue;
			for (u32 i = 0; i < nr_cpu_ids; i++) {
				if (sched_cpus[i].running || cpus[i].tickled ||
				    !cpumask_test_cpu(i, &sv->hard))
					continue;
				if (cpus[i].slice_end >= 0)	/* it will look again */
					continue;
				if (!bad++)
					printf("FAIL %s: CPU %u idle while d%uv%u waits on CPU %u\n", name, i,
					       sv->vcpu->domain->id, sv->vcpu->id, c);
				failures++;
			}
		}
	}
}

static void run(const char *name, s_time_t ns)
{
	s_time_t end = clock_now + ns;

	for (u32 c = 0; c < nr_cpu_ids; c++)
		reschedule(c);
	while (clock_now < end && !failures) {
		step(end);
		check_work_conserving(name);
	}
}

static void forget_usage(void)
{
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		vcpus[i]->used = vcpus[i]->latency_max = vcpus[i]->latency_sum = 0;
		vcpus[i]->wakes = vcpus[i]->switches = 0;
	}
	for (u32 c = 0; c < nr_cpu_ids; c++)
		cpus[c].idle = 0;
}

static void done(void)
{
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		vcpus[i]->vcpu->pause_flags = 1;
		if (vcpus[i]->vcpu->sched->place != PLACE_RUNNING)
			put_to_sleep(vcpus[i]->vcpu);
	}
	for (unsigned int i = 0; i < nr_vcpus; i++) {
		free(vcpus[i]->vcpu->sched);
		free(vcpus[i]->vcpu);
		free(vcpus[i]);
	}
	for (unsigned int i = 0; i < nr_domains; i++) {
		free(domains[i]->sched);
		free(domains[i]);
	}
}

/* Share in permille of one CPU. */
static unsigned int permille(const struct sim_vcpu *s, s_time_t ns)
{
	return s->used * 1000 / ns;
}

static s_time_t domain_used(const struct domain *d)
{
	s_time_t sum = 0;

	for (unsigned int i = 0; i < nr_vcpus; i++)
		if (vcpus[i]->vcpu->domain == d)
			sum += vcpus[i]->used;
	return sum;
}

static void expect(const char *name, const char *what, long got, long want, long tolerance)
{
	if (getenv("VERBOSE"))
		printf("   %s: %s: %ld, expected %ld\n", name, what, got, want);
	if (got >= want - tolerance && got <= want + tolerance)
		return;
	printf("FAIL %s: %s: %ld, expected %ld +- %ld\n", name, what, got, want, tolerance);
	failures++;
}

static void ok(const char *name)
{
	if (!failures)
		printf("ok %s\n", name);
}

/* --- the tests --- */

static void test_weights_one_cpu(void)
{
	const char *name = "weights 256:512 share one CPU 1:2";
	struct sim_vcpu *a, *b;

	machine(1);
	a = vcpu(domain(256, 0), 0, 0);
	b = vcpu(domain(512, 0), 0, 0);
	run(name, SECONDS(5));
	expect(name, "first", permille(a, SECONDS(5)), 333, 15);
	expect(name, "second", permille(b, SECONDS(5)), 667, 15);
	done();
	ok(name);
}

static void test_weights_pinned(void)
{
	const char *name = "weights of two pinned to one of two CPUs, beside a busy third";
	cpumask_t one = cpumask_of(1), zero = cpumask_of(0);
	struct sim_vcpu *a, *b, *c;

	machine(2);
	a = vcpu(domain(256, 0), 0, 0);
	b = vcpu(domain(512, 0), 0, 0);
	c = vcpu(domain(16, 0), 0, 0);
	pin(a, &one);
	pin(b, &one);
	pin(c, &zero);
	run(name, SECONDS(5));
	expect(name, "256", permille(a, SECONDS(5)), 333, 15);
	expect(name, "512", permille(b, SECONDS(5)), 667, 15);
	expect(name, "alone", permille(c, SECONDS(5)), 1000, 5);
	done();
	ok(name);
}

static void test_three_on_two(void)
{
	const char *name = "three equals on two CPUs get two thirds each";
	struct sim_vcpu *v[3];

	machine(2);
	for (unsigned int i = 0; i < 3; i++)
		v[i] = vcpu(domain(256, 0), 0, 0);
	run(name, SECONDS(5));
	for (unsigned int i = 0; i < 3; i++)
		expect(name, "share", permille(v[i], SECONDS(5)), 667, 25);
	expect(name, "idle", cpus[0].idle + cpus[1].idle, 0, MICROSECS(100));
	done();
	ok(name);
}

static void test_many_on_many(void)
{
	const char *name = "eleven domains of several weights on eight CPUs";
	static const u32 weights[] = { 256, 256, 512, 256, 128, 256, 512, 256, 128, 256, 256 };
	struct sim_vcpu *v[11];
	s_time_t run_for = SECONDS(8);

	/* Weight 512 would have 1.3 CPUs: it gets one, the others share six. */
	machine(8);
	for (unsigned int i = 0; i < 11; i++)
		v[i] = vcpu(domain(weights[i], 0), 0, 0);
	run(name, SECONDS(2));
	forget_usage();
	run(name, run_for);
	for (unsigned int i = 0; i < 11; i++) {
		long want = weights[i] == 512 ? 1000 : weights[i] == 256 ? 750 : 375;

		expect(name, "share", permille(v[i], run_for), want, want / 10);
	}
	done();
	ok(name);
}

static void test_domain_shares(void)
{
	const char *name = "a domain's weight does not grow with its vcpus";
	struct domain *one, *eight;

	machine(2);
	one = domain(256, 0);
	eight = domain(256, 0);
	vcpu(one, 0, 0);
	for (unsigned int i = 0; i < 8; i++)
		vcpu(eight, 0, 0);
	run(name, SECONDS(2));
	forget_usage();
	run(name, SECONDS(8));
	expect(name, "one vcpu", domain_used(one) * 1000 / SECONDS(8), 1000, 60);
	expect(name, "eight vcpus", domain_used(eight) * 1000 / SECONDS(8), 1000, 60);
	done();
	ok(name);
}

static void test_cap(u32 cap, unsigned int nr, unsigned int nr_cpus)
{
	char name[] = "a cap of 000 % with 0 vcpus on 0 CPUs holds";
	struct domain *capped, *other;
	s_time_t run_for = SECONDS(6);

	name[9] += cap / 100;
	name[10] += cap / 10 % 10;
	name[11] += cap % 10;
	name[20] += nr;
	name[31] += nr_cpus;
	machine(nr_cpus);
	capped = domain(1024, cap);
	other = domain(256, 0);
	for (unsigned int i = 0; i < nr; i++)
		vcpu(capped, 0, 0);
	vcpu(other, 0, 0);
	run(name, run_for);
	expect(name, "capped", domain_used(capped) * 1000 / run_for, cap * 10, cap / 2 + 1);
	done();

	/* Also where nobody else wants the CPU. */
	machine(nr_cpus);
	capped = domain(256, cap);
	for (unsigned int i = 0; i < nr; i++)
		vcpu(capped, 0, 0);
	run(name, run_for);
	expect(name, "capped alone", domain_used(capped) * 1000 / run_for, cap * 10, cap / 2 + 1);
	done();
	ok(name);
}

static void test_cap_of_sleeper(void)
{
	const char *name = "a cap holds for one that sleeps and wakes, and can be lifted";
	struct xen_domctl_scheduler_op lift = { .cmd = XEN_DOMCTL_SCHEDOP_putinfo };
	struct domain *d;

	machine(2);
	d = domain(256, 20);
	vcpu(d, MICROSECS(700), MICROSECS(300));
	run(name, SECONDS(5));
	expect(name, "capped", domain_used(d) * 1000 / SECONDS(5), 200, 15);
	policy->adjust_domain(d->sched, &lift);
	run(name, MILLISECS(100));
	forget_usage();
	run(name, SECONDS(5));
	expect(name, "lifted", domain_used(d) * 1000 / SECONDS(5), 700, 15);
	done();
	ok(name);
}

static void test_latency(void)
{
	const char *name = "one that sleeps much runs soon after it wakes";
	struct sim_vcpu *s;

	machine(2);
	for (unsigned int i = 0; i < 6; i++)
		vcpu(domain(256, 0), 0, 0);
	s = vcpu(domain(256, 0), MICROSECS(200), MICROSECS(4700));
	run(name, SECONDS(5));
	expect(name, "mean latency, us", s->latency_sum / (s->wakes ?: 1) / 1000, 0, 1200);
	expect(name, "worst latency, us", s->latency_max / 1000, 0, 8000);
	expect(name, "wakes", s->wakes, 1000, 100);
	done();
	ok(name);
}

static void test_hostile_sleeper(void)
{
	const char *name = "sleeping at the right moments wins no more than a share";
	struct sim_vcpu *spin, *cheat;

	machine(1);
	spin = vcpu(domain(256, 0), 0, 0);
	cheat = vcpu(domain(256, 0), MICROSECS(950), MICROSECS(10));
	run(name, SECONDS(5));
	expect(name, "honest", permille(spin, SECONDS(5)), 500, 50);
	expect(name, "cheat", permille(cheat, SECONDS(5)), 500, 50);
	done();
	ok(name);
}

static void test_late_comer(void)
{
	const char *name = "nobody starves after a long history";
	cpumask_t zero = cpumask_of(0), all;
	struct sim_vcpu *a, *b, *late;

	cpumask_setall(&all);
	machine(2);
	a = vcpu(domain(8, 0), 0, 0);		/* its virtual time runs 32 times as fast */
	b = vcpu(domain(4096, 0), 0, 0);	/* and this one's hardly */
	pin(a, &zero);
	run(name, SECONDS(60));
	late = vcpu(domain(256, 0), 0, 0);
	forget_usage();
	run(name, SECONDS(2));
	/* b keeps its CPU, the newcomer shares CPU 0 with a at 32:1. */
	expect(name, "newcomer", permille(late, SECONDS(2)), 970, 60);
	expect(name, "heavy", permille(b, SECONDS(2)), 1000, 60);
	pin(a, &all);
	run(name, SECONDS(1));
	forget_usage();
	run(name, SECONDS(4));
	expect(name, "newcomer later", permille(late, SECONDS(4)), 970, 60);
	expect(name, "light later", permille(a, SECONDS(4)), 30, 30);
	done();
	ok(name);
}

static void test_switch_rate(void)
{
	const char *name = "spinners are switched some hundred times a second, not more";
	unsigned long switches = 0;

	machine(2);
	for (unsigned int i = 0; i < 5; i++)
		vcpu(domain(256, 0), 0, 0);
	run(name, SECONDS(5));
	for (unsigned int i = 0; i < nr_vcpus; i++)
		switches += vcpus[i]->switches;
	expect(name, "switches a second and CPU", switches / 5 / 2, 200, 150);
	done();
	ok(name);
}

static void test_repinning(void)
{
	const char *name = "random loads, pinning, weights and caps on 64 CPUs lose nobody";
	struct sim_vcpu *s;

	machine(64);
	for (unsigned int i = 0; i < 24; i++) {
		struct domain *d = domain(1 + random() % 1000, random() % 4 ? 0 : 1 + random() % 150);

		for (unsigned int n = 1 + random() % 8; n; n--)
			vcpu(d, random() % 3 ? 1 + random() % MILLISECS(5) : 0, 1 + random() % MILLISECS(5));
	}
	for (unsigned int round = 0; round < 150 && !failures; round++) {
		cpumask_t mask = { { 0 } };

		run(name, MILLISECS(1 + random() % 10));
		for (unsigned int n = 1 + random() % 20; n; n--)
			cpumask_set_cpu_local(random() % 64, &mask);
		pin(vcpus[random() % nr_vcpus], &mask);
	}
	/* In the end everybody must still get something. */
	run(name, MILLISECS(500));
	forget_usage();
	run(name, SECONDS(3));
	for (unsigned int i = 0; i < nr_vcpus && !failures; i++) {
		s = vcpus[i];
		if (s->used == 0) {
			printf("FAIL %s: v%u of d%u (weight %u, cap %u) got nothing\n", name, i,
			       s->vcpu->domain->id, s->vcpu->domain->sched->weight,
			       s->vcpu->domain->sched->cap);
			failures++;
		}
	}
	done();
	ok(name);
}

static void test_parameters(void)
{
	const char *name = "parameters are checked";
	struct xen_sysctl_scheduler_op g = { .cmd = XEN_SYSCTL_SCHEDOP_putinfo };
	struct xen_domctl_scheduler_op op = { .cmd = XEN_DOMCTL_SCHEDOP_getvcpuinfo };
	struct domain *d;

	machine(1);
	d = domain(77, 33);
	expect(name, "vcpu parameters", policy->adjust_domain(d->sched, &op), -EINVAL, 0);
	op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	op.cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	op.u.credit2.cap = 801;
	expect(name, "cap beyond all vcpus", policy->adjust_domain(d->sched, &op), -EINVAL, 0);
	op.cmd = XEN_DOMCTL_SCHEDOP_getinfo;
	expect(name, "get", policy->adjust_domain(d->sched, &op), 0, 0);
	expect(name, "weight", op.u.credit2.weight, 77, 0);
	expect(name, "cap", op.u.credit2.cap, 33, 0);
	g.u.sched_credit2.ratelimit_us = 99;
	expect(name, "rate limit too low", policy->adjust_global(&g), -EINVAL, 0);
	g.u.sched_credit2.ratelimit_us = 500001;
	expect(name, "rate limit too high", policy->adjust_global(&g), -EINVAL, 0);
	g.u.sched_credit2.ratelimit_us = 2000;
	expect(name, "rate limit", policy->adjust_global(&g), 0, 0);
	g.cmd = XEN_SYSCTL_SCHEDOP_getinfo;
	g.u.sched_credit2.ratelimit_us = 0;
	expect(name, "get", policy->adjust_global(&g), 0, 0);
	expect(name, "rate limit read", g.u.sched_credit2.ratelimit_us, 2000, 0);
	g.cmd = XEN_SYSCTL_SCHEDOP_putinfo;
	g.u.sched_credit2.ratelimit_us = 1000;
	policy->adjust_global(&g);
	g.cmd = 77;
	expect(name, "no such command", policy->adjust_global(&g), -EINVAL, 0);
	done();
	ok(name);
}

int main(void)
{
	srandom(7);
	test_weights_one_cpu();
	test_weights_pinned();
	test_three_on_two();
	test_many_on_many();
	test_domain_shares();
	test_cap(50, 1, 1);
	test_cap(10, 1, 2);
	test_cap(150, 4, 4);
	test_cap(5, 2, 2);
	test_cap_of_sleeper();
	test_latency();
	test_hostile_sleeper();
	test_late_comer();
	test_switch_rate();
	test_repinning();
	test_parameters();
	return failures ? 1 : 0;
}
