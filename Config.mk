# SPDX-License-Identifier: GPL-2.0-only
#
# Configuration shared by every makefile of the tree: where things are, which
# compiler, which warnings. A makefile includes it first and adds only what is
# its own; nothing here builds anything.

# The level of the hypervisor ABI, which is what dom0's tools and GRUB's menu
# generator read from file names and from the version hypercall, and the
# release of this package, which is ours.
XEN_MAJOR := 4
XEN_MINOR := 17
XEN_EXTRA := .0
VERSION := $(XEN_MAJOR).$(XEN_MINOR)$(XEN_EXTRA)
RELEASE := 0.1

TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST))))
BUILD ?= $(TOP)/build

# What is fetched or built once and shared between checkouts (Debian packages,
# a dom0 disk) lives outside the tree, under names that contain a hash of all
# that went into it. Deleting the folder costs time, nothing else.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/pvxen
export CACHE

CC := gcc
LD := ld
AR := ar
OBJCOPY := objcopy
# Debian's own, whose modules the package installer provides.
PYTHON := /usr/bin/python3

WARNINGS := -Wall -Wextra -Werror
CSTD := -std=gnu11

# How many jobs a recursive build runs at once when nobody said.
JOBS ?= $(shell nproc)

prefix ?= /usr
sysconfdir ?= /etc
DESTDIR ?=
