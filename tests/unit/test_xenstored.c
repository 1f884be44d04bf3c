// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenstored's protocol as its clients see it: requests in, answers and events
 * out.  One case per rule, and clients that break them.
 *
 * SOURCES: tests/unit/xenstored_machine.c tools/xenstored/tree.c tools/xenstored/path.c tools/xenstored/quota.c tools/xenstored/log.c tools/xenstored/store.c tools/xenstored/txn.c tools/xenstored/watch.c tools/xenstored/conn.c tools/xenstored/request.c tools/xenstored/control.c tools/xenstored/domain.c
 * CFLAGS: -Itools/xenstored -Itests/unit -Ibuild/include
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "quota.h"
#include "xenstored_machine.h"

static bool t_basic(void)
{
	MUST(set(dom0, 0, "/a/b/c", "hello") == 0);
	MUST(is(dom0, 0, "/a/b/c", "hello") && is(dom0, 0, "/a/b", ""));
	MUST(asks(dom0, XS_READ, 0, "/a/x", NULL) == ENOENT);
	MUST(asks(dom0, XS_MKDIR, 0, "/a/b/c", NULL) == 0 && is(dom0, 0, "/a/b/c", "hello"));
	MUST(asks(dom0, XS_MKDIR, 0, "/a/z", NULL) == 0 && is(dom0, 0, "/a/z", ""));
	MUST(asks(dom0, XS_DIRECTORY, 0, "/a", NULL) == 0);
	MUST(reply_len == 4 && !memcmp(reply, "b\0z", 4));
	MUST(asks(dom0, XS_DIRECTORY, 0, "/a/z", NULL) == 0 && reply_len == 0);
	MUST(asks(dom0, XS_RM, 0, "/a/nothing", NULL) == 0);
	MUST(asks(dom0, XS_RM, 0, "/a/no/thing", NULL) == ENOENT);
	MUST(asks(dom0, XS_RM, 0, "/", NULL) == EINVAL);
	MUST(asks(dom0, XS_RM, 0, "/a/b", NULL) == 0);
	MUST(asks(dom0, XS_READ, 0, "/a/b/c", NULL) == ENOENT);
	/* Values are octets: nul bytes stay. */
	MUST(ask(dom0, XS_WRITE, 0, "/a/bin\0x\0y", 10) == 0);
	MUST(asks(dom0, XS_READ, 0, "/a/bin", NULL) == 0 && reply_len == 3 &&
	     !memcmp(reply, "x\0y", 3));
	MUST(asks(dom0, XS_GET_DOMAIN_PATH, 0, "12", NULL) == 0 &&
	     !strcmp(reply, "/local/domain/12") && reply_len == 17);
	return true;
}

static bool t_malformed(void)
{
	MUST(ask(dom0, XS_READ, 0, "/a", 2) == EINVAL);
	MUST(ask(dom0, XS_READ, 0, "", 0) == EINVAL);
	MUST(ask(dom0, XS_WRITE, 0, "/a", 2) == EINVAL);
	MUST(ask(dom0, XS_WATCH, 0, "/a\0tok", 6) == EINVAL);
	MUST(ask(dom0, XS_SET_PERMS, 0, "/a", 3) == EINVAL);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/", "x0", NULL) == EINVAL);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/", "r", NULL) == EINVAL);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/", "r65536", NULL) == EINVAL);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/", "r-1", NULL) == EINVAL);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/", "r1x", NULL) == EINVAL);
	MUST(asks(dom0, XS_TRANSACTION_END, 99, "T", NULL) == ENOENT);
	MUST(asks(dom0, XS_TRANSACTION_END, 0, "T", NULL) == ENOENT);
	MUST(asks(dom0, XS_READ, 99, "/", NULL) == ENOENT);
	MUST(asks(dom0, XS_TRANSACTION_START, 99, "", NULL) == ENOENT);
	MUST(asks(dom0, 20, 0, "", NULL) == ENOSYS);	/* never assigned */
	MUST(asks(dom0, XS_WATCH_EVENT, 0, "/a", "b", NULL) == ENOSYS);
	MUST(asks(dom0, XS_TYPE_COUNT, 0, "", NULL) == ENOSYS);
	MUST(asks(dom0, XS_INVALID, 0, "", NULL) == ENOSYS);
	MUST(asks(dom0, 0xffffffff, 0, "", NULL) == ENOSYS);
	MUST(asks(dom0, XS_INTRODUCE, 0, "7", "x", "1", NULL) == EINVAL);
	MUST(asks(dom0, XS_INTRODUCE, 0, "7", "1", NULL) == EINVAL);
	MUST(asks(dom0, XS_INTRODUCE, 0, "70000", "1", "1", NULL) == EINVAL);
	MUST(asks(dom0, XS_GET_DOMAIN_PATH, 0, "", NULL) == EINVAL);
	return true;
}

