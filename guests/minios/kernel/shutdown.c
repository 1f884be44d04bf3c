// SPDX-License-Identifier: MIT
/*
 * Ends of the domain: by its own decision, by a mistake, and at the toolstack's
 * request ("xl shutdown"), which comes by way of xenstore.
 */
#include <minios/hypercall.h>
#include <minios/event.h>
#include <minios/kernel.h>
#include <minios/thread.h>
#include <minios/xenstore.h>

void domain_shutdown(unsigned int reason)
{
	struct sched_shutdown end = { .reason = reason };

	for (;;)
		hypercall_sched(SCHEDOP_shutdown, &end);
}

void panic(const char *format, ...)
{
	char line[256];
	va_list args;

	if (shared_info)
		events_save();
	va_start(args, format);
	format_args(line, sizeof(line), format, args);
	va_end(args);
	printk("panic: %s\n", line);
	domain_shutdown(SHUTDOWN_crash);
}

/* The reason for which to shut down as asked; -1 for what we cannot do. */
static int reason_of(const char *request)
{
	if (!strcmp(request, "poweroff") || !strcmp(request, "halt"))
		return SHUTDOWN_poweroff;
	return strcmp(request, "reboot") ? -1 : SHUTDOWN_reboot;
}

/*
 * Requests are words in a node, which the guest empties to say that it will do as
 * asked. What it cannot do ("suspend") stays there, so that the toolstack sees
 * nobody take it and gives up.
 */
static void watch_requests(void *unused)
{
	static struct xs_watch watch;
	char request[32];
	int reason;

	(void)unused;
	if (xs_write("control/feature-poweroff", "%d", 1) || xs_write("control/feature-reboot", "%d", 1) ||
	    xs_watch(&watch, "control/shutdown"))
		return;
	for (;;) {
		xs_watch_wait(&watch);
		if (xs_read("control/shutdown", request, sizeof(request)) || !request[0])
			continue;
		reason = reason_of(request);
		printk("%s: %s\n", reason < 0 ? "asked for what this kernel cannot do" : "asked for", request);
		if (reason < 0)
			continue;
		xs_write("control/shutdown", "%s", "");
		domain_shutdown(reason);
	}
}

void shutdown_init(void)
{
	if (xenstore_present() && !thread_create("shutdown", watch_requests, NULL))
		panic("no memory for the shutdown thread");
}
