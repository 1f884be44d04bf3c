// SPDX-License-Identifier: GPL-2.0-only
/*
 * Start of a test guest: runs the checks that were linked in, prints one line
 * for each and a sum, and powers off. As dom0 it may also start itself again
 * as an unprivileged domain, when it was given its own image as ram disk.
 */
#include "lib.h"

struct start_info *si;
struct shared_info *shared;
bool is_dom0;
unsigned long passed, failed;
word boot_sp;
u16 boot_ds;
u8 shared_page[PAGE_BYTES] __attribute__((aligned(4096)));
struct mailbox mailbox __attribute__((aligned(4096)));

static char why_failed[300];
static const char *skipped;
static bool failing;

extern const struct check checks_begin[], checks_end[];
void lib_main(struct start_info *start);

bool has_failed(void)
{
	return failing;
}

void fail(const char *why, ...)
{
	__builtin_va_list args;

	if (failing && !has_argument("verbose"))
		return;
	__builtin_va_start(args, why);
	format(why_failed, sizeof(why_failed), why, args);
	__builtin_va_end(args);
	if (has_argument("verbose"))
		printk("   %s\n", why_failed);
	failing = true;
}

void skip(const char *why)
{
	skipped = why;
}

void shut_down(unsigned int reason)
{
	struct sched_shutdown s = { .reason = reason };

	mailbox.passed = passed;
	mailbox.failed = failed;
	for (;;)
		sched_op(SCHEDOP_shutdown, &s);
}

static const char *find_argument(const char *name, size_t n)
{
	for (const char *s = (const char *)si->cmd_line; *s; ) {
		while (*s == ' ')
			s++;
		if (!strncmp(s, name, n) && (s[n] == ' ' || !s[n] || s[n - 1] == '='))
			return s + n;
		while (*s && *s != ' ')
			s++;
	}
	return NULL;
}

bool has_argument(const char *word)
{
	return find_argument(word, strlen(word)) != NULL;
}

unsigned long number_argument(const char *name, unsigned long otherwise)
{
	const char *s = find_argument(name, strlen(name));
	unsigned long n = 0;

	if (!s)
		return otherwise;
	for (; *s >= '0' && *s <= '9'; s++)
		n = n * 10 + *s - '0';
	return n;
}

static void run_checks(void)
{
	for (const struct check *c = checks_begin; c < checks_end; c++) {
		if (!(c->where & (is_dom0 ? IN_DOM0 : IN_DOMU)))
			continue;
		failing = false;
		skipped = NULL;
		trap_hook = NULL;
		upcall_hook = NULL;
		c->run();
		if (failing) {
			failed++;
			printk("FAIL %s (" ABI_NAME "): %s\n", c->name, why_failed);
		} else {
			passed++;
			if (skipped)
				printk("ok %s (%s)\n", c->name, skipped);
			else
				printk("ok %s\n", c->name);
		}
	}
}

/* The checks that are for unprivileged domains, in one. */
static void run_in_domu(void)
{
	struct guest g;
	long rc = guest_create(&g, "domu", 3072, 1);
	int reason;

	if (rc) {
		printk("FAIL domu: cannot be created: %ld\n", rc);
		failed++;
		return;
	}
	guest_unpause(&g);
	reason = guest_wait(&g, 15000000000ull);
	audit();
	if (reason != SHUTDOWN_poweroff) {
		printk("FAIL domu: shutdown reason %d\n", reason);
		failed++;
	}
	passed += g.mailbox->passed;
	failed += g.mailbox->failed;
	rc = guest_destroy(&g);
	if (rc) {
		printk("FAIL domu: cannot be destroyed: %ld\n", rc);
		failed++;
	}
}

void lib_main(struct start_info *start)
{
	bool for_domu = false;

	si = start;
	is_dom0 = si->flags & SIF_INITDOMAIN;
	shared = (struct shared_info *)shared_page;
	default_traps();
	mm_init();
	if (has_argument("serve"))
		serve();
	if (guest_main && (has_argument("main") || &checks_begin[0] == &checks_end[0]))
		guest_main();
	else
		run_checks();
	for (const struct check *c = checks_begin; c < checks_end; c++)
		for_domu |= c->where & IN_DOMU;
	if (is_dom0 && for_domu && si->mod_len && !has_argument("nodomu"))
		run_in_domu();
	else if (is_dom0)
		audit();
	printk("%lu passed, %lu failed\n", passed, failed);
	/* The machine ends with dom0; to turn it off would be an ACPI driver's task. */
	shut_down(is_dom0 ? SHUTDOWN_reboot : SHUTDOWN_poweroff);
}
