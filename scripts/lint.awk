# The layers and manners of our C, read line by line. Run by lint.sh over every .c and .h.

BEGIN {
    rank["base"] = 1; rank["data"] = 2; rank["net"] = 3; rank["app"] = 4

    # Which files may include a library's headers.
    only("^libpq",                     "^libcommon/net/(test_)?pg[a-z_]*[.][ch]$")
    only("^hiredis/",                  "^libcommon/net/(test_)?redis[a-z_]*[.][ch]$")
    only("^amqp",                      "^libcommon/net/(test_)?amqp[a-z_]*[.][ch]$")
    only("^curl/",                     "^libcommon/net/(test_)?http[a-z_]*[.][ch]$|^libcommon/net/mail_link[.]c$")
    only("^(open)?ldap[.]h",           "^libcommon/net/(test_)?directory[a-z_]*[.][ch]$")
    only("^zip[.]h$",                  "^libcommon/data/archive[.]c$")
    only("^civetweb",                  "^gateway/edge/")
    only("^cjson/",                    "^libcommon/data/json[a-z_]*[.]c$")
    only("^protobuf-c/",               "^libcommon/data/wire[a-z_]*[.][ch]$|^proto/")
    only("[.]pb-c[.]h$",               "^proto/|^libcommon/data/wire[a-z_]*[.]c$")
    only("^openssl/|^argon2",          "^libcommon/data/crypto[a-z_]*[.][ch]$|/(password|jwt)[a-z_]*[.]c$")
    only("^pocketsphinx|^sphinxbase",  "^services/stt/engines/|^tests/bench/hear[.]c$")
    only("^cairo|^pango|^glib",        "^services/document/")
    only("^cmark",                     "^services/(document|tts)/")
}
function only(header, where) { library[++libraries] = header; place[libraries] = where }

function complain(line, what) { printf "%s:%d: %s\n", FILENAME, line, what }

FNR == 1 { finish_file(); start_file() }

function start_file(    part) {
    file = FILENAME; lines = 0; function_line = 0; in_comment = 0
    split(file, part, "/")
    is_test = file ~ /(^|\/)(test|test_[^\/]*|fuzz_[^\/]*)[.]c$/ || part[1] == "tests"
    is_table = file ~ /(^|\/)(routes|shapes[^\/]*)[.]c$/ || file == "libcommon/base/err.h"
    top = part[1]; area = part[2]
}
function finish_file() {
    if (file && lines > 600 && !is_test && !is_table)
        printf "%s:%d: %d lines, 600 at most\n", file, lines, lines
}
END { finish_file() }

{ lines = FNR }

/^[ \t]*#[ \t]*include/ { check_include() ; next }

# --- includes ---

function check_include(    name, i, dir) {
    name = $0
    sub(/^[^"<]*["<]/, "", name)
    sub(/[">].*/, "", name)
    if (name ~ /[.][.]\//)
        complain(FNR, "includes " name ": no ../")
    for (i = 1; i <= libraries; i++)
        if (name ~ library[i] && file !~ place[i] && !(is_test && name ~ /pb-c/))
            complain(FNR, "includes " name ", which only " readable(place[i]) " may")
    if ($0 !~ /"/ || name !~ /\//)
        return
    dir = name
    sub(/\/.*/, "", dir)
    check_layer(name, dir)
}
function readable(pattern) {
    gsub(/\[a-z_\]|\(test_\)\?/, "", pattern)
    gsub(/\[[.]\]\[ch\]/, ".c", pattern)
    gsub(/\[[.]\]/, ".", pattern)
    gsub(/[$^]/, "", pattern)
    gsub(/\|/, ", ", pattern)
    return pattern
}
function check_layer(name, dir) {
    if (dir == "gateway" || dir == "services" || dir == "libcommon")
        complain(FNR, "includes " name ": a component is reached from within itself only, without its path")
    if (top == "libcommon" && (dir in rank) && rank[dir] > rank[area])
        complain(FNR, "includes " name ": " area " is below " dir)
    if (top == "libcommon" && dir == "proto" && area != "app" && !is_test)
        complain(FNR, "includes " name ": only app, the services and the gateway know proto")
    if (top == "proto" && dir != "proto" && dir != "base" && dir != "data")
        complain(FNR, "includes " name ": proto is above base and data only")
    if (top == "gateway" && area == "edge" && dir != "base" && dir != "edge" && !is_test)
        complain(FNR, "includes " name ": edge knows base and itself")
    if (top == "gateway" && area == "http" && !(dir in rank) && dir != "edge" && dir != "http")
        complain(FNR, "includes " name ": http knows libcommon, edge and itself, no product")
}

# --- code, without comments and the insides of strings ---

{
    code = $0
    gsub(/\\\\|\\"|'"'/, "", code)
    gsub(/"[^"]*"/, "\"\"", code)
    code = without_comments(code)
}
function without_comments(s,    from, to) {
    for (;;) {
        if (in_comment) {
            to = index(s, "*/")
            if (!to)
                return ""
            s = substr(s, to + 2)
            in_comment = 0
        }
        from = index(s, "/*")
        if (!from)
            break
        to = index(substr(s, from + 2), "*/")
        if (!to) {
            in_comment = 1
            return substr(s, 1, from - 1)
        }
        s = substr(s, 1, from - 1) " " substr(s, from + 2 + to + 1)
    }
    sub(/\/\/.*/, "", s)
    return s
}

code ~ /(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|system|popen)[ ]*\(/ {
    complain(FNR, "calls a banned function: " trim(code))
}
code ~ /(^|[^A-Za-z0-9_])goto([^A-Za-z0-9_]|$)/ { complain(FNR, "goto") }
# What waits by the wall clock waits for an hour when somebody sets that clock back.
code ~ /CLOCK_REALTIME/ && file !~ /^libcommon\/(base\/clock|data\/uuid)[.]c$/ && !is_test {
    complain(FNR, "the wall clock: clock_ms() is for waiting, clock_wall_ms() for telling")
}
# The one typedef of ours, and a library's own type named without its header.
code ~ /typedef[ ]+(struct|union|enum)/ && code !~ /\*err_t;/ && code !~ /typedef struct [A-Z][A-Za-z]* [A-Z][A-Za-z]*;/ {
    complain(FNR, "typedef of a struct, union or enum")
}
function trim(s) { sub(/^[ \t]+/, "", s); return substr(s, 1, 60) }

# --- sizes: a function's braces stand in the first column ---

code ~ /^\{[ \t]*$/ { function_line = FNR }
code ~ /^\}/ && function_line {
    if (FNR - function_line - 1 > 60 && !is_test && !is_table)
        complain(function_line, "a function of " FNR - function_line - 1 " lines, 60 at most")
    function_line = 0
}
