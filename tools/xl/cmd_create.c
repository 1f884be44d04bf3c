// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl create, restore's sibling: reads the configuration, makes the domain,
 * leaves a process behind to watch it, and joins its console if asked.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../client/console_client.h"
#include "xl.h"

#define CONFIG_MAX	(4UL << 20)
/* Exit statuses as scripts know them. */
#define UNREADABLE	3		/* the file is not there */
#define NOT_MADE	3		/* the domain could not be made */
#define NO_CONFIG	6		/* no file is named, and no setting */

struct options {
	bool console, paused, quiet, dry, no_watch, foreground;
};

static void no_warning(const char *sentence)
{
	(void)sentence;
}

int config_read(struct cfg *c, const char *path)
{
	uint8_t *text;
	size_t n;
	int rc = hv_read_file(path, &text, &n, CONFIG_MAX);

	if (rc) {
		say("configuration %s: %s", path, hv_file_error(rc));
		return UNREADABLE;
	}
	rc = cfg_parse(c, (char *)text, n, path);
	free(text);
	if (rc)
		say("%s", c->why);
	return rc;
}

int console_attach(uint32_t domid)
{
	fflush(NULL);
	return console_client(domid);
}

int domain_attend(struct xl_domain *d, const char *text, uint32_t domid, bool console, bool foreground)
{
	pid_t child = -1, parent = getpid();
	int rc;

	if (!foreground)
		return console ? console_attach(domid) : 0;
	/* Somebody must watch while the console is open, and when it is left. */
	if (console) {
		fflush(NULL);
		child = fork();
		if (!child) {
			/* It has the terminal in raw mode: gone with the parent, and in order. */
			if (prctl(PR_SET_PDEATHSIG, SIGTERM) || getppid() != parent)
				_exit(1);
			xl_close();
			_exit(console_attach(domid));
		}
		if (child < 0)
			fail(-errno, "cannot start the process that joins the console");
	}
	rc = monitor_run(d, text, domid);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return rc;
}

static int start(struct xl_domain *d, const char *text, uint32_t domid, const struct options *o)
{
	if (domain_start(d, text, domid, !o->no_watch && !o->foreground, o->paused))
		return 1;
	return domain_attend(d, text, domid, o->console, o->foreground);
}

static int create(struct cfg *c, const struct options *o)
{
	struct xl_domain d;
	uint32_t domid;
	char *text;
	int rc, lock;

	rc = xl_domain_from_cfg(&d, c, o->quiet ? no_warning : warn_sentence);
	if (rc) {
		say("%s", c->why);
		return 1;
	}
	text = cfg_print(c);
	if (!text || o->dry) {
		if (text)
			fputs(text, stdout);
		rc = text ? 0 : 1;
		goto out;
	}
	rc = 1;
	if (xl_need_hv() || xl_need_store())
		goto out;
	lock = create_lock();
	if (lock < 0)
		goto out;
	rc = domain_create(&d, text, -1, &domid);
	close(lock);
	if (!rc)
		rc = start(&d, text, domid, o);
	else
		rc = NOT_MADE;
out:
	free(text);
	xl_domain_free(&d);
	return rc;
}

int cmd_create(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "quiet", 0, NULL, 'q' }, { "dryrun", 0, NULL, 'n' }, { "defconfig", 1, NULL, 'f' }, { NULL, 0, NULL, 0 },
	};
	const char *file = NULL;
	struct options o = { .dry = xl.dry };
	struct cfg c = { 0 };
	int opt, rc = 0;

	while ((opt = getopt_long(argc, argv, "cpqnedFVAf:", longs, NULL)) != -1) {
		switch (opt) {
		case 'c': o.console = true; break;
		case 'p': o.paused = true; break;
		case 'q': o.quiet = true; break;
		case 'n': o.dry = true; break;
		case 'e': o.no_watch = true; break;
		case 'F': o.foreground = true; break;
		case 'f': file = optarg; break;
		case 'd': case 'V': case 'A': break;	/* debug messages, a graphical console: there are none */
		default: return usage_of("create");
		}
	}
	if (!file && optind < argc && !strchr(argv[optind], '='))
		file = argv[optind++];
	if (!file && optind >= argc) {
		usage_of("create");
		return NO_CONFIG;
	}
	if (file)
		rc = config_read(&c, file);
	for (; !rc && optind < argc; optind++) {
		rc = cfg_override(&c, argv[optind]);
		if (rc)
			say("%s", c.why);
	}
	if (!rc && !o.quiet && file && !o.dry)
		fprintf(stderr, "Parsing config from %s\n", file);
	if (!rc)
		rc = create(&c, &o);
	else if (rc != UNREADABLE)
		rc = 1;
	cfg_free(&c);
	return rc;
}
