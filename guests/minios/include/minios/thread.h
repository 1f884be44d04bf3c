/* SPDX-License-Identifier: MIT */
/*
 * Cooperative threads on one vcpu. A thread runs until it waits or yields, so that
 * what threads share needs no lock; what an event handler shares with them is
 * touched with events masked.
 */
#ifndef MINIOS_THREAD_H
#define MINIOS_THREAD_H

#include <stdbool.h>
#include <stdint.h>
#include <minios/clock.h>
#include <minios/event.h>

struct thread {
	void *sp;			/* when it does not run */
	struct thread *next;		/* in the queue it is in */
	struct thread *next_sleeper;	/* among those with a deadline */
	struct waiters *on;		/* what it waits for, if anything */
	uint64_t deadline;
	const char *name;
	void (*function)(void *arg);
	void *arg;
	void *libc;			/* for the C library: what it keeps per thread */
};

/* Threads that wait for one thing. Zero is a valid start. */
struct waiters {
	struct thread *first;
};

void thread_init(void);
struct thread *thread_current(void);

/* A new thread with a stack of 64 KiB; NULL if there is no memory. */
struct thread *thread_create(const char *name, void (*function)(void *arg), void *arg);
void thread_exit(void) __attribute__((noreturn));
void thread_yield(void);
void thread_sleep(uint64_t nanoseconds);

/*
 * With events masked: wait for a wake-up, at most until DEADLINE. False if that
 * came first. The condition that one waits for has to be looked at again.
 */
bool thread_wait(struct waiters *waiters, uint64_t deadline);
/* Wake all who wait; from a thread or an event handler. */
void thread_wake(struct waiters *waiters);

/* Wait until CONDITION holds. Nothing is missed, for events are masked while it is looked at. */
#define wait_event(waiters, condition)				\
	do {							\
		bool masked_ = events_save();			\
								\
		while (!(condition))				\
			thread_wait(waiters, NEVER);		\
		events_restore(masked_);			\
	} while (0)

/* A lock that a thread may hold while it waits. */
struct mutex {
	bool held;
	struct waiters waiters;
};

void mutex_lock(struct mutex *mutex);
void mutex_unlock(struct mutex *mutex);

#endif
