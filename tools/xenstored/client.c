// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenstore: the store from the command line.  Called as xenstore COMMAND or,
 * by a link, as xenstore-COMMAND.  A client of libxen's xs.h, no more.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libxen/xs.h"

struct command {
	const char *name, *args;
	int least, most;	/* arguments; most < 0: any number */
	int (*fn)(struct xs *x, int argc, char **argv);
};

static struct {
	bool paths, full, perms, recurse;
	int events;
} opt;

static int failed(const char *what, const char *path, int err)
{
	fprintf(stderr, "xenstore: cannot %s %s: %s\n", what, path, strerror(err));
	return 1;
}

/* Control characters and non-ASCII as octal, so that a terminal stays sane. */
static void print_value(const char *v, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = v[i];

		if (c == '\n')
			fputs("\\n", stdout);
		else if (c == '\\')
			fputs("\\\\", stdout);
		else if (c < 0x20 || c >= 0x7f)
			printf("\\%03o", c);
		else
			putchar(c);
	}
}

static void print_perms(struct xs *x, const char *path)
{
	static const char letters[] = "nrwb";
	unsigned int n;
	struct xs_perm *p = xs_get_permissions(x, XS_NO_TXN, path, &n);

	if (!p)
		return;
	fputs("  (", stdout);
	for (unsigned int i = 0; i < n; i++)
		printf("%s%c%u", i ? "," : "", letters[p[i].access & 3], p[i].id);
	putchar(')');
	free(p);
}

static int do_read(struct xs *x, int argc, char **argv)
{
	int rc = 0;

	for (int i = 0; i < argc; i++) {
		size_t len;
		char *v = xs_read(x, XS_NO_TXN, argv[i], &len);

		if (!v) {
			rc = failed("read", argv[i], errno);
			continue;
		}
		if (opt.paths)
			printf("%s: ", argv[i]);
		print_value(v, len);
		putchar('\n');
		free(v);
	}
	return rc;
}

/* All of it or nothing: others see the pairs together. */
static int do_write(struct xs *x, int argc, char **argv)
{
	xs_txn t;
	int rc;

	if (argc % 2) {
		fprintf(stderr, "xenstore: write takes pairs of path and value\n");
		return 2;
	}
	do {
		rc = xs_transaction_start(x, &t);
		if (rc)
			return failed("begin to write", argv[0], -rc);
		for (int i = 0; i < argc; i += 2) {
			rc = xs_write(x, t, argv[i], argv[i + 1], strlen(argv[i + 1]));
			if (rc) {
				xs_transaction_end(x, t, true);
				return failed("write", argv[i], -rc);
			}
		}
		rc = xs_transaction_end(x, t, false);
	} while (rc == -EAGAIN);
	return rc ? failed("write", argv[0], -rc) : 0;
}

static int do_rm(struct xs *x, int argc, char **argv)
{
	int rc = 0;

	for (int i = 0; i < argc; i++) {
		int err = xs_rm(x, XS_NO_TXN, argv[i]);

		if (err)
			rc = failed("remove", argv[i], -err);
	}
	return rc;
}

static int do_exists(struct xs *x, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		char *v = xs_read(x, XS_NO_TXN, argv[i], NULL);

		if (!v)
			return 1;
		free(v);
	}
	return 0;
}

static int do_list(struct xs *x, int argc, char **argv)
{
	int rc = 0;

	for (int i = 0; i < argc; i++) {
		unsigned int n;
		char **names = xs_directory(x, XS_NO_TXN, argv[i], &n);

		if (!names) {
			rc = failed("list", argv[i], errno);
			continue;
		}
		for (unsigned int k = 0; k < n; k++)
			printf("%s%s%s\n", opt.paths ? argv[i] : "",
			       opt.paths && strcmp(argv[i], "/") ? "/" : "", names[k]);
		free(names);
	}
	return rc;
}

static char *join(const char *dir, const char *name)
{
	size_t size = strlen(dir) + strlen(name) + 2;
	char *path = malloc(size);

	if (path)
		snprintf(path, size, "%s%s%s", dir, strcmp(dir, "/") ? "/" : "", name);
	return path;
}

/* A node that goes away while we look is simply not shown. */
static int list_below(struct xs *x, const char *dir, int depth)
{
	unsigned int n;
	char **names = xs_directory(x, XS_NO_TXN, dir, &n);

	if (!names)
		return depth ? 0 : failed("list", dir, errno);
	for (unsigned int i = 0; i < n; i++) {
		char *path = join(dir, names[i]);
		size_t len = 0;
		char *v = path ? xs_read(x, XS_NO_TXN, path, &len) : NULL;

		if (v) {
			printf("%*s%s = \"", opt.full ? 0 : depth, "",
			       opt.full ? path : names[i]);
			print_value(v, len);
			putchar('"');
			if (opt.perms)
				print_perms(x, path);
			putchar('\n');
			list_below(x, path, depth + 1);
		}
		free(v);
		free(path);
	}
	free(names);
	return 0;
}

