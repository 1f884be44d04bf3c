/* SPDX-License-Identifier: MIT */
/*
 * HYPERVISOR_sched_op(cmd, arg): what a guest tells the scheduler about itself.
 * The older sched_op_compat passes the shutdown reason itself for arg, and knows
 * only yield, block and shutdown.
 */
#ifndef __XEN_PUBLIC_SCHED_H__
#define __XEN_PUBLIC_SCHED_H__

#include "event_channel.h"

#define SCHEDOP_yield		0	/* let others run */
#define SCHEDOP_block		1	/* unmask events and sleep until one is pending */
#define SCHEDOP_shutdown	2	/* sched_shutdown; third argument: start_info frame */
#define SCHEDOP_poll		3	/* sched_poll: sleep until a port is pending */
#define SCHEDOP_remote_shutdown	4	/* sched_remote_shutdown: stop another domain */
#define SCHEDOP_shutdown_code	5	/* sched_shutdown: remember the reason, go on */
#define SCHEDOP_watchdog	6	/* sched_watchdog */
#define SCHEDOP_pin_override	7	/* sched_pin_override: hardware domain only */

/*
 * For a suspend, shutdown returns 0 in the resumed domain and 1 if the suspend
 * was called off.
 */
struct sched_shutdown {
	unsigned int reason;	/* SHUTDOWN_* */
};
typedef struct sched_shutdown sched_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_shutdown_t);

struct sched_poll {
	XEN_GUEST_HANDLE(evtchn_port_t) ports;
	unsigned int nr_ports;
	uint64_t timeout;	/* absolute system time, ns; 0 for none */
};
typedef struct sched_poll sched_poll_t;
DEFINE_XEN_GUEST_HANDLE(sched_poll_t);

struct sched_remote_shutdown {
	domid_t domain_id;
	unsigned int reason;	/* SHUTDOWN_* */
};
typedef struct sched_remote_shutdown sched_remote_shutdown_t;
DEFINE_XEN_GUEST_HANDLE(sched_remote_shutdown_t);

/*
 * id 0 starts a watchdog and returns its id; otherwise timeout 0 stops it and
 * any other restarts it.
 */
struct sched_watchdog {
	uint32_t id;
	uint32_t timeout;	/* seconds */
};
typedef struct sched_watchdog sched_watchdog_t;
DEFINE_XEN_GUEST_HANDLE(sched_watchdog_t);

/* A negative pcpu ends the override. */
struct sched_pin_override {
	int32_t pcpu;
};
typedef struct sched_pin_override sched_pin_override_t;
DEFINE_XEN_GUEST_HANDLE(sched_pin_override_t);

/* Reasons for a shutdown. What is done about one is for the tools to say. */
#define SHUTDOWN_poweroff	0
#define SHUTDOWN_reboot		1
#define SHUTDOWN_suspend	2
#define SHUTDOWN_crash		3
#define SHUTDOWN_watchdog	4
#define SHUTDOWN_soft_reset	5	/* start again in the same memory */
#define SHUTDOWN_MAX		5

#endif /* __XEN_PUBLIC_SCHED_H__ */
