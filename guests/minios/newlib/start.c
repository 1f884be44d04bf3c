// SPDX-License-Identifier: MIT
/*
 * Between the kernel's first thread and an ordinary program's main(): the C
 * library's own state for each thread, the environment, the network.
 */
#include <reent.h>
#include <stdlib.h>
#include <string.h>
#include <minios/kernel.h>
#include <minios/thread.h>

#define MAX_ENVIRONMENT	16

extern char **environ;

int main(int argc, char **argv, char **envp);
void network_start(void);
void __libc_init_array(void);
void _init(void);
void _fini(void);

/* gcc's own start-up files are not linked: constructors are all in .init_array. */
void _init(void)
{
}

void _fini(void)
{
}

extern void (*init_array_start[])(int, char **, char **);
extern void (*init_array_end[])(int, char **, char **);

/*
 * errno and the like, for each thread that asks. They are never freed: the threads
 * of a program are few, and their structures are used again (kernel/thread.c).
 */
struct _reent *__getreent(void)
{
	struct thread *thread = thread_current();
	struct _reent *state;

	if (thread->libc)
		return thread->libc;
	thread->libc = _impure_ptr;	/* for what follows, and for good if it fails */
	if (strcmp(thread->name, "main")) {
		state = calloc(1, sizeof(*state));
		if (state) {
			_REENT_INIT_PTR_ZEROED(state);
			thread->libc = state;
		}
	}
	return thread->libc;
}

/* As Linux does for init: NAME=VALUE on the command line is for the environment. */
static char *environment[MAX_ENVIRONMENT + 1];

static int split_environment(int argc, char **argv)
{
	int i, count = 0, variables = 0;

	for (i = 0; i < argc; i++) {
		if (i && strchr(argv[i], '=') && variables < MAX_ENVIRONMENT)
			environment[variables++] = argv[i];
		else
			argv[count++] = argv[i];
	}
	argv[count] = NULL;
	return count;
}

int app_main(int argc, char **argv)
{
	void (**constructor)(int, char **, char **);

	argc = split_environment(argc, argv);
	environ = environment;
	for (constructor = init_array_start; constructor < init_array_end; constructor++)
		(*constructor)(argc, argv, environment);
	network_start();
	exit(main(argc, argv, environment));
}
