// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/lib/bitmap.c
// CFLAGS: -Itests/unit/shim_evt -Ixen/include -Iinclude -Ixen -D__XEN__ -fno-strict-aliasing -ffreestanding
/* What guests may print on the hypervisor's console: whole lines, printable, and not without end. */
#include <arch/time.h>
#include <common/console.h>
#include <common/domain.h>
#include <common/frame.h>
#include <common/guest_access.h>
#include <common/hypercall.h>
#include <common/sched.h>
#include <common/softirq.h>
#undef hypercall_preempt_check
#define hypercall_preempt_check()	false

#include <stdarg.h>

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
void *calloc(size_t n, size_t size);
#include "check.h"

struct vcpu *shim_current;
static s_time_t now;
static unsigned int printed, texts;
static char last[256];

s_time_t get_s_time(void) { return now; }
void printk(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(last, sizeof(last), fmt, ap);
	va_end(ap);
	printed++;
}
void console_puts_guest(const char *s, size_t bytes) { (void)s; texts += bytes; }
u32 console_read_input(char *buf, u32 max) { (void)buf; (void)max; return 0; }
void *xzalloc_bytes(size_t bytes) { return calloc(1, bytes); }
int copy_from_guest(void *dst, u64 src, size_t bytes)
{
	__builtin_memcpy(dst, (void *)src, bytes);
	return 0;
}
int copy_to_guest(u64 dst, const void *src, size_t bytes) { (void)dst; (void)src; (void)bytes; return 0; }
void *memchr(const void *s, int c, size_t n)
{
	for (const char *p = s; n--; p++)
		if (*p == c)
			return (void *)p;
	return NULL;
}
long hypercall_continue(u32 op, u32 n, ...) { (void)op; (void)n; return HYPERCALL_RESTART; }
void spin_lock(spinlock_t *l) { (void)l; }
void spin_unlock(spinlock_t *l) { (void)l; }

#include "common/console_io.c"

static struct domain domu = { .id = 7 }, control = { .is_privileged = true };
static struct vcpu vcpu = { .domain = &domu };

static void say(const char *text)
{
	CHECK(do_console_io(CONSOLEIO_write, __builtin_strlen(text), (u64)text) == 0);
}

static bool said(const char *text)
{
	return __builtin_strstr(last, text) != NULL;
}
char *strstr(const char *s, const char *what)
{
	for (size_t n = __builtin_strlen(what); *s; s++)
		if (!__builtin_strncmp(s, what, n))
			return (char *)s;
	return NULL;
}

static void lines(void)
{
	say("half");
	CHECK(printed == 0);
	say(" a line\x1b[2J\n");
	CHECK(printed == 1 && said("(d7) half a line[2J\n"));
	say("one\ntwo\n");
	CHECK(printed == 3 && said("(d7) two\n"));
	CHECK(do_console_io(CONSOLEIO_read, 1, 0) == -EPERM);
	vcpu.domain = &control;
	say("as it is\x1b\n");
	CHECK(printed == 3 && texts == 10);
	vcpu.domain = &domu;
}

static void floods(void)
{
	unsigned int before;

	/* At once: as much as a kernel says when it boots. */
	printed = 0;
	for (unsigned int i = 0; i < 2000; i++)
		say("x\n");
	CHECK(printed > 300 && printed < 600);
	/* For a minute: a line of 150 characters takes 13 ms at 115200 baud. */
	before = printed;
	for (unsigned int i = 0; i < 60000; i++) {
		now += MILLISECS(1);
		say("x\n");
	}
	CHECK(printed > before && (printed - before) * MILLISECS(13) < SECONDS(60) / 3);
	/* It is told what is missing, and later it may speak again. */
	now += SECONDS(120);
	say("y\n");
	CHECK(said("(d7) y\n"));
	printed = 0;
	for (unsigned int i = 0; i < 300; i++)
		say("z\n");
	CHECK(printed == 300);
}

int main(void)
{
	shim_current = &vcpu;
	now = SECONDS(100);
	lines();
	floods();
	printf("%s console_io\n", failures ? "FAIL" : "ok");
	return failures != 0;
}
