# make soak: the house at work for a long time, see docs/RELIABILITY.md. Included by the Makefile.
#
#   make soak                           30 minutes, a daemon restarted every minute
#   make soak MINUTES=480               a night
#   make soak WRITE=1                   and write the table into docs/RELIABILITY.md

soak:
	@$(MAKE) --no-print-directory MODE=release all
	@/usr/bin/python3 tests/soak

.PHONY: soak
