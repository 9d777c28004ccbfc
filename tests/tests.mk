# SPDX-License-Identifier: GPL-2.0-only
#
# Programs that the guest tests run, and the tests that have a target of their
# own.  Included by the top Makefile; also works alone, as
# `make -f tests/tests.mk test-programs`.
#
#   TESTS_CC     compiler (cc)
#   TESTS_BUILD  where the programs go (build/tests)
#   PLUGIN_API   version of QEMU's plugin interface that the plugins are
#                built for (1)
#   PLUGIN_DIR   where the plugins go (build/bench/plugin-API)

TESTS_TOP := $(abspath $(dir $(lastword $(MAKEFILE_LIST)))/..)
TESTS_BUILD ?= $(TESTS_TOP)/build/tests
TESTS_CC ?= cc
TESTS_FLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -pthread \
	-isystem $(TESTS_TOP)/include/uapi

PLUGIN_API ?= 1
PLUGIN_DIR ?= $(TESTS_TOP)/build/bench/plugin-$(PLUGIN_API)
PLUGINS := $(patsubst $(TESTS_TOP)/tests/bench/plugin/%.c,$(PLUGIN_DIR)/%.so,\
	$(wildcard $(TESTS_TOP)/tests/bench/plugin/*.c))

TESTS_BIN := $(patsubst $(TESTS_TOP)/tests/guest/%.c,$(TESTS_BUILD)/%,\
	$(wildcard $(TESTS_TOP)/tests/guest/*.c))

.PHONY: test-programs test-plugins kunit

# Static: the guest has no C library of its own.
test-programs: $(TESTS_BIN)

$(TESTS_BUILD)/%: $(TESTS_TOP)/tests/guest/%.c
	@mkdir -p $(@D)
	$(TESTS_CC) $(TESTS_FLAGS) -static -o $@ $< $(TESTS_LIBS) -lm

$(TESTS_BUILD)/pinstress: TESTS_LIBS := -luring

$(TESTS_BUILD)/reclaimer $(TESTS_BUILD)/irqspin: \
	$(TESTS_TOP)/tests/guest/mark.h

$(TESTS_BUILD)/tierload $(TESTS_BUILD)/tierredis: \
	$(TESTS_TOP)/tests/guest/mark.h $(TESTS_TOP)/tests/guest/access.h \
	$(TESTS_TOP)/tests/guest/zipf.h $(TESTS_TOP)/tests/guest/pace.h

$(TESTS_BUILD)/tiercost: $(TESTS_TOP)/tests/guest/zipf.h \
	$(TESTS_TOP)/tests/guest/pace.h

APF_LIB := $(addprefix $(TESTS_TOP)/tools/lib/,apf.c apf_entry.c)
APF_TESTS := $(patsubst $(TESTS_TOP)/tests/guest/%.c,$(TESTS_BUILD)/%,\
	$(wildcard $(TESTS_TOP)/tests/guest/apf*.c))

$(APF_TESTS): TESTS_LIBS := -D_GNU_SOURCE -I$(TESTS_TOP)/tools/lib \
	-I$(TESTS_TOP)/tools/examples $(APF_LIB) \
	$(addprefix $(TESTS_TOP)/tools/examples/,apf_tasks.c apf_prefetch.c)
$(APF_TESTS): $(APF_LIB) $(wildcard $(TESTS_TOP)/tools/lib/*apf*.h) \
	$(wildcard $(TESTS_TOP)/tools/examples/apf*) \
	$(TESTS_TOP)/tests/guest/apfswap.h

# They run in QEMU on the host. The benches build them for the QEMU that is
# there.
test-plugins: $(PLUGINS)

$(PLUGIN_DIR)/%.so: $(TESTS_TOP)/tests/bench/plugin/%.c \
		$(TESTS_TOP)/tests/bench/plugin/qemu.h \
		$(TESTS_TOP)/tests/guest/mark.h $(TESTS_TOP)/tests/guest/access.h
	@mkdir -p $(@D)
	$(TESTS_CC) $(TESTS_FLAGS) -DPLUGIN_API=$(PLUGIN_API) \
		-fPIC -fvisibility=hidden -shared -o $@ $<

tools: test-programs

kunit: ## the KUnit tests, on the stock kernel
	@$(TESTS_TOP)/tests/run-checks 30
