// SPDX-License-Identifier: MIT
/*
 * Cooperative threads. Everything here is touched with events masked, and a thread
 * is switched away from with events masked, which each thread undoes for itself.
 */
#include <minios/hypercall.h>
#include <minios/kernel.h>
#include <minios/mm.h>
#include <minios/thread.h>

#define STACK_PAGES	16

void switch_stacks(void **from, void *to);

static struct thread boot_thread = { .name = "boot" };
static struct thread *current = &boot_thread;
static struct thread *ready, **ready_tail = &ready;
static struct thread *sleepers;		/* the earliest deadline first */
static struct thread *spare;		/* of threads that have ended: with their stacks */

struct thread *thread_current(void)
{
	return current;
}

void thread_init(void)
{
	current = &boot_thread;
}

static void make_ready(struct thread *thread)
{
	thread->next = NULL;
	*ready_tail = thread;
	ready_tail = &thread->next;
}

static void add_sleeper(struct thread *thread)
{
	struct thread **at = &sleepers;

	while (*at && (*at)->deadline <= thread->deadline)
		at = &(*at)->next_sleeper;
	thread->next_sleeper = *at;
	*at = thread;
}

static void remove_sleeper(struct thread *thread)
{
	struct thread **at = &sleepers;

	while (*at && *at != thread)
		at = &(*at)->next_sleeper;
	if (*at)
		*at = thread->next_sleeper;
}

static void remove_waiter(struct thread *thread)
{
	struct thread **at = &thread->on->first;

	while (*at != thread)
		at = &(*at)->next;
	*at = thread->next;
	thread->on = NULL;
}

/* Those whose time has come stop waiting for whatever it was. */
static void wake_sleepers(void)
{
	uint64_t now;

	if (!sleepers)
		return;
	now = clock_now();
	while (sleepers && sleepers->deadline <= now) {
		struct thread *thread = sleepers;

		sleepers = thread->next_sleeper;
		if (thread->on)
			remove_waiter(thread);
		make_ready(thread);
	}
}

/*
 * Run someone else until somebody makes us ready. With nobody to run the vcpu
 * blocks; that call unmasks events and looks for pending ones in one step, so none
 * can slip in between.
 */
static void schedule(void)
{
	struct thread *previous = current;

	wake_sleepers();
	while (!ready) {
		clock_arm(sleepers ? sleepers->deadline : NEVER);
		hypercall_sched(SCHEDOP_block, NULL);
		events_save();
		wake_sleepers();
	}
	current = ready;
	ready = current->next;
	if (!ready)
		ready_tail = &ready;
	if (current != previous)
		switch_stacks(&previous->sp, current->sp);
}

/* Where a new thread begins: returned to by switch_stacks. */
static void first_steps(void)
{
	events_restore(false);
	current->function(current->arg);
	thread_exit();
}

struct thread *thread_create(const char *name, void (*function)(void *arg), void *arg)
{
	struct thread *thread;
	unsigned long *sp;
	bool masked = events_save();

	thread = spare;
	if (thread)
		spare = thread->next;
	else
		thread = pages_alloc(STACK_PAGES);
	if (!thread) {
		events_restore(masked);
		return NULL;
	}
	memset(thread, 0, sizeof(*thread));
	thread->name = name;
	thread->function = function;
	thread->arg = arg;

	/*
	 * The structure is at the low end of the stack. At the high end lies what
	 * switch_stacks pops: registers, the address it returns to, and above it
	 * the one that first_steps would return to, which leaves the stack aligned
	 * as after a call.
	 */
	sp = (unsigned long *)((char *)thread + STACK_PAGES * PAGE_SIZE);
	*--sp = 0;
	*--sp = (unsigned long)first_steps;
	sp -= SAVED_REGISTERS;
	memset(sp, 0, SAVED_REGISTERS * sizeof(*sp));
	thread->sp = sp;

	make_ready(thread);
	events_restore(masked);
	return thread;
}

/* The stack in use is put aside, and not used again before we have left it. */
void thread_exit(void)
{
	events_save();
	if (current != &boot_thread) {
		current->next = spare;
		spare = current;
	}
	schedule();
	panic("a thread that ended ran again");
}

void thread_yield(void)
{
	bool masked = events_save();

	make_ready(current);
	schedule();
	events_restore(masked);
}

bool thread_wait(struct waiters *waiters, uint64_t deadline)
{
	struct thread *self = current, **at;

	if (deadline != NEVER && deadline <= clock_now())
		return false;
	self->deadline = deadline;
	self->on = waiters;
	self->next = NULL;
	for (at = &waiters->first; *at; at = &(*at)->next)
		;
	*at = self;
	if (deadline != NEVER)
		add_sleeper(self);
	schedule();
	return self->deadline == NEVER;
}

void thread_wake(struct waiters *waiters)
{
	bool masked = events_save();

	while (waiters->first) {
		struct thread *thread = waiters->first;

		waiters->first = thread->next;
		thread->on = NULL;
		if (thread->deadline != NEVER)
			remove_sleeper(thread);
		thread->deadline = NEVER;	/* which tells it that it was woken */
		make_ready(thread);
	}
	events_restore(masked);
}

void thread_sleep(uint64_t nanoseconds)
{
	struct waiters nobody = { NULL };
	bool masked = events_save();

	thread_wait(&nobody, clock_now() + nanoseconds);
	events_restore(masked);
}

void mutex_lock(struct mutex *mutex)
{
	wait_event(&mutex->waiters, !mutex->held);
	mutex->held = true;
}

void mutex_unlock(struct mutex *mutex)
{
	mutex->held = false;
	thread_wake(&mutex->waiters);
}
