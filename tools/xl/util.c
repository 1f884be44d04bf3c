// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl's odds and ends: messages, the two connections, the creation lock,
 * numbers from the command line.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "xl.h"

struct xl xl;

static void vsay(const char *fmt, va_list ap, const char *tail)
{
	fflush(stdout);
	fputs("xl: ", stderr);
	vfprintf(stderr, fmt, ap);
	fprintf(stderr, "%s\n", tail);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap, "");
	va_end(ap);
}

void warn_sentence(const char *sentence)
{
	say("warning: %s", sentence);
}

const char *error_text(int err)
{
	err = err < 0 ? -err : err;
	return err == EPIPE && store_lost() ? "xenstored does not answer" : strerror(err);
}

int fail(int err, const char *fmt, ...)
{
	char tail[600];
	va_list ap;

	if (xl.h && *hv_why(xl.h)) {
		snprintf(tail, sizeof(tail), ": %s", hv_why(xl.h));
		hv_fail(xl.h, 0, "%s", "");
	} else {
		snprintf(tail, sizeof(tail), ": %s", error_text(err));
	}
	va_start(ap, fmt);
	vsay(fmt, ap, tail);
	va_end(ap);
	return 1;
}

int xl_need_hv(void)
{
	if (xl.h)
		return 0;
	xl.h = hv_open();
	if (xl.h)
		return 0;
	if (errno == ENOENT)
		say("there is no /dev/xen/privcmd: this is not a dom0 (is the hypervisor running?)");
	else
		say("cannot reach the hypervisor by /dev/xen/privcmd: %s", strerror(errno));
	return -1;
}

int xl_need_store(void)
{
	if (xl.x)
		return 0;
	/* The kernel's device works only while a daemon answers, so say what is wrong. */
	xl.x = xs_open();
	if (xl.x)
		return 0;
	say("cannot reach xenstored (%s): is it running?", strerror(errno));
	return -1;
}

bool store_lost(void)
{
	return xl.x && xs_lost(xl.x);
}

void xl_close(void)
{
	hv_close(xl.h);
	xs_close(xl.x);
	xl.h = NULL;
	xl.x = NULL;
}

void make_dir(const char *path)
{
	char copy[256], *p;

	snprintf(copy, sizeof(copy), "%s", path);
	for (p = copy + 1; *p; p++) {
		if (*p == '/') {
			*p = 0;
			mkdir(copy, 0755);
			*p = '/';
		}
	}
	mkdir(copy, 0755);
}

int create_lock(void)
{
	const char *path = xl_conf.lockfile ? xl_conf.lockfile : "/run/lock/xl";
	int fd, tries;

	if (!xl_conf.lockfile)
		make_dir("/run/lock");
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0) {
		say("cannot open the lock %s: %s", path, strerror(errno));
		return -1;
	}
	for (tries = 0; flock(fd, LOCK_EX | LOCK_NB); tries++) {
		if (tries == 1)
			say("waiting for another xl that is creating a domain");
		if (tries > 1200) {
			say("the lock %s has been held for ten minutes: giving up", path);
			close(fd);
			return -1;
		}
		usleep(tries ? 500000 : 100000);
	}
	return fd;
}

const char *scheduler_name(uint32_t id)
{
	switch (id) {
	case XEN_SCHEDULER_CREDIT: return "credit";
	case XEN_SCHEDULER_CREDIT2: return "credit2";
	case XEN_SCHEDULER_ARINC653: return "arinc653";
	case XEN_SCHEDULER_RTDS: return "rtds";
	case XEN_SCHEDULER_NULL: return "null";
	default: return "unknown";
	}
}

bool parse_u32(const char *text, uint32_t *out)
{
	unsigned long long v;
	char *rest;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, &rest, 10);
	if (*rest || errno || v > UINT32_MAX)
		return false;
	*out = v;
	return true;
}

bool parse_mem_kib(const char *text, uint64_t *kib)
{
	unsigned long long v;
	char *rest;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	v = strtoull(text, &rest, 10);
	if (errno || v > 1ULL << 34)
		return false;
	if (rest[0] && rest[1] && !(tolower((unsigned char)rest[1]) == 'b' && !rest[2]))
		return false;
	switch (tolower((unsigned char)*rest)) {
	case 'b': *kib = v >> 10; break;
	case 'k': *kib = v; break;
	case 0:
	case 'm': *kib = v << 10; break;
	case 'g': *kib = v << 20; break;
	case 't': *kib = v << 30; break;
	default: return false;
	}
	return true;
}