static bool t_paths(void)
{
	char longest[XENSTORE_ABS_PATH_MAX + 2];

	MUST(set(dom0, 0, "/a//b", "") == EINVAL);
	MUST(set(dom0, 0, "/a/", "") == EINVAL);
	MUST(set(dom0, 0, "", "") == EINVAL);
	MUST(set(dom0, 0, "/a b", "") == EINVAL);
	MUST(set(dom0, 0, "/a.b", "") == EINVAL);
	MUST(set(dom0, 0, "/\xff", "") == EINVAL);
	MUST(set(dom0, 0, "@introduceDomain", "") == EINVAL);
	MUST(set(dom0, 0, "/A-z_9@", "") == 0);
	MUST(set(dom0, 0, "rel/path", "r") == 0 && is(dom0, 0, "/local/domain/0/rel/path", "r"));
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[XENSTORE_ABS_PATH_MAX] = '\0';
	MUST(set(dom0, 0, longest, "") == 0);
	longest[XENSTORE_ABS_PATH_MAX] = 'x';
	longest[XENSTORE_ABS_PATH_MAX + 1] = '\0';
	MUST(set(dom0, 0, longest, "") == EINVAL);
	longest[0] = 'x';
	longest[XENSTORE_REL_PATH_MAX + 1] = '\0';
	MUST(set(dom0, 0, longest, "") == EINVAL);
	return true;
}

static bool t_perms(void)
{
	MUST(set(dom0, 0, "/p/priv", "1") == 0 && set(dom0, 0, "/p/read", "2") == 0);
	MUST(set(dom0, 0, "/p/write", "3") == 0 && set(dom0, 0, "/p/both", "4") == 0);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/p", "r0", NULL) == 0);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/p/read", "n0", "r7", NULL) == 0);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/p/write", "n0", "w7", NULL) == 0);
	MUST(asks(dom0, XS_SET_PERMS, 0, "/p/both", "n0", "n3", "b7", NULL) == 0);
	MUST(asks(guest, XS_READ, 0, "/p/priv", NULL) == EACCES);
	MUST(is(guest, 0, "/p/read", "2") && set(guest, 0, "/p/read", "x") == EACCES);
	MUST(set(guest, 0, "/p/write", "x") == 0);
	MUST(asks(guest, XS_READ, 0, "/p/write", NULL) == EACCES);
	MUST(set(guest, 0, "/p/both", "y") == 0 && is(guest, 0, "/p/both", "y"));
	MUST(asks(dom0, XS_GET_PERMS, 0, "/p/both", NULL) == 0 && reply_len == 9 &&
	     !memcmp(reply, "n0\0n3\0b7", 9));
	/* What exists below the unreadable is not told. */
	MUST(asks(guest, XS_READ, 0, "/p/priv/x", NULL) == EACCES);
	MUST(asks(guest, XS_READ, 0, "/p/nothing", NULL) == ENOENT);
	/* Only the owner changes permissions, and not the owner. */
	MUST(asks(guest, XS_SET_PERMS, 0, "/p/both", "b0", NULL) == EACCES);
	MUST(set(guest, 0, "/p/both/mine", "z") == 0);
	MUST(asks(guest, XS_GET_PERMS, 0, "/p/both/mine", NULL) == 0 &&
	     !memcmp(reply, "n7\0n3\0b7", 9));
	MUST(asks(guest, XS_SET_PERMS, 0, "/p/both/mine", "r0", NULL) == EPERM);
	MUST(asks(guest, XS_SET_PERMS, 0, "/p/both/mine", "n7", "r9", NULL) == 0);
	MUST(asks(guest, XS_RM, 0, "/p/read", NULL) == EACCES);
	MUST(asks(guest, XS_RM, 0, "/p/both/mine", NULL) == 0);
	MUST(asks(guest, XS_INTRODUCE, 0, "8", "1", "1", NULL) == EACCES);
	MUST(asks(guest, XS_RELEASE, 0, "8", NULL) == EACCES);
	MUST(asks(guest, XS_RESUME, 0, "8", NULL) == EACCES);
	MUST(asks(guest, XS_SET_TARGET, 0, "7", "8", NULL) == EACCES);
	MUST(asks(guest, XS_CONTROL, 0, "check", NULL) == EACCES);
	MUST(asks(guest, XS_SET_PERMS, 0, "@releaseDomain", "r7", NULL) == EACCES);
	return true;
}

