// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ctrl-C, a closed terminal or a kill while something half done must be taken
 * back: a signal only asks, and what waits or copies looks whether it did.
 * Nor may a reader of our messages that has gone end us in the midst.
 * Once all is taken back the program ends by that signal after all, as whoever
 * sent it expects.
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

#define SIGNALS (sizeof(signals) / sizeof(*signals))

static volatile sig_atomic_t asked, came;
static volatile sig_atomic_t undoing;
static struct sigaction before[SIGNALS];
static void (*pipe_before)(int);
static bool watching;

static void on_signal(int nr)
{
	came = nr;
	asked = !undoing;
}

void interrupt_watch(void)
{
	struct sigaction a = { .sa_handler = on_signal };	/* no SA_RESTART: a blocked write returns */
	size_t i;

	asked = came = undoing = 0;
	watching = true;
	for (i = 0; i < SIGNALS; i++) {
		sigaction(signals[i], NULL, &before[i]);
		/* What nohup has switched off stays off. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(signals[i], &a, NULL);
	}
	pipe_before = signal(SIGPIPE, SIG_IGN);
	hv_stop_when(xl.h, &asked);
}

bool interrupted(void)
{
	return asked;
}

void interrupt_undo(void)
{
	undoing = 1;
	asked = 0;
}

void interrupt_forget(void)
{
	size_t i;

	if (!watching)
		return;
	watching = false;
	for (i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &before[i], NULL);
	fflush(NULL);
	signal(SIGPIPE, pipe_before);
	hv_stop_when(xl.h, NULL);
	asked = undoing = 0;
}

void interrupt_end(void)
{
	if (!watching)
		return;
	interrupt_forget();
	if (came) {
		fflush(NULL);
		raise(came);
	}
}
