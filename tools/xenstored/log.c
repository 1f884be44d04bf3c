// SPDX-License-Identifier: GPL-2.0-only
/* Errors and traces; see log.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "log.h"

static bool use_syslog, tracing;
static FILE *file;
static char *file_name;

void log_to_syslog(void)
{
	openlog("xenstored", LOG_PID, LOG_DAEMON);
	use_syslog = true;
}

void log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (use_syslog) {
		vsyslog(LOG_ERR, fmt, ap);
	} else {
		fputs("xenstored: ", stderr);
		vfprintf(stderr, fmt, ap);
		fputc('\n', stderr);
	}
	va_end(ap);
}

bool log_tracing(void)
{
	return tracing && file;
}

void log_set_tracing(bool on)
{
	tracing = on;
}

void log_trace(const char *fmt, ...)
{
	struct timespec ts;
	va_list ap;

	if (!log_tracing())
		return;
	clock_gettime(CLOCK_REALTIME, &ts);
	fprintf(file, "%lld.%06ld ", (long long)ts.tv_sec, ts.tv_nsec / 1000);
	va_start(ap, fmt);
	vfprintf(file, fmt, ap);
	va_end(ap);
	fputc('\n', file);
	fflush(file);
}

int log_set_file(const char *path)
{
	char *name = strdup(path);
	FILE *f;

	if (!name)
		return -ENOMEM;
	f = fopen(path, "ae");
	if (!f) {
		int rc = -errno;

		free(name);
		return rc;
	}
	if (file)
		fclose(file);
	free(file_name);
	file = f;
	file_name = name;
	tracing = true;
	return 0;
}

void log_reopen(void)
{
	FILE *f = file_name ? fopen(file_name, "ae") : NULL;

	if (!f)
		return;
	if (file)
		fclose(file);
	file = f;
}