static bool t_watch(void)
{
	MUST(asks(dom0, XS_WATCH, 0, "/w", "t", NULL) == 0 && !strcmp(event(dom0), "/w t"));
	MUST(asks(dom0, XS_WATCH, 0, "/w", "t", NULL) == EEXIST);
	MUST(set(dom0, 0, "/w", "1") == 0 && !strcmp(event(dom0), "/w t"));
	MUST(set(dom0, 0, "/w/x/y", "1") == 0 && !strcmp(event(dom0), "/w/x/y t"));
	MUST(event(dom0)[0] == '\0');
	MUST(set(dom0, 0, "/ww", "1") == 0 && event(dom0)[0] == '\0');
	MUST(asks(dom0, XS_MKDIR, 0, "/w/x", NULL) == 0 && event(dom0)[0] == '\0');
	MUST(asks(dom0, XS_SET_PERMS, 0, "/w/x", "r0", NULL) == 0 && !strcmp(event(dom0), "/w/x t"));
	MUST(asks(dom0, XS_WATCH, 0, "/w/x/y", "deep", NULL) == 0);
	MUST(!strcmp(event(dom0), "/w/x/y deep"));
	/* A removal above is an event for the watch's own path. */
	MUST(asks(dom0, XS_RM, 0, "/w/x", NULL) == 0);
	MUST(!strcmp(event(dom0), "/w/x t") && !strcmp(event(dom0), "/w/x/y deep"));
	MUST(asks(dom0, XS_UNWATCH, 0, "/w", "other", NULL) == ENOENT);
	MUST(asks(dom0, XS_UNWATCH, 0, "/w", "t", NULL) == 0);
	MUST(set(dom0, 0, "/w", "2") == 0 && event(dom0)[0] == '\0');
	MUST(asks(dom0, XS_WATCH, 0, "/d", "d1", "1", NULL) == 0);
	MUST(asks(dom0, XS_WATCH, 0, "/d", "d0", "0", NULL) == 0);
	MUST(asks(dom0, XS_WATCH, 0, "/d", "dx", "x", NULL) == EINVAL);
	drop_events(dom0);
	MUST(set(dom0, 0, "/d/e/f", "") == 0 && event(dom0)[0] == '\0');
	MUST(set(dom0, 0, "/d/e", "") == 0 && !strcmp(event(dom0), "/d/e d1"));
	MUST(set(dom0, 0, "/d", "") == 0 && !strcmp(event(dom0), "/d d1") &&
	     !strcmp(event(dom0), "/d d0"));
	/* Relative watches have relative events. */
	MUST(asks(dom0, XS_WATCH, 0, "me/x", "rel", NULL) == 0 && !strcmp(event(dom0), "me/x rel"));
	MUST(set(dom0, 0, "/local/domain/0/me/x/y", "") == 0);
	MUST(!strcmp(event(dom0), "me/x/y rel"));
	MUST(asks(dom0, XS_WATCH, 0, "/", "root", NULL) == 0 && !strcmp(event(dom0), "/ root"));
	MUST(set(dom0, 0, "/w", "3") == 0 && !strcmp(event(dom0), "/w root"));
	MUST(asks(dom0, XS_RESET_WATCHES, 0, "", NULL) == 0);
	MUST(set(dom0, 0, "/w", "4") == 0 && event(dom0)[0] == '\0');
	return true;
}

