/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assertions. BUG_ON stays in every build and stops the machine; ASSERT only
 * exists in debug builds (CONFIG_DEBUG); WARN_ON prints once per call site.
 */
#ifndef XEN_LIB_BUG_H
#define XEN_LIB_BUG_H

#include <lib/compiler.h>
#include <lib/types.h>

void bug_at(const char *file, int line, const char *what) noreturn __cold;
void warn_at(const char *file, int line, const char *what) __cold;

#define BUG()		bug_at(__FILE__, __LINE__, "BUG")
#define BUG_ON(cond) do {						\
	if (unlikely(cond))						\
		bug_at(__FILE__, __LINE__, #cond);			\
} while (0)

#define WARN_ON(cond) ({						\
	static bool warned_;						\
	bool cond_ = !!(cond);						\
	if (unlikely(cond_) && !warned_) {				\
		warned_ = true;						\
		warn_at(__FILE__, __LINE__, #cond);			\
	}								\
	cond_; })

#ifdef CONFIG_DEBUG
#define ASSERT(cond) do {						\
	if (unlikely(!(cond)))						\
		bug_at(__FILE__, __LINE__, "ASSERT(" #cond ")");	\
} while (0)
#else
#define ASSERT(cond)	((void)sizeof(!(cond)))
#endif
#define ASSERT_UNREACHABLE()	ASSERT(!"reachable")

#endif
