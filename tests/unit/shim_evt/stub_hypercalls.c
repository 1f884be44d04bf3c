// SPDX-License-Identifier: GPL-2.0-only
/* The hypercalls a test does not link, so that the shim always does. */
#include <common/event.h>
#include <common/grant.h>
#include <lib/compiler.h>
#include <lib/errno.h>

__weak long do_grant_table_op(u64 cmd, u64 uop, u64 count)
{
	(void)cmd;
	(void)uop;
	(void)count;
	return -ENOSYS;
}
__weak long do_event_channel_op(u64 cmd, u64 arg)
{
	(void)cmd;
	(void)arg;
	return -ENOSYS;
}
