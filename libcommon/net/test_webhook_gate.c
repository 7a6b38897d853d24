#include "net/webhook_gate.h"
#include "test.h"

static enum err_code checked(struct ctx *cx, const struct webhook_rules *rules, const char *url, bool *guarded)
{
    err_t e = webhook_url_check(cx, rules, url, guarded);

    return e ? e->code : ERR_CODES;
}

TEST(a_webhook_goes_to_public_addresses_over_https)
{
    static const char *const good[] = {
        "https://example.org", "https://example.org/hook?x=1", "HTTPS://Example.org:8443/a%20b", "https://93.184.216.34/", "https://[2606:2800:220:1::1]:443/x",
        "https://hooks.example.org?x", "https://xn--bcher-kva.example/",
    };
    static const struct { const char *url; enum err_code code; } bad[] = {
        { "http://example.org/", E_INPUT_INVALID }, { "ftp://example.org/", E_INPUT_INVALID }, { "example.org", E_INPUT_INVALID }, { "https://", E_INPUT_INVALID },
        { "https:///x", E_INPUT_INVALID }, { "https://user:pw@example.org/", E_INPUT_INVALID }, { "https://example.org@127.0.0.1/", E_INPUT_INVALID },
        { "https://example.org\\@127.0.0.1/", E_INPUT_INVALID }, { "https://example.org/#x", E_INPUT_INVALID }, { "https://exa mple.org/", E_INPUT_INVALID },
        { "https://example.org:99999999/", E_INPUT_INVALID }, { "https://example.org:/", E_INPUT_INVALID }, { "https://example.org:8x/", E_INPUT_INVALID },
        { "https://[::1/", E_INPUT_INVALID }, { "https://ex%61mple.org/", E_INPUT_INVALID }, { "https://été.example/", E_INPUT_INVALID },
        { "https://127.0.0.1/", E_EGRESS_REFUSED }, { "https://localhost/", E_EGRESS_REFUSED }, { "https://LOCALHOST:8443", E_EGRESS_REFUSED },
        { "https://10.1.2.3/", E_EGRESS_REFUSED }, { "https://169.254.169.254/latest/meta-data", E_EGRESS_REFUSED }, { "https://2130706433/", E_EGRESS_REFUSED },
        { "https://0x7f.1/", E_EGRESS_REFUSED }, { "https://0/", E_EGRESS_REFUSED }, { "https://[::1]/", E_EGRESS_REFUSED }, { "https://[::ffff:10.0.0.1]/", E_EGRESS_REFUSED },
        { "https://[fd00::1]/", E_EGRESS_REFUSED },
    };
    struct webhook_rules rules = { .hosts = NULL };
    bool guarded;

    for (size_t i = 0; i < COUNT(good); i++)
        if (checked(cx, &rules, good[i], &guarded) != ERR_CODES || !guarded)
            SAY("%s is refused, or not guarded", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        if (checked(cx, &rules, bad[i].url, &guarded) != bad[i].code)
            SAY("%s is not %s", bad[i].url, err_name(bad[i].code));
}

TEST(the_operator_opens_hosts_by_name_and_http_to_all)
{
    struct webhook_rules named = { .hosts = "hooks.internal, 127.0.0.1,::1" }, insecure = { .insecure = true };
    bool guarded;

    CHECK_OK(webhook_url_check(cx, &named, "http://hooks.internal:8080/x", &guarded));
    CHECK(!guarded);
    CHECK_OK(webhook_url_check(cx, &named, "http://127.0.0.1:9/", &guarded));
    CHECK(!guarded);
    CHECK_OK(webhook_url_check(cx, &named, "http://[::1]/", &guarded));
    CHECK(!guarded);
    CHECK_FAILS(webhook_url_check(cx, &named, "http://hooks.internal.example.org/", &guarded), INPUT_INVALID);
    CHECK_FAILS(webhook_url_check(cx, &named, "https://127.0.0.2/", &guarded), EGRESS_REFUSED);
    CHECK_OK(webhook_url_check(cx, &insecure, "http://example.org/", &guarded));
    CHECK(guarded);
    CHECK_FAILS(webhook_url_check(cx, &insecure, "http://127.0.0.1/", &guarded), EGRESS_REFUSED);
}
