// SPDX-License-Identifier: GPL-2.0-only
/*
 * xl: the table of commands, and what all of them share on the command line.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xl.h"

struct command {
	const char *name;
	command_fn *fn;
	const char *args, *what;
};

static const struct command commands[] = {
	{ "create", cmd_create, "[-cpqneFdVA] [-f] CONFIG [key=value]...", "start a domain from a configuration file" },
	{ "list", cmd_list, "[-lvZcn] [DOMAIN]", "list domains" },
	{ "console", cmd_console, "[-t pv] [-n 0] DOMAIN", "attach to a domain's console (Ctrl-] leaves)" },
	{ "destroy", cmd_destroy, "[-f] DOMAIN", "end a domain at once" },
	{ "pause", cmd_pause, "DOMAIN", "stop running a domain" },
	{ "unpause", cmd_unpause, "DOMAIN", "run a paused domain" },
	{ "shutdown", cmd_shutdown, "[-wFa] DOMAIN", "ask a domain to shut down" },
	{ "reboot", cmd_reboot, "[-wFa] DOMAIN", "ask a domain to reboot" },
	{ "save", cmd_save, "[-cpD] DOMAIN FILE [CONFIG]", "save a domain to a file" },
	{ "restore", cmd_restore, "[-cpeFdVA] [CONFIG] FILE", "bring a saved domain back" },
	{ "info", cmd_info, "[-n]", "describe the host" },
	{ "dmesg", cmd_dmesg, "[-c]", "print the hypervisor's messages" },
	{ "vcpu-list", cmd_vcpu_list, "[DOMAIN]...", "list vcpus" },
	{ "vcpu-pin", cmd_vcpu_pin, "[-f] DOMAIN VCPU|all CPUS [SOFT]", "say on which CPUs a vcpu may run" },
	{ "vcpu-set", cmd_vcpu_set, "[-i] DOMAIN COUNT", "say how many vcpus a domain uses" },
	{ "mem-set", cmd_mem_set, "DOMAIN MEMORY", "set how much memory a domain uses" },
	{ "mem-max", cmd_mem_max, "DOMAIN MEMORY", "set how much memory a domain may use" },
	{ "sched-credit2", cmd_sched_credit2, "[-d DOMAIN [-w WEIGHT] [-c CAP]] | [-s [-r US]] [-p POOL]", "show or set shares of CPU time" },
	{ "debug-keys", cmd_debug_keys, "KEYS", "send debug keys to the hypervisor" },
	{ "top", cmd_top, "[-bfvnxr] [-i N] [-d SECONDS]", "watch what domains use" },
	{ "domid", cmd_domid, "NAME", "number of a domain" },
	{ "domname", cmd_domname, "NUMBER", "name of a domain" },
	{ "rename", cmd_rename, "DOMAIN NAME", "give a domain another name" },
	{ "uptime", cmd_uptime, "[-s] [DOMAIN]...", "how long domains have run" },
	{ "block-attach", cmd_block_attach, "DOMAIN DISK", "give a domain a disk" },
	{ "block-detach", cmd_block_detach, "[--force] DOMAIN DEVICE", "take a disk away" },
	{ "block-list", cmd_block_list, "DOMAIN...", "list a domain's disks" },
	{ "network-attach", cmd_network_attach, "DOMAIN [key=value]...", "give a domain a network interface" },
	{ "network-detach", cmd_network_detach, "[--force] DOMAIN DEVICE", "take a network interface away" },
	{ "network-list", cmd_network_list, "DOMAIN...", "list a domain's network interfaces" },
	{ "sysrq", cmd_sysrq, "DOMAIN LETTER", "send a magic SysRq to a domain" },
	{ "trigger", cmd_trigger, "DOMAIN nmi|reset|init|power|sleep [VCPU]", "send a trigger to a domain" },
	{ "vm-list", cmd_vm_list, "", "list domains with their UUIDs" },
	{ "claims", cmd_claims, "", "list domains with the memory set aside for them" },
	{ "cpupool-list", cmd_cpupool_list, "[-c] [POOL]", "list pools of CPUs" },
	{ "config-update", cmd_config_update, "[-d] DOMAIN [-f] CONFIG [key=value]...", "what a domain is to be after its next reboot" },
	{ "dump-core", cmd_dump_core, "DOMAIN FILE", "write a domain's memory and vcpus to a file" },
	{ "version", cmd_version, "", "version of xl" },
	{ "help", cmd_help, "[COMMAND]", "this list" },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static const struct command *find(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* Those that change nothing, or not where xl.dry says so. */
static bool dry_run(const char *name)
{
	static const char *const names[] = {
		"create", "list", "info", "vcpu-list", "top", "domid", "domname", "uptime", "block-list", "network-list",
		"vm-list", "claims", "cpupool-list", "version", "help",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

int usage_of(const char *name)
{
	const struct command *c = find(name);

	if (c)
		fprintf(stderr, "usage: xl %s %s\n", c->name, c->args);
	return 2;
}

int cmd_help(int argc, char **argv)
{
	const struct command *c = argc > 1 ? find(argv[1]) : NULL;
	size_t i;

	if (c) {
		printf("usage: xl %s %s\n\n%s.\n", c->name, c->args, c->what);
		return 0;
	}
	if (argc > 1) {
		say("there is no command '%s'", argv[1]);
		return 0;	/* as scripts know it: the help was given */
	}
	printf("usage: xl [-N] COMMAND [ARGUMENTS]\n\n");
	for (i = 0; i < COMMANDS; i++)
		printf(" %-16s %s\n", commands[i].name, commands[i].what);
	printf("\n'xl help COMMAND' shows a command's arguments; xl(1) says more.\n");
	return 0;
}

int cmd_version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	printf("xl %s\n", XL_VERSION);
	return 0;
}

int main(int argc, char **argv)
{
	const struct command *c;
	int opt, rc;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((opt = getopt(argc, argv, "+NvftT")) != -1) {
		switch (opt) {
		case 'N': xl.dry = true; break;
		/* Forms of messages and a precaution that other tools have: nothing to change here. */
		case 'v': case 'f': case 't': case 'T': break;
		default: return 1;
		}
	}
	if (optind >= argc) {
		char *help[] = { "help", NULL };

		cmd_help(1, help);
		return 1;
	}
	c = find(argv[optind]);
	if (!c) {
		say("there is no command '%s' ('xl help' lists them)", argv[optind]);
		return 1;
	}
	if (xl.dry && !dry_run(c->name)) {
		say("%s has no dry run (-N): nothing is done", c->name);
		return 1;
	}
	if (xl_conf_load())
		return 1;
	argc -= optind;
	argv += optind;
	optind = 0;	/* each command scans its own options from the start */
	if (argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"))) {
		char *help[] = { "help", argv[0], NULL };

		return cmd_help(2, help);
	}
	rc = c->fn(argc, argv);
	if (fflush(stdout) || ferror(stdout))
		rc = rc ? rc : 1;
	xl_close();
	return rc;
}
