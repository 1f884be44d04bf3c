/* SPDX-License-Identifier: MIT */
/* lwIP's semaphores, locks, mailboxes and threads, as sys_arch.c makes them of ours. */
#ifndef LWIP_ARCH_SYS_ARCH_H
#define LWIP_ARCH_SYS_ARCH_H

#include <stdbool.h>
#include <minios/thread.h>

#define MBOX_MESSAGES	128

typedef struct {
	bool valid;
	unsigned int count;
	struct waiters waiters;
} sys_sem_t;

typedef struct {
	bool valid;
	struct mutex mutex;
} sys_mutex_t;

typedef struct {
	bool valid;
	unsigned int first, count;
	void **messages;
	struct waiters waiters;
} sys_mbox_t;

typedef struct thread *sys_thread_t;

#endif
