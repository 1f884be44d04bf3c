/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a unit test says of something that is not as it should be: where and what. A
 * test ends with a status of its own making from failures. For tests whose headers are
 * the hypervisor's, so printf is declared here.
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

int printf(const char *fmt, ...);

static int failures;

#define CHECK(cond) do {						\
	if (!(cond)) {							\
		printf("%s:%d: %s\n", __FILE__, __LINE__, #cond);	\
		failures++;						\
	}								\
} while (0)

#define CHECK_EQ(have, want) do {					\
	unsigned long have_ = (have), want_ = (want);			\
	if (have_ != want_) {						\
		printf("%s:%d: %s is %#lx, not %#lx\n", __FILE__, __LINE__, #have, have_, want_); \
		failures++;						\
	}								\
} while (0)

#endif
