// SPDX-License-Identifier: GPL-2.0-only
/*
 * Microbenchmarks of the kernel that this program runs on: what a system call,
 * a fault, a context switch or a new process costs.
 *
 * Prints "UB NAME VALUE" for each row, VALUE in nanoseconds of CLOCK_MONOTONIC
 * for one operation; under QEMU's instruction counting with one nanosecond per
 * instruction that is the number of instructions. The last line is "UB done".
 * Statically linked and alone in an initramfs: nothing else competes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096UL

static const char *self;
static sigjmp_buf after_fault;
static volatile long signals_seen;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return 1e9 * t.tv_sec + t.tv_nsec;
}

static void row(const char *name, double ns, double operations)
{
	printf("UB %s %.1f\n", name, ns / operations);
	fflush(stdout);
}

/* Anonymous private memory in 4 KiB pages, whatever the kernel would prefer. */
static char *small_pages(size_t length)
{
	char *p = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	madvise(p, length, MADV_NOHUGEPAGE);
	return p;
}

static void touch_each_page(char *p, size_t length, char value)
{
	for (size_t at = 0; at < length; at += PAGE)
		((volatile char *)p)[at] = value;
}

/* Pure computation: the same in every column, or the columns do not compare. */
static void bench_cpu(void)
{
	const long n = 2000000;
	uint64_t x = 88172645463325252ULL;
	double start = now_ns();

	for (long i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	row(x ? "cpu_xorshift" : "cpu_broken", now_ns() - start, n);
}

static void bench_null_call(void)
{
	const long n = 20000;
	double start = now_ns();

	for (long i = 0; i < n; i++)
		syscall(SYS_getppid);
	row("null_call", now_ns() - start, n);
}

/* One byte read from /dev/zero, one written to /dev/null; a row of one of them. */
static void bench_null_io(void)
{
	const long n = 5000;
	int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);
	char byte;
	double start = now_ns();

	for (long i = 0; i < n; i++)
		if (read(zero, &byte, 1) != 1 || write(null, &byte, 1) != 1)
			die("null_io");
	row("null_io", now_ns() - start, 2 * n);
	close(zero);
	close(null);
}

static void bench_stat(void)
{
	const long n = 5000;
	struct stat s;
	double start = now_ns();

	for (long i = 0; i < n; i++)
		stat("/dev/null", &s);
	row("stat", now_ns() - start, n);
}

static void bench_open_close(void)
{
	const long n = 3000;
	double start = now_ns();

	for (long i = 0; i < n; i++)
		close(open("/dev/null", O_RDONLY));
	row("open_close", now_ns() - start, n);
}

static void count_signal(int number)
{
	(void)number;
	signals_seen++;
}

static void leave_fault(int number)
{
	count_signal(number);
	siglongjmp(after_fault, 1);
}

static void bench_sig_install(void)
{
	const long n = 5000;
	struct sigaction action = { .sa_handler = count_signal };
	double start = now_ns();

	for (long i = 0; i < n; i++)
		sigaction(SIGUSR1, &action, NULL);
	row("sig_install", now_ns() - start, n);
}

static void bench_sig_handle(void)
{
	const long n = 3000;
	double start;

	signal(SIGUSR1, count_signal);
	start = now_ns();
	for (long i = 0; i < n; i++)
		kill(getpid(), SIGUSR1);
	row("sig_handle", now_ns() - start, n);
}

/* A write to a read-only page, caught by a signal handler that jumps out. */
static void bench_prot_fault(void)
{
	const long n = 2000;
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	double start;

	signal(SIGSEGV, leave_fault);
	start = now_ns();
	for (volatile long i = 0; i < n; i++)
		if (!sigsetjmp(after_fault, 1))
			*(volatile char *)p = 1;
	row("prot_fault", now_ns() - start, n);
	signal(SIGSEGV, SIG_DFL);
}

/* First write to each page of fresh anonymous memory; mapping not counted. */
static void bench_page_fault(void)
{
	const size_t length = 1024 * PAGE;
	const int rounds = 4;
	double total = 0;

	for (int i = 0; i < rounds; i++) {
		char *p = small_pages(length);
		double start = now_ns();

		touch_each_page(p, length, 1);
		total += now_ns() - start;
		munmap(p, length);
	}
	row("page_fault", total, rounds * 1024.0);
}

