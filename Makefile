# Palabre: build, run, test. `make help` lists the targets.
#
#   make demo              set everything up and answer a recorded question
#   make test              everything the CI runs
#   make test-SERVICE      one suite: libcommon gateway audio stt llm tts document notify scheduler ctl api products chaos simulator
#   make up|down|status|logs
#   make docs/openapi.json after a route or a shape was changed
#   make MODE=asan|tsan|release all
#   make fuzz SECONDS_EACH=60
#   make chaos             everything fails in random order, nothing promised is lost (docs/RELIABILITY.md)
.DEFAULT_GOAL := all
SHELL   := /bin/bash
MODE    ?= release
CC      := $(if $(filter fuzz,$(MODE)),clang,gcc)
CCACHE  := $(shell command -v ccache 2>/dev/null)
B       := build/$(MODE)

WARN    := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual \
           -Wformat=2 -Wwrite-strings -Wundef
CFLAGS_release := -O2 -g -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CFLAGS_asan    := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_tsan    := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
# gcc's own execve writes the counters first and once for all, which behind vfork ends those of the parent.
CFLAGS_cov     := -O0 -g --coverage -fno-builtin-execve
CFLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
LDFLAGS_release := -Wl,-z,relro,-z,now -Wl,--disable-new-dtags,-rpath,'$$ORIGIN/lib'
PACKAGES := cairo pangocairo pocketsphinx sphinxbase
BASE_CFLAGS := -std=gnu17 -fPIE $(WARN) $(CFLAGS_$(MODE)) -ffile-prefix-map=$(CURDIR)=. -MMD -MP -pthread \
           -DPALABRE_VERSION='"$(shell cat VERSION)"'
LDFLAGS := -pie -pthread $(CFLAGS_$(MODE)) $(LDFLAGS_$(MODE)) -Wl,--as-needed
INCLUDE_common := -Ilibcommon -I. -Ibuild/gen -Itests