static bool t_watch_perms(void)
{
	set(dom0, 0, "/q/secret", "1");
	set(dom0, 0, "/q/open", "1");
	MUST(asks(dom0, XS_SET_PERMS, 0, "/q/open", "r0", NULL) == 0);
	MUST(asks(guest, XS_WATCH, 0, "/q", "t", NULL) == 0);
	drop_events(guest);
	MUST(set(dom0, 0, "/q/secret", "2") == 0 && event(guest)[0] == '\0');
	MUST(set(dom0, 0, "/q/open", "2") == 0 && !strcmp(event(guest), "/q/open t"));
	MUST(asks(dom0, XS_RM, 0, "/q/secret", NULL) == 0 && event(guest)[0] == '\0');
	/* The deletion of what could be read is told. */
	MUST(asks(dom0, XS_RM, 0, "/q/open", NULL) == 0 && !strcmp(event(guest), "/q/open t"));
	set(dom0, 0, "/q/r/secret", "1");
	MUST(asks(guest, XS_WATCH, 0, "/q/r/secret", "s", NULL) == 0);
	drop_events(guest);
	MUST(asks(dom0, XS_RM, 0, "/q/r", NULL) == 0 && event(guest)[0] == '\0');
	MUST(asks(guest, XS_RESET_WATCHES, 0, "", NULL) == 0);
	return true;
}

static bool t_txn(void)
{
	uint32_t a, b;

	set(dom0, 0, "/t/x", "1");
	a = begin(dom0);
	MUST(a && asks(dom0, XS_TRANSACTION_START, a, "", NULL) == EBUSY);
	MUST(set(dom0, a, "/t/x", "2") == 0 && is(dom0, a, "/t/x", "2") && is(dom0, 0, "/t/x", "1"));
	MUST(end(dom0, a, "X") == EINVAL);
	MUST(end(dom0, a, "F") == 0 && is(dom0, 0, "/t/x", "1"));
	MUST(end(dom0, a, "T") == ENOENT);

	/* A snapshot: what others do later is not seen, and conflicts. */
	a = begin(dom0);
	set(dom0, 0, "/t/x", "3");
	MUST(is(dom0, a, "/t/x", "1") && set(dom0, a, "/t/y", "") == 0);
	MUST(end(dom0, a, "T") == EAGAIN);
	MUST(asks(dom0, XS_READ, 0, "/t/y", NULL) == ENOENT);

	/* What touches nothing in common both commits. */
	a = begin(dom0);
	b = begin(dom0);
	MUST(a != b && set(dom0, a, "/t/a/1", "a") == 0 && set(dom0, b, "/t/b/1", "b") == 0);
	set(dom0, 0, "/t/z", "z");
	MUST(end(dom0, a, "T") == 0 && end(dom0, b, "T") == 0);
	MUST(is(dom0, 0, "/t/a/1", "a") && is(dom0, 0, "/t/b/1", "b") && is(dom0, 0, "/t/z", "z"));

	/* Two that create the same; one that removes what another grew. */
	a = begin(dom0);
	b = begin(dom0);
	MUST(set(dom0, a, "/t/c", "a") == 0 && set(dom0, b, "/t/c", "b") == 0);
	MUST(end(dom0, a, "T") == 0 && end(dom0, b, "T") == EAGAIN && is(dom0, 0, "/t/c", "a"));
	a = begin(dom0);
	MUST(asks(dom0, XS_RM, a, "/t/a", NULL) == 0);
	set(dom0, 0, "/t/a/2", "new");
	MUST(end(dom0, a, "T") == EAGAIN && is(dom0, 0, "/t/a/2", "new"));

	/* A listing is a reading. */
	a = begin(dom0);
	MUST(asks(dom0, XS_DIRECTORY, a, "/t", NULL) == 0 && set(dom0, a, "/t/n", "") == 0);
	set(dom0, 0, "/t/m", "");
	MUST(end(dom0, a, "T") == EAGAIN);

	/* One that only read is always right. */
	a = begin(dom0);
	MUST(is(dom0, a, "/t/x", "3"));
	set(dom0, 0, "/t/x", "4");
	MUST(is(dom0, a, "/t/x", "3") && end(dom0, a, "T") == 0);

	/* Remove and make again, merged with a change elsewhere. */
	a = begin(dom0);
	MUST(asks(dom0, XS_RM, a, "/t/b", NULL) == 0 && set(dom0, a, "/t/b/q", "q") == 0);
	set(dom0, 0, "/t/z", "zz");
	MUST(end(dom0, a, "T") == 0 && is(dom0, 0, "/t/b/q", "q") && is(dom0, 0, "/t/z", "zz"));
	MUST(asks(dom0, XS_READ, 0, "/t/b/1", NULL) == ENOENT);
	return store_check();
}

