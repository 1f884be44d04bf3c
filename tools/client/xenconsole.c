// SPDX-License-Identifier: GPL-2.0-only
/*
 * xenconsole DOMID: the console client as a program of its own, for scripts
 * and for toolstacks that start one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console_client.h"

int main(int argc, char **argv)
{
	char *rest = NULL;
	unsigned long domid = 0;
	int i;

	for (i = 1; i < argc; i++) {
		/* Options that choose among kinds of consoles: there is one kind. */
		if (!strcmp(argv[i], "--num") || !strcmp(argv[i], "--type") || !strcmp(argv[i], "-n") || !strcmp(argv[i], "-t"))
			i++;
		else if (argv[i][0] != '-')
			domid = strtoul(argv[i], &rest, 10);
	}
	if (!rest || *rest || domid >= 0x7ff0) {
		fprintf(stderr, "usage: xenconsole [--num 0] [--type pv] DOMID\n");
		return 2;
	}
	return console_client(domid);
}
