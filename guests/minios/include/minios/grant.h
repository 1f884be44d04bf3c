/* SPDX-License-Identifier: MIT */
/* Grants: letting another domain at chosen pages of ours. */
#ifndef MINIOS_GRANT_H
#define MINIOS_GRANT_H

#include <stdbool.h>
#include <xen/grant_table.h>

#define GRANT_NONE	0	/* the first references are reserved, so 0 is free for this */

void grant_init(void);
/* Let DOMAIN use the page at ADDRESS. GRANT_NONE if the table is full. */
grant_ref_t grant_page(domid_t domain, const void *page, bool readonly);
/* Take it back; false if the other side still has it mapped. */
bool grant_end(grant_ref_t ref);

#endif