/* A child writes to pages that it shares with its parent; fork not counted. */
static void bench_cow_fault(void)
{
	const size_t pages = 512;
	const int rounds = 4;
	char *p = small_pages(pages * PAGE);
	double spent, total = 0;
	int pipes[2];

	memset(p, 1, pages * PAGE);
	if (pipe(pipes))
		die("pipe");
	for (int i = 0; i < rounds; i++) {
		pid_t child = fork();

		if (child == 0) {
			double start = now_ns();

			touch_each_page(p, pages * PAGE, 2);
			spent = now_ns() - start;
			_exit(write(pipes[1], &spent, sizeof(spent)) != sizeof(spent));
		}
		if (child < 0 || read(pipes[0], &spent, sizeof(spent)) != sizeof(spent))
			die("cow_fault");
		total += spent;
		waitpid(child, NULL, 0);
	}
	row("cow_fault", total, rounds * (double)pages);
	munmap(p, pages * PAGE);
	close(pipes[0]);
	close(pipes[1]);
}

/* Map, write each page of, and unmap 1 MiB. */
static void bench_mmap(void)
{
	const size_t length = 256 * PAGE;
	const long n = 20;
	double start = now_ns();

	for (long i = 0; i < n; i++) {
		char *p = small_pages(length);

		touch_each_page(p, length, 1);
		munmap(p, length);
	}
	row("mmap_touch_unmap_1M", now_ns() - start, n);
}

static void walk(volatile char *area, size_t bytes)
{
	for (size_t at = 0; at < bytes; at += 64)
		area[at]++;
}

/*
 * A token goes round a ring of processes through pipes, each of which walks
 * over its own bytes before passing it on. All on the first CPU. The cost of
 * the pipe is part of the row.
 */
static void bench_context_switch(const char *name, int processes, size_t bytes)
{
	enum { MAX = 8, WARM_UP = 20, ROUNDS = 400 };
	int ring[MAX + 1][2];
	pid_t child[MAX];
	volatile char *area;
	char token = 0;
	double start = 0;
	cpu_set_t first;

	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	for (int i = 0; i <= processes; i++)
		if (pipe(ring[i]))
			die("pipe");
	for (int i = 1; i < processes; i++) {
		child[i] = fork();
		if (child[i])
			continue;
		area = malloc(bytes + 1);
		memset((void *)area, 1, bytes + 1);
		while (read(ring[i - 1][0], &token, 1) == 1) {
			walk(area, bytes);
			if (write(ring[i][1], &token, 1) != 1)
				break;
		}
		_exit(0);
	}
	area = malloc(bytes + 1);
	memset((void *)area, 1, bytes + 1);
	for (int i = -WARM_UP; i < ROUNDS; i++) {
		if (i == 0)
			start = now_ns();
		if (write(ring[0][1], &token, 1) != 1 || read(ring[processes - 1][0], &token, 1) != 1)
			die(name);
		walk(area, bytes);
	}
	row(name, now_ns() - start, (double)ROUNDS * processes);
	for (int i = 1; i < processes; i++) {
		kill(child[i], SIGKILL);
		waitpid(child[i], NULL, 0);
	}
	for (int i = 0; i <= processes; i++) {
		close(ring[i][0]);
		close(ring[i][1]);
	}
}

static void bench_fork_exit(void)
{
	const long n = 60;
	double start = now_ns();

	for (long i = 0; i < n; i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(0);
		waitpid(child, NULL, 0);
	}
	row("fork_exit", now_ns() - start, n);
}

static void bench_fork_exec(void)
{
	const long n = 30;
	double start = now_ns();

	for (long i = 0; i < n; i++) {
		pid_t child = fork();

		if (child == 0) {
			execl(self, self, "nothing", NULL);
			_exit(1);
		}
		waitpid(child, NULL, 0);
	}
	row("fork_exec", now_ns() - start, n);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "nothing") == 0)
		return 0;
	self = argv[0];
	if (argc > 1 && strcmp(argv[1], "null_call") == 0) {
		bench_null_call();
		puts("UB done 0");
		return 0;
	}
	bench_cpu();
	bench_null_call();
	bench_null_io();
	bench_stat();
	bench_open_close();
	bench_sig_install();
	bench_sig_handle();
	bench_prot_fault();
	bench_page_fault();
	bench_cow_fault();
	bench_mmap();
	bench_context_switch("ctx_2p_0k", 2, 0);
	bench_context_switch("ctx_2p_16k", 2, 16384);
	bench_context_switch("ctx_8p_16k", 8, 16384);
	bench_fork_exit();
	bench_fork_exec();
	puts("UB done 0");
	return 0;
}
