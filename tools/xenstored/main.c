// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenstored: options, becoming a daemon, and the one loop that serves all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "conn.h"
#include "domain.h"
#include "events.h"
#include "log.h"
#include "quota.h"
#include "socket.h"
#include "watch.h"

struct options {
	const char *pid_file;
	bool no_fork, no_domains, print_pid;
};

static volatile sig_atomic_t stop, reopen;

static void on_signal(int sig)
{
	if (sig == SIGHUP)
		reopen = 1;
	else
		stop = 1;
}

static const char usage_text[] =
	"usage: xenstored [options]\n"
	"  -D, --no-domain-init      serve the socket only, no hypervisor\n"
	"  -F, --pid-file FILE       write the daemon's process id there\n"
	"  -H, --help                print this\n"
	"  -N, --no-fork             stay in the foreground\n"
	"  -P, --output-pid          print the daemon's process id\n"
	"  -T, --trace-file FILE     log every request there\n"
	"  -E, --entry-nb N          nodes that one domain may own\n"
	"  -S, --entry-size BYTES    size of one value\n"
	"  -W, --watch-nb N          watches of one domain\n"
	"  -t, --transaction N       open transactions of one domain\n"
	"  -A, --perm-nb N           permission entries of one node\n"
	"  -M, --path-max BYTES      length of a path\n"
	"  -Q, --quota NAME=N        any limit by its name: nodes, entry-size, watches,\n"
	"                            transactions, transaction-nodes, node-permissions,\n"
	"                            path-max, path-depth, outstanding\n"
	"  -V, --verbose             trace to the trace file from the start\n"
	"Accepted for other implementations' sake, with a warning and no effect:\n"
	"  -q, --quota-soft NAME=N, -w, --timeout NAME=S, -R, --no-recovery,\n"
	"  -I, --internal-db ON|OFF, -K, --keep-orphans\n";

static const struct option long_options[] = {
	{ "no-domain-init", no_argument, NULL, 'D' },
	{ "pid-file", required_argument, NULL, 'F' },
	{ "help", no_argument, NULL, 'H' },
	{ "no-fork", no_argument, NULL, 'N' },
	{ "output-pid", no_argument, NULL, 'P' },
	{ "trace-file", required_argument, NULL, 'T' },
	{ "entry-nb", required_argument, NULL, 'E' },
	{ "entry-size", required_argument, NULL, 'S' },
	{ "watch-nb", required_argument, NULL, 'W' },
	{ "transaction", required_argument, NULL, 't' },
	{ "perm-nb", required_argument, NULL, 'A' },
	{ "path-max", required_argument, NULL, 'M' },
	{ "quota", required_argument, NULL, 'Q' },
	{ "quota-soft", required_argument, NULL, 'q' },
	{ "timeout", required_argument, NULL, 'w' },
	{ "no-recovery", no_argument, NULL, 'R' },
	{ "internal-db", optional_argument, NULL, 'I' },
	{ "keep-orphans", no_argument, NULL, 'K' },
	{ "verbose", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static bool set_limit(uint32_t *field, const char *s)
{
	char *end;
	unsigned long n = strtoul(s, &end, 10);

	if (s[0] < '0' || s[0] > '9' || *end || n > UINT32_MAX) {
		log_error("'%s' is not a number from 0 to %u", s, UINT32_MAX);
		return false;
	}
	*field = n;
	return true;
}

static bool set_named(char *arg)
{
	char *eq = strchr(arg, '=');
	uint32_t *field;

	if (!eq) {
		log_error("--quota takes NAME=N");
		return false;
	}
	*eq = '\0';
	field = quota_field(arg);
	if (!field) {
		log_error("no limit is called '%s' here; ignored", arg);
		return true;
	}
	return set_limit(field, eq + 1);
}

/* Returns -1 to go on, or the status to exit with. */
static int parse(int argc, char **argv, struct options *o)
{
	static const char letters[] = "DF:HNPT:E:S:W:t:A:M:Q:q:w:RI::KV";
	bool good = true;
	int opt, rc;

	while ((opt = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
		switch (opt) {
		case 'D':
			o->no_domains = true;
			break;
		case 'F':
			o->pid_file = optarg;
			break;
		case 'H':
			fputs(usage_text, stdout);
			return 0;
		case 'N':
			o->no_fork = true;
			break;
		case 'P':
			o->print_pid = true;
			break;
		case 'T':
			rc = log_set_file(optarg);
			if (rc)
				log_error("cannot open %s: %s", optarg, strerror(-rc));
			good &= !rc;
			break;
		case 'E':
			good &= set_limit(&quota.nodes, optarg);
			break;
		case 'S':
			good &= set_limit(&quota.entry_size, optarg);
			break;
		case 'W':
			good &= set_limit(&quota.watches, optarg);
			break;
		case 't':
			good &= set_limit(&quota.transactions, optarg);
			break;
		case 'A':
			good &= set_limit(&quota.perms, optarg);
			break;
		case 'M':
			good &= set_limit(&quota.path_max, optarg);
			break;
		case 'Q':
			good &= set_named(optarg);
			break;
		case 'V':
			log_set_tracing(true);
			break;
		case 'q': case 'w': case 'R': case 'I': case 'K':
			log_error("option -%c has no effect in this xenstored", opt);
			break;
		default:
			fputs(usage_text, stderr);
			return 2;
		}
	}
	if (optind < argc) {
		log_error("unexpected argument '%s'", argv[optind]);
		return 2;
	}
	return good ? -1 : 2;
}

/* Tell systemd, if it started us. */
static void notify_systemd(const char *state)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	const char *name = getenv("NOTIFY_SOCKET");
	size_t len = name ? strlen(name) : 0;
	int fd;

	if (!len || len >= sizeof(addr.sun_path) || (name[0] != '/' && name[0] != '@'))
		return;
	memcpy(addr.sun_path, name, len);
	if (name[0] == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&addr,
		   offsetof(struct sockaddr_un, sun_path) + len) < 0)
		log_error("cannot tell the service manager: %s", strerror(errno));
	close(fd);
}

/*
 * Go into the background.  The parent waits for a byte in the pipe, so that
 * whoever started us goes on only once the store answers.
 *
 * Returns the pipe's end to write to.
 */
static int detach(void)
{
	char ready;
	int p[2];
	pid_t pid;

	if (pipe2(p, O_CLOEXEC)) {
		log_error("no pipe: %s", strerror(errno));
		exit(1);
	}
	pid = fork();
	if (pid < 0) {
		log_error("cannot fork: %s", strerror(errno));
		exit(1);
	}
	if (pid) {
		close(p[1]);
		_exit(read(p[0], &ready, 1) == 1 ? 0 : 1);
	}
	close(p[0]);
	setsid();
	return p[1];
}

static bool write_pid(const char *name)
{
	FILE *f = fopen(name, "we");
	bool ok;

	if (!f) {
		log_error("cannot write %s: %s", name, strerror(errno));
		return false;
	}
	ok = fprintf(f, "%d\n", (int)getpid()) > 0;
	ok &= !fclose(f);
	return ok;
}

static void to_background(int ready)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	log_to_syslog();
	if (null >= 0) {
		dup2(null, 0);
		dup2(null, 1);
		dup2(null, 2);
	}
	if (chdir("/"))
		log_error("cannot go to /: %s", strerror(errno));
	if (write(ready, "", 1) != 1)
		log_error("nobody waits for us to be ready");
	close(ready);
}

