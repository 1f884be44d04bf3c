/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small client of xenstore: over xenstored's socket, or over the kernel's
 * /dev/xen/xenbus where the daemon runs elsewhere. One connection belongs to
 * one thread. Watch events that arrive while an answer is awaited are kept for
 * xs_read_watch(). Functions return 0 or a negative errno unless said
 * otherwise; a lost connection is -EPIPE (or NULL with errno EPIPE) for good.
 */
#ifndef LIBXEN_XS_H
#define LIBXEN_XS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xs;
typedef uint32_t xs_txn;
#define XS_NO_TXN	((xs_txn)0)

/* A node's access list: the first entry is the owner and everyone's default. */
enum { XS_PERM_NONE = 0, XS_PERM_READ = 1, XS_PERM_WRITE = 2 };
struct xs_perm {
	uint32_t id;
	unsigned int access;
};

struct xs *xs_open(void);			/* NULL, errno set */
void xs_close(struct xs *x);
int xs_fileno(const struct xs *x);		/* to poll for events */
/* The daemon hung up or has not answered; nothing more comes over this connection. */
bool xs_lost(const struct xs *x);

/* malloc'd, with a NUL after its *len bytes; NULL with errno. len may be NULL. */
char *xs_read(struct xs *x, xs_txn t, const char *path, size_t *len);
int xs_write(struct xs *x, xs_txn t, const char *path, const void *data, size_t len);
int xs_mkdir(struct xs *x, xs_txn t, const char *path);
int xs_rm(struct xs *x, xs_txn t, const char *path);
/* One malloc'd block: free() the array itself. NULL with errno. */
char **xs_directory(struct xs *x, xs_txn t, const char *path, unsigned int *n);
struct xs_perm *xs_get_permissions(struct xs *x, xs_txn t, const char *path, unsigned int *n);
int xs_set_permissions(struct xs *x, xs_txn t, const char *path, const struct xs_perm *p, unsigned int n);

int xs_watch(struct xs *x, const char *path, const char *token);
int xs_unwatch(struct xs *x, const char *path, const char *token);
/* True when xs_read_watch() would not wait. */
bool xs_watch_pending(struct xs *x);
/* Next event, path and token malloc'd; waits timeout_ms (-1: for ever), -ETIMEDOUT. */
int xs_read_watch(struct xs *x, char **path, char **token, int timeout_ms);

int xs_transaction_start(struct xs *x, xs_txn *t);
/* -EAGAIN: somebody else got in between, start over. */
int xs_transaction_end(struct xs *x, xs_txn t, bool abort);

int xs_introduce_domain(struct xs *x, uint32_t domid, unsigned long mfn, uint32_t port);
int xs_release_domain(struct xs *x, uint32_t domid);
int xs_resume_domain(struct xs *x, uint32_t domid);
bool xs_is_domain_introduced(struct xs *x, uint32_t domid);
char *xs_get_domain_path(struct xs *x, uint32_t domid);

/* Command and arguments, at most 8, for the daemon itself; its answer, malloc'd. */
char *xs_control(struct xs *x, unsigned int n, char *const *args);

#endif
