// SPDX-License-Identifier: GPL-2.0-only
/* The table of limits and their names; see quota.h. */
#include <string.h>

#include "quota.h"

struct quota quota = {
	.nodes = 1000,
	.entry_size = 2048,
	.watches = 128,
	.transactions = 10,
	.transaction_nodes = 1024,
	.perms = 5,
	.path_max = 2048,
	.path_depth = 64,
	.outstanding = 1024,
};

static const struct {
	const char *name;
	uint32_t *field;
} names[] = {
	{ "nodes", &quota.nodes },
	{ "entry-size", &quota.entry_size },
	{ "watches", &quota.watches },
	{ "transactions", &quota.transactions },
	{ "transaction-nodes", &quota.transaction_nodes },
	{ "node-permissions", &quota.perms },
	{ "path-max", &quota.path_max },
	{ "path-depth", &quota.path_depth },
	{ "outstanding", &quota.outstanding },
};

uint32_t *quota_field(const char *name)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, name))
			return names[i].field;
	return NULL;
}

const char *quota_name(size_t i, uint32_t *value)
{
	if (i >= sizeof(names) / sizeof(names[0]))
		return NULL;
	*value = *names[i].field;
	return names[i].name;
}