/* What the toolstack expects to find. */
static int first_nodes(void)
{
	static const struct cred self = { .privileged = true };

	return store_mkdir(NULL, &self, "/tool/xenstored");
}

static struct pollfd *poll_set(int listening, unsigned int *count)
{
	static struct pollfd *set;
	static unsigned int room;
	unsigned int n = 2;

	for (struct conn *c = conns; c; c = c->next)
		n += c->fd >= 0;
	if (n > room) {
		struct pollfd *p = realloc(set, n * 2 * sizeof(*p));

		if (!p)
			return NULL;
		set = p;
		room = n * 2;
	}
	set[0] = (struct pollfd){ .fd = listening, .events = POLLIN };
	set[1] = (struct pollfd){ .fd = events_fd(), .events = POLLIN };
	n = 2;
	for (struct conn *c = conns; c; c = c->next) {
		if (c->fd < 0)
			continue;
		/* A client that does not take its reply asks nothing more. */
		set[n++] = (struct pollfd){
			.fd = c->fd,
			.events = (c->nr_replies ? 0 : POLLIN) | (c->out ? POLLOUT : 0),
		};
	}
	*count = n;
	return set;
}

static void take_events(void)
{
	bool exception, scan = false;
	uint32_t port;

	while (events_next(&port, &exception)) {
		if (exception)
			scan = true;
		else
			domain_event(port);
	}
	if (scan)
		domain_scan();
}

static void serve(int listening, const sigset_t *unblocked)
{
	static const struct timespec at_once;
	bool more = false;

	while (!stop) {
		unsigned int n = 0;
		struct pollfd *set = poll_set(listening, &n);

		if (reopen) {
			reopen = 0;
			log_reopen();
		}
		if (!set) {
			log_error("no memory to wait for clients");
			return;
		}
		/* Signals come in here and nowhere else. */
		if (ppoll(set, n, more ? &at_once : NULL, unblocked) < 0) {
			more = true;
			if (errno == EINTR)
				continue;
			log_error("cannot wait for clients: %s", strerror(errno));
			return;
		}
		if (set[1].revents)
			take_events();
		if (set[0].revents)
			socket_accept(listening);
		more = false;
		for (struct conn *c = conns; c; c = c->next)
			more |= conn_step(c);
		conn_reap();
	}
}

static void catch_signals(sigset_t *unblocked)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGHUP);
	sigprocmask(SIG_BLOCK, &block, unblocked);
	sigdelset(unblocked, SIGTERM);
	sigdelset(unblocked, SIGINT);
	sigdelset(unblocked, SIGHUP);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	struct options o = { 0 };
	int listening, ready = -1, rc;
	sigset_t unblocked;

	rc = parse(argc, argv, &o);
	if (rc >= 0)
		return rc;
	if (!o.no_fork)
		ready = detach();
	catch_signals(&unblocked);
	setrlimit(RLIMIT_NOFILE, &files);

	if (store_init(watch_change) || first_nodes()) {
		log_error("no memory for the store");
		return 1;
	}
	if (!o.no_domains && events_open())
		return 1;
	listening = socket_listen();
	if (listening < 0)
		return 1;
	rc = o.no_domains ? 0 : domain_init_dom0();
	if (rc) {
		log_error("cannot connect this domain's kernel: %s", strerror(-rc));
		return 1;
	}
	if (!o.no_domains)
		domain_scan();
	if (o.pid_file && !write_pid(o.pid_file))
		return 1;
	if (o.print_pid) {
		printf("%d\n", (int)getpid());
		fflush(stdout);
	}
	if (ready >= 0)
		to_background(ready);
	notify_systemd("READY=1\nSTATUS=serving");

	serve(listening, &unblocked);

	notify_systemd("STOPPING=1");
	unlink(socket_path());
	if (o.pid_file)
		unlink(o.pid_file);
	domain_exit();
	while (conns) {
		conn_kill(conns);
		conn_reap();
	}
	store_exit();
	return 0;
}
