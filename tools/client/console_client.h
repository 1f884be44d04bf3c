/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interactive end of a guest's console: a terminal joined to the tty that
 * a console daemon made. Used by xl and by the xenconsole helper.
 */
#ifndef CONSOLE_CLIENT_H
#define CONSOLE_CLIENT_H

#include <stdint.h>

/* Joins this terminal to the domain's console until it ends or Ctrl-] is typed. */
int console_client(uint32_t domid);

#endif
