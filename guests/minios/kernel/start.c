// SPDX-License-Identifier: MIT
/*
 * Start of day: the order in which a kernel comes to life. Each call depends on
 * those before it, and this is the order in which to write them, too.
 */
#include <minios/hypercall.h>
#include <minios/clock.h>
#include <minios/event.h>
#include <minios/grant.h>
#include <minios/kernel.h>
#include <minios/mm.h>
#include <minios/thread.h>
#include <minios/xenstore.h>

struct start_info *start_info;
struct shared_info *shared_info;
uint64_t start_time;

/*
 * shared_info is a machine frame that belongs to the hypervisor: to see it, some
 * page of ours gives up its own frame.
 */
static char shared_info_page[PAGE_SIZE] __attribute__((aligned(4096)));

static void map_shared_info(void)
{
	if (map_frame(shared_info_page, start_info->shared_info >> PAGE_SHIFT, MAP_WRITE))
		panic("shared_info cannot be mapped");
	shared_info = (struct shared_info *)shared_info_page;
}

#define MAX_ARGS	16

static char *args[MAX_ARGS + 1] = { "minios" };

/* Cut the command line at its spaces, in place. */
static int split_command_line(char *line)
{
	int count = 1;

	while (count < MAX_ARGS) {
		while (*line == ' ')
			*line++ = '\0';
		if (!*line)
			break;
		args[count++] = line;
		while (*line && *line != ' ')
			line++;
	}
	return count;
}

static void main_thread(void *unused)
{
	int count;

	(void)unused;
	start_info->cmd_line[MAX_GUEST_CMDLINE - 1] = '\0';
	count = split_command_line((char *)start_info->cmd_line);
	xenstore_init();
	shutdown_init();
	domain_shutdown(app_main(count, args) ? SHUTDOWN_crash : SHUTDOWN_poweroff);
}

static unsigned int code_selector(void)
{
	unsigned int cs;

	__asm__("mov %%cs, %0" : "=r" (cs));
	return cs;
}

/* Called by _start, events masked, on the boot stack. */
void start_kernel(struct start_info *info);
void start_kernel(struct start_info *info)
{
	start_info = info;
	trap_init();			/* from here on, a mistake prints registers */
	map_shared_info();
	start_time = clock_now();
	event_init();
	mm_init();
	clock_init();
	console_init();
	grant_init();
	thread_init();
	printk("minios " ARCH_NAME " on %s, %lu pages, ring %u\n", info->magic, info->nr_pages,
	       code_selector() & 3);

	if (!thread_create("main", main_thread, NULL))
		panic("no memory for the first thread");
	events_restore(false);
	thread_exit();			/* the boot stack has done its work */
}
