# make bench: the workloads of docs/PERFORMANCE.md, measured. Included by the Makefile.
#
#   make bench                          all of them, on private servers, release build
#   make bench ONLY="W2 W3" RUNS=5      some
#   make bench PEER=/a/directory        with a second system beside it, see tests/bench/peer.py
#   make bench WRITE=1                  and write the figures into docs/PERFORMANCE.md

BENCH_TOOLS := load streams upstream accept handover audit hear
$(B)/bench/hear: LIBS_common += $(LIBS_stt)
$(BENCH_TOOLS:%=$(B)/bench/%): $(B)/bench/%: $(B)/tests/bench/%.o $(B)/tests/bench/gen.o $(B)/libcommon.a
	@mkdir -p $(@D)
	@echo "  LD  $@"
	@$(CC) $(LDFLAGS) $^ $(LIBS_common) -o $@
bench-tools: $(BENCH_TOOLS:%=$(B)/bench/%)

bench:
	@$(MAKE) --no-print-directory MODE=release all bench-tools
	@/usr/bin/python3 tests/bench

.PHONY: bench bench-tools
.SECONDARY: $(BENCH_TOOLS:%=$(B)/tests/bench/%.o)

# How the workers scale, and what that means for many users: docs/SCALING.md. MODEL=1: only the model; WRITE=1.
scale:
	@[ "$(MODEL)" = 1 ] || $(MAKE) --no-print-directory MODE=release all bench-tools
	@MODEL=$(MODEL) /usr/bin/python3 tests/bench/scale.py

.PHONY: scale
