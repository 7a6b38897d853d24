#!/usr/bin/env bash
# Ask a spoken question as a client would: register, send a real recording, watch each step, read the answer, keep the
# spoken reply and the PDF in .run/demo/. Needs what `make up` starts.
#   RECORDING=file QUESTION='...' LANGUAGE=fr make demo      asks something else; QUESTION= takes what is said as the question
set -euo pipefail
# shellcheck source=scripts/common.sh
. "$(dirname "$0")/common.sh"
RUN=$TOP/.run OUT=$TOP/.run/demo
RECORDING=${RECORDING:-/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0920.wav}
QUESTION=${QUESTION-What would have made him more respectable?}
LANGUAGE_ASKED=${LANGUAGE:-en}
[[ $LANGUAGE_ASKED =~ ^[a-zA-Z]{2,3}(-[A-Za-z0-9]+)*$ ]] || LANGUAGE_ASKED=en   # the system's LANGUAGE may be fr:en

ADDRESS=$(awk '$1 == "palabre-gateway" { print $4 }' "$RUN/daemons" 2>/dev/null || true)
[ -n "$ADDRESS" ] || die "no gateway runs: make up"
[ -r "$RECORDING" ] || die "no recording $RECORDING (Debian: pocketsphinx-testdata); RECORDING=file.wav names another"
API=http://$ADDRESS/api/v1
mkdir -p "$OUT"

# api NAME CURL-ARGUMENT...: the body goes to OUT/NAME; anything but 2xx ends the demo with the server's own words.
api() {
    local name=$1 status
    shift
    status=$(curl -sS -m 60 -o "$OUT/$name" -w '%{http_code}' ${TOKEN:+-H "Authorization: Bearer $TOKEN"} "$@") ||
        die "no answer from $ADDRESS: make status, make logs"
    [[ $status == 2* ]] || die "$name: $status $(jq -r '.detail // .title // .' "$OUT/$name" 2>/dev/null | head -c 300)"
}
bold='' plain=''
[ ! -t 1 ] || bold=$'\033[1m' plain=$'\033[0m'
seconds_of() { ffprobe -v error -show_entries format=duration -of csv=p=0 "$1" 2>/dev/null | awk '{ printf "%.1f s", $1 }'; }
step() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

step "1. A user registers"
email=demo-$(date +%s%N)@example.org
password=$(head -c 18 /dev/urandom | base64)
api register.json --json "$(jq -n --arg e "$email" --arg p "$password" '{email: $e, password: $p, name: "Demo"}')" "$API/auth/register"
TOKEN=$(jq -r .access_token "$OUT/register.json")
[ "$TOKEN" != null ] || die "the registration gave no token"
say "   $email"

step "2. and asks, speaking"
say "   $RECORDING, $(seconds_of "$RECORDING")"
[ -z "$QUESTION" ] || say "   about it: $QUESTION"
api ask.json -F "audio=@$RECORDING" ${QUESTION:+-F "question=$QUESTION"} -F "language=$LANGUAGE_ASKED" -F report=true "$API/ask"
ask=$(jq -r .id "$OUT/ask.json") job=$(jq -r .job_id "$OUT/ask.json")
say "   202: accepted as job $job"

# The job's events as they come, until it is done; curl then ends because the server ends the stream.
step "3. Each step, as it happens"
start=${EPOCHREALTIME/./}
show_events() {
    local line event='' data at
    while IFS= read -r line; do
        line=${line%$'\r'}
        case $line in
        event:*) event=${line#event:} event=${event# } ;;
        data:*)  data=${line#data:} ;;
        '')
            at=$(((${EPOCHREALTIME/./} - start) / 1000))
            case $event in
            started) printf '   %6d ms  %-10s begins\n' $at "$(jq -r .step <<<"$data")" ;;
            step)    printf '   %6d ms  %-10s %s, %s ms\n' $at $(jq -r '.step, .state, .ms' <<<"$data") | tee -a "$OUT/steps" ;;
            done)    jq -r '.state + " " + (.error // "")' <<<"$data" >"$OUT/state"; return ;;
            esac
            event=''
            ;;
        esac
    done
}
rm -f "$OUT/steps" "$OUT/state"
show_events < <(curl -sSN -m 120 -H "Authorization: Bearer $TOKEN" "$API/jobs/$job/events")
state=$(cat "$OUT/state" 2>/dev/null || true)
[[ $state == succeeded* ]] || die "the job ended as: ${state:-nothing within 120 s}; make logs says more"

step "4. What came of it"
api answer.json "$API/ask/$ask"
api reply.mp3 "$API/ask/$ask/audio"
api report.pdf "$API/ask/$ask/report.pdf"
jq -r '
    "   heard     \(.transcript.text)",
    "             \([.transcript.words[:6][] | "\(.word) \(.start * 100 | round / 100)-\(.end * 100 | round / 100) s"] | join(", ")) ...",
    "   answered  \(.answer | gsub("\n"; "\n             "))"' "$OUT/answer.json"
say "   spoken    $OUT/reply.mp3, $(seconds_of "$OUT/reply.mp3")"
say "   reported  $OUT/report.pdf, $(pdfinfo "$OUT/report.pdf" 2>/dev/null | awk '/^Pages/ { print $2 }') pages"
say ""
jq -r '.steps[] | [.step, .engine // "-", .model // "-", (.ms | tostring) + " ms"] | @tsv' "$OUT/answer.json" |
    awk -F '\t' '{ printf "   %-10s by %-12s %-12s %s\n", $1, $2, $3, $4 }'

step "What runs where"
say "   http://${ADDRESS/127.0.0.1/localhost}              the API; its documentation: http://${ADDRESS/127.0.0.1/localhost}/api/v1/docs"
say "   make status, make logs, make down"
