/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the daemon says: errors to stderr until it detaches and to syslog
 * after, and a trace of requests to a file when asked.  Callable anywhere.
 */
#ifndef XENSTORED_LOG_H
#define XENSTORED_LOG_H

#include <stdbool.h>

/* Something an administrator should read. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_to_syslog(void);

/* One line of trace; nothing happens while tracing is off. */
void log_trace(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool log_tracing(void);
void log_set_tracing(bool on);

/* Trace to this file from now on.  Returns 0 or -errno, the old file kept. */
int log_set_file(const char *path);

/* Open the trace file anew, after somebody rotated it. */
void log_reopen(void);

#endif
