// SPDX-License-Identifier: MIT
/*
 * What lwIP asks of an operating system, made of our cooperative threads. All
 * callers are threads: frames reach lwIP from one (netif.c), not from the event
 * handler, so nothing here is shared with one.
 */
#include <lwip/opt.h>
#include <lwip/sys.h>
#include <stdlib.h>
#include <string.h>
#include <minios/clock.h>
#include <minios/event.h>
#include <minios/kernel.h>
#include <minios/thread.h>

/*
 * Wait until CONDITION holds, at most MS milliseconds (0: for ever). Evaluates to
 * whether it does.
 */
#define wait_for(waiters, ms, condition)					\
	({									\
		uint64_t deadline_ = (ms) ? clock_now() + MILLISECONDS(ms) : NEVER; \
		bool masked_ = events_save(), holds_;				\
										\
		while (!(holds_ = (condition)) && thread_wait(waiters, deadline_)) \
			;							\
		events_restore(masked_);					\
		holds_;								\
	})

void sys_init(void)
{
	srand((unsigned int)clock_wall());
}

u32_t sys_now(void)
{
	return (u32_t)(clock_now() / MILLISECONDS(1));
}

err_t sys_sem_new(sys_sem_t *sem, u8_t count)
{
	memset(sem, 0, sizeof(*sem));
	sem->count = count;
	sem->valid = true;
	return ERR_OK;
}

void sys_sem_free(sys_sem_t *sem)
{
	sem->valid = false;
}

int sys_sem_valid(sys_sem_t *sem)
{
	return sem->valid;
}

void sys_sem_set_invalid(sys_sem_t *sem)
{
	sem->valid = false;
}

void sys_sem_signal(sys_sem_t *sem)
{
	sem->count++;
	thread_wake(&sem->waiters);
}

u32_t sys_arch_sem_wait(sys_sem_t *sem, u32_t timeout)
{
	if (!wait_for(&sem->waiters, timeout, sem->count > 0))
		return SYS_ARCH_TIMEOUT;
	sem->count--;
	return 0;
}

err_t sys_mutex_new(sys_mutex_t *mutex)
{
	memset(mutex, 0, sizeof(*mutex));
	mutex->valid = true;
	return ERR_OK;
}

void sys_mutex_free(sys_mutex_t *mutex)
{
	mutex->valid = false;
}

int sys_mutex_valid(sys_mutex_t *mutex)
{
	return mutex->valid;
}

void sys_mutex_set_invalid(sys_mutex_t *mutex)
{
	mutex->valid = false;
}

void sys_mutex_lock(sys_mutex_t *mutex)
{
	mutex_lock(&mutex->mutex);
}

void sys_mutex_unlock(sys_mutex_t *mutex)
{
	mutex_unlock(&mutex->mutex);
}

/* All mailboxes have one size, at least what lwipopts.h asks for. */
err_t sys_mbox_new(sys_mbox_t *mbox, int size)
{
	memset(mbox, 0, sizeof(*mbox));
	if (size > MBOX_MESSAGES)
		return ERR_MEM;
	mbox->messages = calloc(MBOX_MESSAGES, sizeof(void *));
	mbox->valid = mbox->messages;
	return mbox->valid ? ERR_OK : ERR_MEM;
}

void sys_mbox_free(sys_mbox_t *mbox)
{
	free(mbox->messages);
	mbox->messages = NULL;
	mbox->valid = false;
}

int sys_mbox_valid(sys_mbox_t *mbox)
{
	return mbox->valid;
}

void sys_mbox_set_invalid(sys_mbox_t *mbox)
{
	mbox->valid = false;
}

err_t sys_mbox_trypost(sys_mbox_t *mbox, void *message)
{
	if (mbox->count == MBOX_MESSAGES)
		return ERR_MEM;
	mbox->messages[(mbox->first + mbox->count++) % MBOX_MESSAGES] = message;
	thread_wake(&mbox->waiters);
	return ERR_OK;
}

err_t sys_mbox_trypost_fromisr(sys_mbox_t *mbox, void *message)
{
	return sys_mbox_trypost(mbox, message);
}

void sys_mbox_post(sys_mbox_t *mbox, void *message)
{
	wait_event(&mbox->waiters, mbox->count < MBOX_MESSAGES);
	sys_mbox_trypost(mbox, message);
}

u32_t sys_arch_mbox_tryfetch(sys_mbox_t *mbox, void **message)
{
	void *got;

	if (!mbox->count)
		return SYS_MBOX_EMPTY;
	got = mbox->messages[mbox->first];
	mbox->first = (mbox->first + 1) % MBOX_MESSAGES;
	mbox->count--;
	thread_wake(&mbox->waiters);
	if (message)
		*message = got;
	return 0;
}

u32_t sys_arch_mbox_fetch(sys_mbox_t *mbox, void **message, u32_t timeout)
{
	if (!wait_for(&mbox->waiters, timeout, mbox->count > 0))
		return SYS_ARCH_TIMEOUT;
	return sys_arch_mbox_tryfetch(mbox, message);
}

sys_thread_t sys_thread_new(const char *name, lwip_thread_fn function, void *arg, int stack_size, int priority)
{
	LWIP_UNUSED_ARG(stack_size);
	LWIP_UNUSED_ARG(priority);
	return thread_create(name, function, arg);
}
