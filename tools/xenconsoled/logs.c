// SPDX-License-Identifier: GPL-2.0-only
/*
 * Log files of guests and of the hypervisor. A guest's name may become a file
 * name, so nothing but plain characters of it survives.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "consoled.h"

struct log_options log_options = { .dir = "/var/log/xen/console" };

void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsyslog(LOG_ERR, fmt, ap);
	va_end(ap);
}

static void make_dir(const char *path)
{
	char copy[256], *p;

	snprintf(copy, sizeof(copy), "%s", path);
	for (p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = 0;
		mkdir(copy, 0755);
		*p = '/';
	}
	mkdir(copy, 0755);
}

static int open_log(const char *name)
{
	char path[512];
	int fd;

	make_dir(log_options.dir);
	snprintf(path, sizeof(path), "%s/%s", log_options.dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		complain("cannot open the log %s: %s", path, strerror(errno));
	return fd;
}

int log_open_guest(const char *name)
{
	char file[300];
	size_t i, n;

	if (!log_options.guest)
		return -1;
	n = snprintf(file, sizeof(file), "guest-%.255s.log", name);
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)file[i]) && !strchr("._-+:@", file[i]))
			file[i] = '_';
	return open_log(file);
}

int log_open_hv(void)
{
	return log_options.hv ? open_log("hypervisor.log") : -1;
}

static void put(int fd, const char *buf, size_t n)
{
	while (n) {
		ssize_t w = write(fd, buf, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return;		/* a full disk must not stop a guest */
		buf += w;
		n -= w;
	}
}

void log_write(int fd, const char *buf, size_t n, bool stamp, bool *mid_line)
{
	if (fd < 0 || !n)
		return;
	while (stamp && n) {
		const char *nl = memchr(buf, '\n', n);
		size_t len = nl ? (size_t)(nl - buf) + 1 : n;

		if (!*mid_line) {
			char text[40];
			time_t now = time(NULL);
			struct tm tm;

			localtime_r(&now, &tm);
			put(fd, text, strftime(text, sizeof(text), "[%F %T] ", &tm));
		}
		put(fd, buf, len);
		*mid_line = !nl;
		buf += len;
		n -= len;
	}
	if (!stamp)
		put(fd, buf, n);
}
