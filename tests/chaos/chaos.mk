# make chaos: what was promised is held while everything fails. Included by the Makefile.
#
#   make chaos                          PLAN=smoke, two minutes; PLAN=full, under an hour
#   make chaos PLAN=full SEED=7         the same faults again
#   make chaos PEER=/a/directory        kill -9 alone, ours and a second system, side by side
#   make chaos WRITE=1                  and write the figures into docs/RELIABILITY.md

chaos:
	@$(MAKE) --no-print-directory --silent -j2 MODE=release all
	@/usr/bin/python3 tests/chaos

.PHONY: chaos
