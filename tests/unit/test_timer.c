// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/common/heap.c
// CFLAGS: -Ixen/include -Iinclude -D__XEN__ -DCONFIG_DEBUG -fno-strict-aliasing -fno-builtin
/*
 * The timer heaps against a plain array: random arming, stopping, moving and
 * killing on several CPUs under a clock that this test moves.
 */

/* One thread plays all CPUs, so interrupts and locks are nothing here. */
#define XEN_ARCH_IRQFLAGS_H
static inline void local_irq_disable(void) { }
static inline void local_irq_enable(void) { }
static inline int local_irq_is_enabled(void) { return 1; }
static inline unsigned long local_irq_save_flags(void) { return 0; }
static inline void local_irq_restore(unsigned long flags) { (void)flags; }
#define local_irq_save(flags) ((void)((flags) = 0))

#include <arch/regs.h>
#include <arch/time.h>
#undef smp_cpu
static unsigned int test_cpu;
#define smp_cpu() test_cpu

#include "../../xen/common/timer.c"

int printf(const char *fmt, ...);
void abort(void) __attribute__((__noreturn__));
long random(void);
void srandom(unsigned int seed);

#define NR_CPUS		4
#define NR_TIMERS	200
#define ROUNDS		20000

u32 nr_cpu_ids = NR_CPUS;
static s_time_t clock_now = 1000;
static s_time_t apic_deadline[NR_CPUS];
static bool softirq[NR_CPUS];
static void (*timer_handler)(void);
static int failures;

void spin_lock(spinlock_t *l) { (void)l; }
void spin_unlock(spinlock_t *l) { (void)l; }
bool spin_trylock(spinlock_t *l) { (void)l; return true; }
void bug_at(const char *file, int line, const char *what)
{
	printf("%s:%d: %s\n", file, line, what);
	abort();
}
s_time_t get_s_time(void) { return clock_now; }
void apic_timer_set(s_time_t deadline) { apic_deadline[test_cpu] = deadline; }
void open_softirq(enum softirq nr, void (*handler)(void)) { (void)nr; timer_handler = handler; }
void raise_softirq(enum softirq nr) { (void)nr; softirq[test_cpu] = true; }
void cpu_raise_softirq(u32 cpu, enum softirq nr) { (void)nr; softirq[cpu] = true; }

struct model {
	struct timer timer;
	bool armed, killed;
	s_time_t due;
	u32 cpu;
	unsigned int fired;
	bool rearm_in_past;
};
static struct model models[NR_TIMERS];

static void check(bool ok, const char *what)
{
	if (ok)
		return;
	printf("FAIL %s\n", what);
	failures++;
}

static void fired(void *data)
{
	struct model *m = data;

	if (!m->armed || m->due > clock_now || m->cpu != test_cpu || m->killed) {
		check(false, "a timer fires when due, on its CPU");
		return;
	}
	m->armed = false;
	m->fired++;
	if (m->rearm_in_past) {
		m->rearm_in_past = false;
		timer_set(&m->timer, clock_now);
		m->armed = true;
		m->due = clock_now;
	}
}

static void run_softirqs(void)
{
	for (unsigned int busy = 1; busy;) {
		busy = 0;
		for (test_cpu = 0; test_cpu < NR_CPUS; test_cpu++) {
			if (!softirq[test_cpu])
				continue;
			softirq[test_cpu] = false;
			timer_handler();
			busy = 1;
		}
		for (test_cpu = 0; test_cpu < NR_CPUS; test_cpu++) {
			if (apic_deadline[test_cpu] && apic_deadline[test_cpu] <= clock_now) {
				apic_deadline[test_cpu] = 0;
				timer_interrupt();
				busy = 1;
			}
		}
	}
	test_cpu = 0;
}

