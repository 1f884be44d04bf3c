// SPDX-License-Identifier: MIT
/*
 * An ordinary C program that checks what such a program expects of its system:
 * stdio, malloc, time, sockets. Compiles as it is for any POSIX system. Prints "ok"
 * or "FAIL" and a name for each check, then the sum.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PORT		7777
#define BLOCKS		400
#define STREAM_BYTES	200000

static unsigned int passed, failed;

static void check(bool good, const char *name)
{
	if (good)
		passed++;
	else
		failed++;
	printf("%s %s\n", good ? "ok" : "FAIL", name);
}

static int ascending(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void check_stdio(void)
{
	char text[80], word[16];
	int numbers[] = { 5, -3, 12, 0 }, n;
	double x;

	snprintf(text, sizeof(text), "%5d|%-4s|%lld|%.3f|%zx", 42, "ab", 1LL << 40, 2.5, sizeof(text));
	check(!strcmp(text, "   42|ab  |1099511627776|2.500|50"), "stdio: printf of all kinds");
	check(sscanf("pi 3.25 7", "%15s %lf %d", word, &x, &n) == 3 && !strcmp(word, "pi") && x == 3.25 && n == 7,
	      "stdio: and scanf");
	qsort(numbers, 4, sizeof(numbers[0]), ascending);
	check(numbers[0] == -3 && numbers[3] == 12 && fabs(sqrt(2.0) - 1.41421356) < 1e-6, "stdlib and math");
	check(open("/no/such/file", O_RDONLY) < 0 && errno == ENOENT && !fopen("/no/such/file", "r"),
	      "errno: a file that is not there");
	check(write(77, "x", 1) < 0 && errno == EBADF, "errno: a descriptor that is not open");
}

/* Blocks of many sizes, each filled with a pattern of its own, in a changing order. */
static void check_malloc(void)
{
	static unsigned char *blocks[BLOCKS];
	static size_t sizes[BLOCKS];
	volatile size_t too_much = SIZE_MAX / 4;
	bool good = true;
	unsigned int round, i;
	size_t at;

	srand(1);
	for (round = 0; round < 5000; round++) {
		i = rand() % BLOCKS;
		for (at = 0; at < sizes[i]; at++)
			good &= blocks[i][at] == (unsigned char)i;
		if (round % 3) {
			sizes[i] = rand() % 5000 + 1;
			blocks[i] = realloc(blocks[i], sizes[i]);
			if (!blocks[i])
				break;
			memset(blocks[i], i, sizes[i]);
		} else {
			free(blocks[i]);
			blocks[i] = NULL;
			sizes[i] = 0;
		}
	}
	check(good && round == 5000, "malloc: no block overwrites another");
	for (i = 0; i < BLOCKS; i++)
		free(blocks[i]);
	check(!malloc(too_much) && errno == ENOMEM, "malloc: no more than there is");
}

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static void check_time(void)
{
	struct timespec nap = { .tv_nsec = 30000000 };
	uint64_t began = now(CLOCK_MONOTONIC), slept;
	struct timeval wall;
	time_t day = 951782400;		/* 29 February 2000 */
	char text[32];

	nanosleep(&nap, NULL);
	slept = now(CLOCK_MONOTONIC) - began;
	check(slept >= 30000000 && slept < 3000000000ULL, "time: nanosleep by the clock that does not jump");
	gettimeofday(&wall, NULL);
	check(labs((long)(wall.tv_sec - time(NULL))) <= 1 && wall.tv_sec > 1600000000, "time: of day");
	strftime(text, sizeof(text), "%Y-%m-%d", gmtime(&day));
	check(!strcmp(text, "2000-02-29"), "time: the calendar");
}

static void check_jumps(void)
{
	static jmp_buf back;
	volatile int turns = 0;

	if (setjmp(back) < 3) {
		turns++;
		longjmp(back, turns);
	}
	check(turns == 3, "setjmp: and back");
}

/* Both ends of a connection are ours: what goes in comes out, in order and whole. */
static void check_tcp(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), from = socket(AF_INET, SOCK_STREAM, 0), to, i;
	struct timeval patience = { .tv_sec = 5 };
	size_t sent = 0, received = 0;
	unsigned char buffer[4000];
	bool good = true;
	fd_set readable;
	ssize_t n;

	check(!bind(listener, (struct sockaddr *)&address, sizeof(address)) && !listen(listener, 1),
	      "sockets: listen");
	check(!connect(from, (struct sockaddr *)&address, sizeof(address)), "sockets: connect");
	to = accept(listener, NULL, NULL);
	check(to >= 0 && !fcntl(to, F_SETFL, O_NONBLOCK), "sockets: accept");
	check(read(to, buffer, 1) < 0 && errno == EAGAIN, "sockets: nothing to read yet");
	while (received < STREAM_BYTES && good) {
		if (sent < STREAM_BYTES && sent - received < sizeof(buffer)) {
			for (i = 0; i < 1000; i++)
				buffer[i] = (sent + i) / 7;
			n = write(from, buffer, 1000);
			good &= n == 1000;
			sent += 1000;
		}
		FD_ZERO(&readable);
		FD_SET(to, &readable);
		good &= select(to + 1, &readable, NULL, NULL, &patience) == 1 && FD_ISSET(to, &readable);
		n = read(to, buffer, sizeof(buffer));
		for (i = 0; i < n; i++)
			good &= buffer[i] == (unsigned char)((received + i) / 7);
		received += n > 0 ? n : 0;
	}
	check(good && received == STREAM_BYTES, "sockets: a stream arrives whole");
	close(from);
	FD_ZERO(&readable);
	FD_SET(to, &readable);
	select(to + 1, &readable, NULL, NULL, &patience);
	check(read(to, buffer, 1) == 0, "sockets: and ends");
	close(to);
	close(listener);
	from = socket(AF_INET, SOCK_STREAM, 0);
	/* lwIP gives one name to all that a reset may mean. */
	check(connect(from, (struct sockaddr *)&address, sizeof(address)) < 0 &&
	      (errno == ECONNREFUSED || errno == ECONNRESET), "sockets: nobody listens");
	close(from);
}

int main(void)
{
	check_stdio();
	check_malloc();
	check_time();
	check_jumps();
	check_tcp();
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
