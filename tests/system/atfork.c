// SPDX-License-Identifier: GPL-2.0-only
/*
 * atfork SIGNAL NTH COMMAND...: runs the command and sends it the signal at its
 * NTH fork, before it goes on from there: a moment that no timing hits. What it
 * forks runs on by itself. Ends as the command does, 128 + N by signal N.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int signal = argc > 3 ? atoi(argv[1]) : 0, nth = signal ? atoi(argv[2]) : 0, status;
	unsigned long child;
	pid_t pid = signal ? fork() : -1;

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		raise(SIGSTOP);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACEFORK | PTRACE_O_EXITKILL)) {
		perror("atfork");
		return 125;
	}
	for (int pass = 0; ; ) {
		ptrace(PTRACE_CONT, pid, NULL, pass);
		if (waitpid(pid, &status, 0) != pid)
			return 125;
		if (!WIFSTOPPED(status))
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		pass = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);
		if (status >> 16 == PTRACE_EVENT_FORK && !ptrace(PTRACE_GETEVENTMSG, pid, NULL, &child)) {
			waitpid(child, NULL, __WALL);
			ptrace(PTRACE_DETACH, (pid_t)child, NULL, NULL);
			if (!--nth)
				kill(pid, signal);
		}
	}
}