SERVICES := $(notdir $(patsubst %/,%,$(wildcard services/*/)))
WORKERS  := $(filter-out ctl,$(SERVICES))
DAEMONS  := $(if $(wildcard gateway/main.c),palabre-gateway) $(WORKERS:%=palabre-%) $(if $(filter ctl,$(SERVICES)),palabrectl)

# What each program needs beyond libc; only what is used is linked (--as-needed).
LIBS_common := -lpq -lhiredis -lrabbitmq -lcjson -lcrypto -largon2 -lcrypt -lprotobuf-c -lcurl -lldap -lzip -lm
LIBS_gateway := -lcivetweb -ldl
LIBS_stt := $(shell pkg-config --libs pocketsphinx 2>/dev/null)
LIBS_document := $(shell pkg-config --libs pangocairo cairo 2>/dev/null) -lcmark
LIBS_tts := -lcmark
CFLAGS_stt := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags pocketsphinx 2>/dev/null))
CFLAGS_document := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags pangocairo cairo 2>/dev/null))

# --- generated: SQL constants per component, protobuf ---

components := libcommon gateway $(SERVICES:%=services/%)
sql_of = $(sort $(shell find $(1) -name '*.sql' -path '*/sql/*' 2>/dev/null))
PROTO   := $(wildcard proto/*.proto)
PROTO_C := $(PROTO:proto/%.proto=build/gen/proto/%.pb-c.c)

define component_sql
build/gen/$(1)/sql.c: $(call sql_of,$(1)) scripts/embed-sql.sh
	@mkdir -p $$(@D)
	@scripts/embed-sql.sh build/gen/$(1)/sql.h $$@ $$(filter %.sql,$$^)
build/gen/$(1)/sql.h: build/gen/$(1)/sql.c
	@test -e $$@
endef
$(foreach c,$(components),$(eval $(call component_sql,$(c))))

build/gen/proto/%.pb-c.c build/gen/proto/%.pb-c.h: proto/%.proto
	@mkdir -p $(@D)
	@protoc-c --c_out=build/gen/proto -Iproto $<

generated: $(components:%=build/gen/%/sql.h) $(PROTO_C)

# --- objects: every component sees libcommon, proto and itself, never another ---

is_test = $(filter %/test.c,$(1)) $(foreach f,$(1),$(if $(findstring /test_,$(f)),$(f))) $(foreach f,$(1),$(if $(findstring /fuzz_,$(f)),$(f)))
all_of  = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
src_of  = $(filter-out $(call is_test,$(call all_of,$(1))),$(call all_of,$(1)))
test_of = $(filter-out $(foreach f,$(call all_of,$(1)),$(if $(findstring /fuzz_,$(f)),$(f))),$(call is_test,$(call all_of,$(1))))
obj_of  = $(patsubst %.c,$(B)/%.o,$(1))

COMMON_O := $(call obj_of,$(call src_of,libcommon)) $(call obj_of,$(wildcard proto/*.c)) \
            $(B)/build/gen/libcommon/sql.o $(PROTO:proto/%.proto=$(B)/build/gen/proto/%.pb-c.o)

# compile,<object dir>,<component>,<extra flags>
define compile_rules
$(B)/$(1)/%.o: $(1)/%.c | generated
	@mkdir -p $$(@D)
	@echo "  CC  $$<"
	@$(CCACHE) $(CC) $(BASE_CFLAGS) -Ibuild/gen/$(1) $(if $(filter-out libcommon,$(1)),-I$(1)) $(INCLUDE_common) $(2) -c $$< -o $$@
$(B)/build/gen/$(1)/sql.o: build/gen/$(1)/sql.c
	@mkdir -p $$(@D)
	@$(CCACHE) $(CC) $(BASE_CFLAGS) -Ibuild/gen/$(1) $(INCLUDE_common) -c $$< -o $$@
endef
$(eval $(call compile_rules,libcommon,-I/usr/include/postgresql))
$(eval $(call compile_rules,gateway,))
$(foreach s,$(SERVICES),$(eval $(call compile_rules,services/$(s),$(CFLAGS_$(s)))))
$(eval $(call compile_rules,tests,$(CFLAGS_stt)))

$(B)/proto/%.o: proto/%.c | generated
	@mkdir -p $(@D)
	@$(CCACHE) $(CC) $(BASE_CFLAGS) $(INCLUDE_common) -c $< -o $@
# Generated code answers to its generator's idea of warnings, not to ours.
$(B)/build/gen/proto/%.o: build/gen/proto/%.c
	@mkdir -p $(@D)
	@$(CCACHE) $(CC) $(BASE_CFLAGS) -w -c $< -o $@

$(B)/libcommon.a: $(COMMON_O)
	@rm -f $@
	@ar rcs $@ $^

# --- programs ---

$(B)/palabre-gateway: $(call obj_of,$(call src_of,gateway)) $(B)/build/gen/gateway/sql.o $(B)/libcommon.a
	@echo "  LD  $@"
	@$(CC) $(LDFLAGS) $^ $(LIBS_gateway) $(LIBS_common) -o $@

define worker_rules
$(B)/$(2): $(call obj_of,$(call src_of,services/$(1))) $(B)/build/gen/services/$(1)/sql.o $(B)/libcommon.a
	@echo "  LD  $$@"
	@$(CC) $$(LDFLAGS) $$^ $(LIBS_$(1)) $(LIBS_common) -o $$@
endef
$(foreach s,$(WORKERS),$(eval $(call worker_rules,$(s),palabre-$(s))))
$(if $(filter ctl,$(SERVICES)),$(eval $(call worker_rules,ctl,palabrectl)))

# Stand-ins of libraries that are seldom needed; only what is released has them.
STAND_INS := $(if $(filter release,$(MODE)),$(B)/lib/.done)
$(B)/lib/.done: scripts/stand-ins.sh scripts/stand-in.h $(DAEMONS:%=$(B)/%)
	@CC="$(CC)" scripts/stand-ins.sh $(@D)
	@touch $@

all: $(DAEMONS:%=$(B)/%) $(STAND_INS)

# --- test programs: a component's objects without its main, its tests, the runner ---

RUNNER_O := $(call obj_of,$(wildcard tests/*.c))
define suite_rules
$(B)/test-$(1): $(call obj_of,$(filter-out %/main.c,$(call src_of,$(2)))) $(call obj_of,$(call test_of,$(2))) \
                $(B)/build/gen/$(2)/sql.o $(RUNNER_O) $(B)/libcommon/net/test_script.o $(B)/libcommon.a
	@echo "  LD  $$@"
	@$(CC) $$(LDFLAGS) $$(filter-out %.a,$$^) -Wl,--whole-archive $(B)/libcommon.a -Wl,--no-whole-archive $(LIBS_$(1)) $(LIBS_common) -o $$@
endef
$(eval $(call suite_rules,gateway,gateway))
$(foreach s,$(SERVICES),$(eval $(call suite_rules,$(s),services/$(s))))
$(B)/test-libcommon: $(call obj_of,$(call test_of,libcommon)) $(RUNNER_O) $(B)/libcommon.a
	@echo "  LD  $@"
	@$(CC) $(LDFLAGS) $(filter-out %.a,$^) -Wl,--whole-archive $(B)/libcommon.a -Wl,--no-whole-archive $(LIBS_common) -o $@

SUITES := libcommon $(if $(wildcard gateway/main.c),gateway) $(SERVICES)
suites: $(SUITES:%=$(B)/test-%)

# --- fuzzers: every parser a stranger can reach; found inputs stay in build/fuzz/corpus ---

FUZZERS := $(sort $(shell find libcommon gateway services -name 'fuzz_*.c'))
SECONDS_EACH ?= 60
# fuzz_rules,<file>,<name of the component's libraries>,<component>
define fuzz_rules
$(B)/$(basename $(1)): $(call obj_of,$(1)) $(if $(filter libcommon,$(2)),,$(call obj_of,$(filter-out %/main.c,$(call src_of,$(3)))) $(B)/build/gen/$(3)/sql.o) $(B)/libcommon.a
	@echo "  LD  $$@"
	@$(CC) $$(LDFLAGS) -fsanitize=fuzzer $$(filter-out %.a,$$^) -Wl,--whole-archive $(B)/libcommon.a -Wl,--no-whole-archive $(LIBS_$(2)) $(LIBS_common) -o $$@
endef
$(foreach f,$(filter services/%,$(FUZZERS)),$(eval $(call fuzz_rules,$(f),$(word 2,$(subst /, ,$(f))),services/$(word 2,$(subst /, ,$(f))))))
$(foreach f,$(filter-out services/%,$(FUZZERS)),$(eval $(call fuzz_rules,$(f),$(word 1,$(subst /, ,$(f))),$(word 1,$(subst /, ,$(f))))))
fuzzers: $(FUZZERS:%.c=$(B)/%)
fuzz:
	@$(MAKE) --no-print-directory MODE=fuzz fuzzers
	@for f in $(FUZZERS:%.c=%); do echo "$$f"; mkdir -p build/fuzz/corpus/$$f; \
	    build/fuzz/$$f -max_total_time=$(SECONDS_EACH) -timeout=10 -rss_limit_mb=2048 -verbosity=0 build/fuzz/corpus/$$f || exit 1; done

-include scripts/operate.mk tests/bench/bench.mk tests/soak/soak.mk tests/chaos/chaos.mk

clean:
	rm -rf build
help:
	@sed -n 's/^#   //p' Makefile
.PHONY: all clean help generated suites fuzz fuzzers
-include $(shell find $(B) -name '*.d' 2>/dev/null)
