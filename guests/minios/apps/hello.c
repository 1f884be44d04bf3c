// SPDX-License-Identifier: MIT
/*
 * The smallest guest: the kernel and nothing else, no C library. Says hello, and
 * powers off. With the argument "spin" it spins for ever instead, for those who want
 * to look at the processor meanwhile.
 */
#include <minios/kernel.h>
#include <minios/clock.h>
#include <minios/mm.h>
#include <minios/thread.h>

int app_main(int argc, char **argv)
{
	printk("hello: %lu KiB free, up for %lu us\n", (unsigned long)memory_free() / 1024,
	       (unsigned long)(uint32_t)(clock_now() - start_time) / 1000);
	if (argc > 1 && !strcmp(argv[1], "spin")) {
		printk("hello: spinning\n");
		for (;;)
			__asm__ volatile("pause");
	}
	thread_sleep(MILLISECONDS(10));
	printk("hello: done\n");
	return 0;
}
