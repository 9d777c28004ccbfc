# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that the guest tests run, and the tests that have a target of their
# own.  Included by the top Makefile; also works alone, as
# `make -f tests/tests.mk test-programs`.
#
#   TESTS_CC     compiler (cc)
#   TESTS_BUILD  where the programs go (build/tests)

TESTS_TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
TESTS_BUILD ?= $(TESTS_TOP)/build/tests
TESTS_CC ?= cc
TESTS_FLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -pthread \
	-isystem $(TESTS_TOP)/include/uapi

TESTS_BIN := $(patsubst $(TESTS_TOP)/tests/guest/%.c,$(TESTS_BUILD)/%,\
	$(wildcard $(TESTS_TOP)/tests/guest/*.c))

.PHONY: test-programs kunit

# Static: the guest has no C library of its own.
test-programs: $(TESTS_BIN)

$(TESTS_BUILD)/%: $(TESTS_TOP)/tests/guest/%.c
	@mkdir -p $(@D)
	$(TESTS_CC) $(TESTS_FLAGS) -static -o $@ $< -lm

tools: test-programs

kunit: ## the KUnit tests, on the stock kernel
	@$(TESTS_TOP)/tests/run-checks 30