static void random_step(void)
{
	struct model *m = &models[random() % NR_TIMERS];

	test_cpu = random() % NR_CPUS;
	switch (random() % 6) {
	case 0:
	case 1:
	case 2:
		m->due = clock_now + random() % 5000 - 100;
		timer_set(&m->timer, m->due);
		m->armed = !m->killed;
		m->rearm_in_past = random() % 8 == 0;
		break;
	case 3:
		timer_stop(&m->timer);
		m->armed = false;
		break;
	case 4:
		m->cpu = random() % NR_CPUS;
		timer_migrate(&m->timer, m->cpu);
		break;
	case 5:
		if (random() % 50 == 0) {
			timer_kill(&m->timer);
			m->killed = true;
			m->armed = false;
		}
		break;
	}
}

static void heap_is_sound(const struct heap_node *n, unsigned int *count)
{
	if (!n)
		return;
	(*count)++;
	if (n->left)
		check(n->left->parent == n && !key_before(n->left->key, n->key), "left child in order");
	if (n->right)
		check(n->right->parent == n && !key_before(n->right->key, n->key), "right child in order");
	check((n->left ? n->left->rank : 0) >= (n->right ? n->right->rank : 0), "leftist");
	check(n->rank == (n->right ? n->right->rank : 0) + 1, "rank");
	heap_is_sound(n->left, count);
	heap_is_sound(n->right, count);
}

static void test_random(void)
{
	unsigned int fired_total = 0;

	for (unsigned int i = 0; i < NR_TIMERS; i++) {
		models[i].cpu = i % NR_CPUS;
		timer_init(&models[i].timer, fired, &models[i], models[i].cpu);
	}
	for (unsigned int round = 0; round < ROUNDS && !failures; round++) {
		unsigned int in_heaps = 0, armed = 0, walked = 0;

		for (unsigned int i = 0; i < 10; i++)
			random_step();
		clock_now += random() % 500;
		run_softirqs();
		for (unsigned int i = 0; i < NR_TIMERS; i++) {
			check(!models[i].armed || models[i].due > clock_now, "nothing due is left");
			check(models[i].armed == timer_active(&models[i].timer), "active as the model says");
			armed += models[i].armed;
		}
		for (unsigned int cpu = 0; cpu < NR_CPUS; cpu++) {
			struct heap *h = &cpu_timers[cpu].heap;

			heap_is_sound(h->root, &in_heaps);
			for (struct heap_node *n = heap_next(h, NULL); n; n = heap_next(h, n))
				walked++;
			check(!h->root || apic_deadline[cpu] == 0 ||
			      apic_deadline[cpu] <= (s_time_t)h->root->key, "the APIC is programmed early enough");
			check(!h->root || apic_deadline[cpu], "the APIC is programmed at all");
		}
		check(in_heaps == armed && walked == armed, "as many in the heaps as armed");
	}
	for (unsigned int i = 0; i < NR_TIMERS; i++)
		fired_total += models[i].fired;
	check(fired_total > ROUNDS, "timers fired");
	if (!failures)
		printf("ok random timers on %d CPUs (%u fired)\n", NR_CPUS, fired_total);
}

static void test_far_deadlines(void)
{
	static struct model far, near;

	test_cpu = 0;
	timer_init(&far.timer, fired, &far, 0);
	timer_init(&near.timer, fired, &near, 0);
	timer_set(&far.timer, STIME_MAX);
	far.due = STIME_MAX;
	far.armed = true;
	timer_set(&near.timer, clock_now + 10);
	near.due = clock_now + 10;
	near.armed = true;
	clock_now += 20;
	softirq[0] = true;
	run_softirqs();
	check(near.fired == 1 && far.fired == 0, "the nearer of two fires alone");
	timer_kill(&far.timer);
	timer_set(&far.timer, clock_now);
	far.armed = false;
	run_softirqs();
	check(!timer_active(&far.timer) && far.fired == 0, "a killed timer stays dead");
	if (!failures)
		printf("ok far deadlines and killed timers\n");
}

int main(void)
{
	srandom(1);
	for (test_cpu = 0; test_cpu < NR_CPUS; test_cpu++)
		timers_init_cpu(test_cpu);
	test_cpu = 0;
	timers_init();
	test_random();
	test_far_deadlines();
	return failures ? 1 : 0;
}