static int do_ls(struct xs *x, int argc, char **argv)
{
	return list_below(x, argc ? argv[0] : "/", 0);
}

static int chmod_below(struct xs *x, const char *path, const struct xs_perm *p, unsigned int nr)
{
	unsigned int n = 0;
	char **names;
	int rc = xs_set_permissions(x, XS_NO_TXN, path, p, nr);

	if (rc)
		return failed("change", path, -rc);
	names = opt.recurse ? xs_directory(x, XS_NO_TXN, path, &n) : NULL;
	for (unsigned int i = 0; names && i < n && !rc; i++) {
		char *below = join(path, names[i]);

		rc = below ? chmod_below(x, below, p, nr) : failed("change", path, ENOMEM);
		free(below);
	}
	free(names);
	return rc;
}

static int do_chmod(struct xs *x, int argc, char **argv)
{
	static const char letters[] = "nrwb";
	struct xs_perm p[64];

	if (argc - 1 > 64)
		return failed("change", argv[0], E2BIG);
	for (int i = 1; i < argc; i++) {
		const char *l = argv[i][0] ? strchr(letters, argv[i][0]) : NULL;
		char *end = argv[i];

		if (l)
			p[i - 1] = (struct xs_perm){ strtoul(argv[i] + 1, &end, 10), l - letters };
		if (!l || end == argv[i] + 1 || *end) {
			fprintf(stderr, "xenstore: '%s' is not n, r, w or b and a domain number\n",
				argv[i]);
			return 2;
		}
	}
	return chmod_below(x, argv[0], p, argc - 1);
}

static int do_watch(struct xs *x, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		int rc = xs_watch(x, argv[i], argv[i]);

		if (rc)
			return failed("watch", argv[i], -rc);
	}
	for (int seen = 0; opt.events < 0 || seen < opt.events; seen++) {
		char *path, *token;
		int rc = xs_read_watch(x, &path, &token, -1);

		if (rc)
			return failed("wait for", argv[0], -rc);
		puts(path);
		fflush(stdout);
		free(path);
		free(token);
	}
	return 0;
}

static int do_control(struct xs *x, int argc, char **argv)
{
	char *answer = xs_control(x, argc, argv);

	if (!answer)
		return failed("control", argv[0], errno);
	fputs(answer, stdout);
	if (!answer[0] || answer[strlen(answer) - 1] != '\n')
		putchar('\n');
	free(answer);
	return 0;
}

static const struct command commands[] = {
	{ "read", "[-p] PATH...", 1, -1, do_read },
	{ "write", "PATH VALUE...", 2, -1, do_write },
	{ "rm", "PATH...", 1, -1, do_rm },
	{ "exists", "PATH...", 1, -1, do_exists },
	{ "list", "[-p] PATH...", 1, -1, do_list },
	{ "ls", "[-f] [-p] [PATH]", 0, 1, do_ls },
	{ "chmod", "[-r] PATH PERMISSION...", 2, -1, do_chmod },
	{ "control", "COMMAND [ARGUMENT]...", 1, 8, do_control },
	{ "watch", "[-n EVENTS] PATH...", 1, -1, do_watch },
};

#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static int usage(void)
{
	fputs("usage:\n", stderr);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(stderr, "  xenstore %s %s\n", commands[i].name, commands[i].args);
	return 2;
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int main(int argc, char **argv)
{
	const char *me = strrchr(argv[0], '/');
	const struct command *c;
	struct xs *x;
	int o, rc;

	me = me ? me + 1 : argv[0];
	if (!strncmp(me, "xenstore-", 9)) {
		c = find(me + 9);
	} else {
		c = argc > 1 ? find(argv[1]) : NULL;
		argc--;
		argv++;
	}
	if (!c)
		return usage();
	opt.events = -1;
	/* -s asked for the socket when there was a choice; scripts still do. */
	while ((o = getopt(argc, argv, "+fprsn:")) != -1) {
		switch (o) {
		case 'f':
			opt.full = true;
			break;
		case 'p':
			opt.paths = opt.perms = true;
			break;
		case 'r':
			opt.recurse = true;
			break;
		case 'n':
			opt.events = atoi(optarg);
			break;
		case 's':
			break;
		default:
			return usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < c->least || (c->most >= 0 && argc > c->most))
		return usage();
	x = xs_open();
	if (!x) {
		fprintf(stderr, "xenstore: no connection to xenstored: %s\n", strerror(errno));
		return 1;
	}
	rc = c->fn(x, argc, argv);
	xs_close(x);
	return rc;
}