static bool t_txn_watch(void)
{
	uint32_t a;

	set(dom0, 0, "/tw/old/deep", "");
	MUST(asks(dom0, XS_WATCH, 0, "/tw", "t", NULL) == 0);
	MUST(asks(dom0, XS_WATCH, 0, "/tw/old/deep", "d", NULL) == 0);
	drop_events(dom0);
	a = begin(dom0);
	set(dom0, a, "/tw/1/2", "");
	set(dom0, a, "/tw/1/2", "again");
	asks(dom0, XS_RM, a, "/tw/old", NULL);
	set(dom0, a, "/tw/gone", "");
	asks(dom0, XS_RM, a, "/tw/gone", NULL);
	MUST(event(dom0)[0] == '\0');
	MUST(end(dom0, a, "T") == 0);
	MUST(!strcmp(event(dom0), "/tw/1/2 t"));
	MUST(!strcmp(event(dom0), "/tw/old t") && !strcmp(event(dom0), "/tw/old/deep d"));
	MUST(event(dom0)[0] == '\0');
	a = begin(dom0);
	set(dom0, a, "/tw/x", "");
	MUST(end(dom0, a, "F") == 0 && event(dom0)[0] == '\0');
	MUST(asks(dom0, XS_RESET_WATCHES, 0, "", NULL) == 0);
	return true;
}

static bool t_txn_bounds(void)
{
	uint32_t a = begin(dom0), t[10];
	char path[64];

	/* An old snapshot is given up. */
	MUST(set(dom0, a, "/tb/mine", "1") == 0);
	for (int i = 0; i < 12000; i++)
		MUST(set(dom0, 0, "/tb/x", i & 1 ? "1" : "0") == 0);
	MUST(store.txns->doomed);
	MUST(asks(dom0, XS_READ, a, "/tb/mine", NULL) == ENOENT && is(dom0, a, "/tb/x", "1"));
	MUST(set(dom0, a, "/tb/mine", "2") == 0 && end(dom0, a, "T") == EAGAIN);

	for (int i = 0; i < 10; i++)
		MUST((t[i] = begin(guest)) != 0);
	MUST(asks(guest, XS_TRANSACTION_START, 0, "", NULL) == ENOSPC);
	/* Ids belong to their connection. */
	MUST(asks(dom0, XS_READ, t[0], "/", NULL) == ENOENT);
	set(dom0, 0, "/tb/g", "");
	asks(dom0, XS_SET_PERMS, 0, "/tb/g", "b7", NULL);
	a = begin(dom0);
	MUST(end(guest, t[0], "F") == 0 && (t[0] = begin(guest)));
	quota.transaction_nodes = 20;
	/* The node above counts too. */
	for (int i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "/tb/g/%d", i);
		MUST(set(guest, t[0], path, "") == (i < 19 ? 0 : ENOSPC));
	}
	quota.transaction_nodes = 1024;
	MUST(asks(guest, XS_RESET_WATCHES, 0, "", NULL) == 0 && guest->c->nr_txns == 0);
	MUST(end(dom0, a, "F") == 0 && !store.txns);
	return store_check();
}

