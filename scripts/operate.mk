# What an operator and the CI type. Included by the Makefile.
#
# Each step that needs packages calls make again: what pkg-config knows is asked when make starts.

RUN_MAKE := $(MAKE) --no-print-directory --silent -j2

install:
	@scripts/install.sh

# Assets of the documentation pages, as the gateway serves them.
build/share/.done: node_modules/.installed
	@rm -rf build/share && mkdir -p build/share/swagger-ui build/share/redoc
	@cp node_modules/swagger-ui-dist/{swagger-ui.css,swagger-ui-bundle.js,swagger-ui-standalone-preset.js,favicon-32x32.png,LICENSE,NOTICE} build/share/swagger-ui/
	@cp node_modules/redoc/bundles/redoc.standalone.js node_modules/redoc/bundles/redoc.standalone.js.LICENSE.txt node_modules/redoc/LICENSE build/share/redoc/
	@touch $@
node_modules/.installed:
	@scripts/install.sh
share: build/share/.done

up: install
	@$(RUN_MAKE) MODE=release all share
	@scripts/up.sh
reload:
	@scripts/servers.sh reload .run/servers haproxy
down:
	@scripts/down.sh
wipe:
	@scripts/down.sh wipe
status:
	@scripts/status.sh
logs:
	@tail -n 20 -F .run/log/palabre-$(or $(LOGS),)*.log
demo: up
	@scripts/demo.sh

# The database's migrations: make db-generate MESSAGE="add full name to user", db-downgrade N=2; the rest without arguments.
db-generate:
	@scripts/db-migrate.sh generate "$(MESSAGE)"
db-downgrade:
	@scripts/db-migrate.sh downgrade -$(or $(N),1)
db-upgrade db-history db-current db-reset db-init: db-%:
	@scripts/db-migrate.sh $*

# After a setting was added or changed.
env-example:
	@$(RUN_MAKE) MODE=release all
	@scripts/env-example.sh >.env.example.new && mv .env.example.new .env.example

# After a route or a shape was added or changed.
docs/openapi.json:
	@$(RUN_MAKE) MODE=release build/release/palabre-gateway
	@set -o pipefail; build/release/palabre-gateway --openapi | jq . >$@.new && mv $@.new $@

# Suites: the components', then Python's (a folder of tests/ with pytest files).
PYTHON_SUITES := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard tests/*/test_*.py)))))
test:
	@tests/run.sh
$(addprefix test-,$(SUITES) $(PYTHON_SUITES)): test-%:
	@tests/run.sh $*
list-suites:
	@echo components $(SUITES)
	@echo python $(PYTHON_SUITES)
lint:
	@scripts/lint.sh
# Which lines the tests reach; OF='gateway/transcription/ services/stt/' bounds it, SUITES='stt api' runs only these.
coverage:
	@scripts/coverage.sh $(OF)
# Of the transcription product, which has to stay above 90 %.
coverage-transcription:
	@SUITES='gateway stt audio notify llm products saas' ONLY_PYTHON='transcri or webhook or saas_ia or assistant' COVER_LEAST=90 scripts/coverage.sh \
	    gateway/transcription/ gateway/assistant/ gateway/webhooks/ 'services/llm/(works|chapters|see|sight|extract/topics)' services/audio/ services/stt/ services/notify/ libcommon/app/files_left.c libcommon/net/webhook_gate.c

.PHONY: install share up reload down wipe status logs demo db-generate db-downgrade db-upgrade db-history db-current db-reset db-init env-example test list-suites lint coverage coverage-transcription docs/openapi.json $(addprefix test-,$(SUITES) $(PYTHON_SUITES))
