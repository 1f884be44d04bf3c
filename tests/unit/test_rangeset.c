// SPDX-License-Identifier: GPL-2.0-only
// SOURCES: xen/common/rangeset.c tests/unit/shim_evt/shim_evt.c tests/unit/shim_evt/stub_hypercalls.c
// CFLAGS: -Itests/unit/shim_evt -Ixen/include -Iinclude -D__XEN__ -DCONFIG_DEBUG -fno-strict-aliasing -ffreestanding
/* Range sets: the edges, every failure, and random changes against a bitmap. */
#include "shim_evt.h"

#include <common/rangeset.h>

static void test_basics(void)
{
	struct rangeset *r = rangeset_new();

	CHECK(rangeset_is_empty(r) && rangeset_is_empty(NULL));
	CHECK(!rangeset_contains_singleton(NULL, 1));
	CHECK_EQ(rangeset_add_range(r, 5, 4), -EINVAL);
	CHECK_EQ(rangeset_remove_range(r, 5, 4), -EINVAL);
	CHECK(!rangeset_contains_range(r, 5, 4));
	CHECK_EQ(rangeset_add_range(r, 10, 19), 0);
	CHECK_EQ(rangeset_add_range(r, 30, 39), 0);
	CHECK(!rangeset_contains_range(r, 10, 39));
	CHECK_EQ(rangeset_add_range(r, 20, 29), 0);	/* touches both */
	CHECK(rangeset_contains_range(r, 10, 39));
	CHECK(!rangeset_contains_singleton(r, 9) && !rangeset_contains_singleton(r, 40));
	CHECK_EQ(rangeset_remove_range(r, 15, 15), 0);	/* splits */
	CHECK(!rangeset_contains_singleton(r, 15) && rangeset_contains_singleton(r, 14) &&
	      rangeset_contains_singleton(r, 16));
	CHECK_EQ(rangeset_add_range(r, 0, ~0ul), 0);
	CHECK(rangeset_contains_range(r, 0, ~0ul));
	CHECK_EQ(rangeset_remove_range(r, ~0ul, ~0ul), 0);
	CHECK_EQ(rangeset_remove_range(r, 0, 0), 0);
	CHECK(rangeset_contains_range(r, 1, ~0ul - 1));
	CHECK(!rangeset_contains_singleton(r, 0) && !rangeset_contains_singleton(r, ~0ul));
	CHECK_EQ(rangeset_remove_range(r, 0, ~0ul), 0);
	CHECK(rangeset_is_empty(r));
	rangeset_destroy(r);
	rangeset_destroy(NULL);
	CHECK_EQ(shim_objects(), 0);
	shim_result("rangeset_basics");
}

static void test_limits(void)
{
	struct rangeset *r = rangeset_new();

	shim_fail_alloc = 1;
	CHECK_EQ(rangeset_add_range(r, 1, 1), -ENOMEM);
	CHECK(rangeset_is_empty(r));
	for (unsigned long i = 0; i < 8; i++)
		CHECK_EQ(rangeset_add_singleton(r, i * 2), 0);
	shim_fail_alloc = 1;
	CHECK_EQ(rangeset_add_singleton(r, 100), -ENOMEM);
	CHECK(!rangeset_contains_singleton(r, 100) && rangeset_contains_singleton(r, 14));
	CHECK_EQ(rangeset_add_singleton(r, 100), 0);
	for (unsigned long i = 8; i < 65536; i++)
		CHECK_EQ(rangeset_add_singleton(r, i * 2), 0);
	CHECK_EQ(rangeset_add_singleton(r, 65536 * 2), -ENOSPC);
	CHECK_EQ(rangeset_add_singleton(r, 1), 0);	/* joins two */
	CHECK_EQ(rangeset_add_singleton(r, 65536 * 2), 0);
	CHECK_EQ(rangeset_remove_singleton(r, 1), -ENOSPC);
	CHECK(rangeset_contains_range(r, 0, 2));
	rangeset_destroy(r);
	CHECK_EQ(shim_objects(), 0);
	shim_result("rangeset_limits");
}

static void test_model(void)
{
	static bool in[512];
	struct rangeset *r = rangeset_new();

	for (u32 n = 0; n < 200000; n++) {
		u32 a = shim_random() % 512, b = a + shim_random() % 20;
		bool all = true, add = shim_random() & 1;

		if (b > 511)
			b = 511;
		for (u32 i = a; i <= b; i++)
			all &= in[i];
		CHECK_EQ(rangeset_contains_range(r, a, b), all);
		CHECK_EQ(add ? rangeset_add_range(r, a, b) : rangeset_remove_range(r, a, b), 0);
		for (u32 i = a; i <= b; i++)
			in[i] = add;
		if (n % 1000)
			continue;
		for (u32 i = 0; i < 512; i++)
			CHECK_EQ(rangeset_contains_singleton(r, i), in[i]);
	}
	rangeset_destroy(r);
	shim_result("rangeset_against_model");
}

int main(void)
{
	shim_init();
	test_basics();
	test_limits();
	test_model();
	return shim_exit();
}