static bool t_quota(void)
{
	char path[3000], big[2050];
	uint32_t a, b;

	set(dom0, 0, "/local/domain/7", "");
	set(dom0, 0, "/local/domain/7/data", "");
	MUST(asks(dom0, XS_SET_PERMS, 0, "/local/domain/7/data", "n7", NULL) == 0);
	memset(big, 'v', sizeof(big));
	big[2048] = '\0';
	MUST(set(guest, 0, "data/v", big) == 0);
	big[2048] = 'v';
	big[2049] = '\0';
	MUST(set(guest, 0, "data/v", big) == ENOSPC && set(dom0, 0, "/big", big) == 0);
	MUST(asks(guest, XS_SET_PERMS, 0, "data/v", "n7", "r1", "r2", "r3", "r4", NULL) == 0);
	MUST(asks(guest, XS_SET_PERMS, 0, "data/v", "n7", "r1", "r2", "r3", "r4", "r5", NULL) ==
	     ENOSPC);
	strcpy(path, "data");
	for (int i = 0; i < 70; i++)
		strcat(path, "/d");
	MUST(set(guest, 0, path, "") == EINVAL);
	strcpy(path, "data/");
	memset(path + 5, 'n', 2040);
	path[2045] = '\0';
	MUST(set(guest, 0, path, "") == 0 && asks(guest, XS_RM, 0, path, NULL) == 0);

	while (store_owned(7) < quota.nodes - 10) {
		snprintf(path, sizeof(path), "data/n%d", (int)store_owned(7));
		MUST(set(guest, 0, path, "") == 0);
	}
	a = begin(guest);
	b = begin(guest);
	MUST(set(guest, a, "data/a/1/2/3/4/5/6", "") == 0);
	MUST(set(guest, a, "data/a/1/2/3/4/5/6/7/8/9/10", "") == ENOSPC);
	MUST(set(guest, b, "data/b/1/2/3/4/5/6", "") == 0);
	MUST(end(guest, a, "T") == 0);
	/* Each fitted, both do not. */
	MUST(end(guest, b, "T") == EAGAIN);
	MUST(set(guest, 0, "data/c/1/2/3", "") == ENOSPC);
	MUST(set(guest, 0, "data/c/1/2", "") == 0 && store_owned(7) == quota.nodes);
	MUST(set(guest, 0, "data/more", "") == ENOSPC && set(guest, 0, "data/v", "still") == 0);
	MUST(asks(guest, XS_RM, 0, "data/a", NULL) == 0 && set(guest, 0, "data/more", "") == 0);
	MUST(store_check());

	for (int i = 0; i < 128; i++) {
		snprintf(path, sizeof(path), "%d", i);
		MUST(asks(guest, XS_WATCH, 0, "data", path, NULL) == 0);
	}
	MUST(asks(guest, XS_WATCH, 0, "data", "t", NULL) == E2BIG);
	memset(path, 't', 1200);
	path[1200] = '\0';
	MUST(asks(guest, XS_WATCH, 0, "/x", path, NULL) == EINVAL);
	drop_events(guest);
	MUST(asks(guest, XS_RESET_WATCHES, 0, "", NULL) == 0);
	asks(dom0, XS_RM, 0, "/local/domain/7", NULL);
	MUST(store_owned(7) == 0 || store_check());
	return true;
}

static bool t_slow_reader(void)
{
	struct client *slow = client_new(9);
	char path[64];
	int events = 0, roots = 0;
	const char *e;

	set(dom0, 0, "/slow", "");
	asks(dom0, XS_SET_PERMS, 0, "/slow", "r0", NULL);
	MUST(asks(slow, XS_WATCH, 0, "/slow", "t", NULL) == 0);
	drop_events(slow);
	slow->out_max = 0;
	for (int i = 0; i < 50000; i++) {
		snprintf(path, sizeof(path), "/slow/%d", i);
		set(dom0, 0, path, "");
		if (i % 100 == 99)
			asks(dom0, XS_RM, 0, "/slow/99", NULL);
	}
	MUST(slow->c->nr_events == quota.outstanding && slow->c->owed);
	/* Nothing more is asked of it until its answer is taken. */
	push(slow, XS_READ, 0, "/slow", 6);
	push(slow, XS_READ, 0, "/slow", 6);
	run_all();
	MUST(slow->c->nr_replies == 1);
	slow->out_max = sizeof(slow->out);
	run_all();
	while ((e = event(slow))[0]) {
		events++;
		roots += !strcmp(e, "/slow t");
	}
	/* What was lost is made up for by one event for the watch itself. */
	MUST(events == (int)quota.outstanding + 1 && roots == 1 && !slow->c->owed);
	slow->out_len = 0;

	/* The same news twice is no news. */
	slow->out_max = 0;
	for (int i = 0; i < 100; i++)
		set(dom0, 0, "/slow/same", "x");
	MUST(slow->c->nr_events == 1);
	client_free(slow);
	asks(dom0, XS_RM, 0, "/slow", NULL);
	return true;
}

static bool t_directory_part(void)
{
	static char all[200000];
	size_t have = 0;
	char gen[32] = "", offset[32], path[64];
	int parts = 0, names = 0;

	for (int i = 0; i < 3000; i++) {
		snprintf(path, sizeof(path), "/many/child-number-%d", i);
		set(dom0, 0, path, "");
	}
	MUST(asks(dom0, XS_DIRECTORY, 0, "/many", NULL) == E2BIG);
	MUST(asks(dom0, XS_DIRECTORY_PART, 0, "/many", "x", NULL) == EINVAL);
	for (;;) {
		size_t head;

		snprintf(offset, sizeof(offset), "%zu", have);
		MUST(asks(dom0, XS_DIRECTORY_PART, 0, "/many", offset, NULL) == 0);
		head = strlen(reply) + 1;
		MUST(!parts || !strcmp(gen, reply));
		strcpy(gen, reply);
		memcpy(all + have, reply + head, reply_len - head);
		have += reply_len - head;
		MUST(++parts < 100);
		if (!all[have - 1] && !all[have - 2])
			break;
	}
	for (size_t at = 0; at < have - 1; at += strlen(all + at) + 1)
		names++;
	MUST(names == 3000 && parts > 10);
	set(dom0, 0, "/many/another", "");
	MUST(asks(dom0, XS_DIRECTORY_PART, 0, "/many", "0", NULL) == 0 && strcmp(gen, reply));
	asks(dom0, XS_RM, 0, "/many", NULL);
	return true;
}

static bool t_client_random(void)
{
	struct client *k;

	srand(2);
	for (int i = 0; i < 300; i++) {
		k = client_new(i & 1 ? 9 : 0);
		for (int m = 0; m < 20; m++) {
			struct xsd_sockmsg h = { .type = rand() % 22, .len = rand() % 64 };
			char data[64];

			for (int b = 0; b < 64; b++)
				data[b] = "/ab\0" "019T@"[rand() % 9];
			if (h.type != XS_SET_PERMS && h.type != XS_CONTROL)
				push(k, h.type, rand() % 3, data, h.len);
		}
		run_all();
		if (i % 10 == 0 && !k->c->cut) {
			struct xsd_sockmsg h = { .type = XS_READ, .len = 0x80000000 };

			memcpy(k->in, &h, sizeof(h));
			k->in_len = sizeof(h);
			run_all();
			MUST(k->c->cut && k->broken == XENSTORE_ERROR_PROTO);
		}
		client_free(k);
	}
	MUST(store_check());
	return true;
}

static bool t_control(void)
{
	MUST(asks(dom0, XS_CONTROL, 0, "help", NULL) == 0 && strstr(reply, "memreport"));
	MUST(asks(dom0, XS_CONTROL, 0, "check", NULL) == 0 && !strcmp(reply, "OK"));
	MUST(asks(dom0, XS_CONTROL, 0, "nonsense", NULL) == EINVAL);
	MUST(asks(dom0, XS_CONTROL, 0, "quota", NULL) == 0 && strstr(reply, "entry-size"));
	MUST(asks(dom0, XS_CONTROL, 0, "quota", "set", "watches", "130", NULL) == 0);
	MUST(quota.watches == 130);
	MUST(asks(dom0, XS_CONTROL, 0, "quota", "set", "watches", "x", NULL) == EINVAL);
	MUST(asks(dom0, XS_CONTROL, 0, "quota", "set", "none", "1", NULL) == EINVAL);
	MUST(asks(dom0, XS_CONTROL, 0, "quota", "7", NULL) == 0);
	MUST(asks(dom0, XS_CONTROL, 0, "memreport", NULL) == 0 && strstr(reply, "nodes"));
	MUST(asks(dom0, XS_CONTROL, 0, "log", "maybe", NULL) == EINVAL);
	MUST(asks(dom0, XS_CONTROL, 0, "a", "b", "c", "d", "e", "f", NULL) == EINVAL);
	return true;
}

static const struct test_case cases[] = {
	{ "read, write, mkdir, rm, directory", t_basic },
	{ "malformed requests", t_malformed },
	{ "path rules", t_paths },
	{ "permissions", t_perms },
	{ "watches", t_watch },
	{ "watches respect permissions", t_watch_perms },
	{ "transactions", t_txn },
	{ "watches of transactions", t_txn_watch },
	{ "transactions are bounded", t_txn_bounds },
	{ "quotas", t_quota },
	{ "a slow reader's memory is bounded", t_slow_reader },
	{ "long directories", t_directory_part },
	{ "random clients", t_client_random },
	{ "control", t_control },
};

int main(void)
{
	return run_cases(cases, sizeof(cases) / sizeof(cases[0]));
}
