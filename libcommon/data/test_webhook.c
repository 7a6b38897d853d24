/* Standard Webhooks: the worked example of its contract, and everything a receiver must refuse. */
#include "data/webhook.h"
#include "test.h"

#define SECRET "whsec_AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
#define ID     "msg_test_0001"
#define AT     INT64_C(1795168800)
#define BODY   "{\"type\":\"call.completed\",\"timestamp\":\"2026-11-20T10:00:00Z\",\"data\":{\"id\":\"call_42\",\"note\":\"été\"}}"
#define SIGNED "v1,3JS9LOdC5LOmkiN3W6jY+G0Sl28mo6nEVSDOOzHEqEQ="

static const struct bytes body = { BODY, sizeof(BODY) - 1 };

#define SENT(id_, timestamp_, signature_, body_) (&(struct webhook_sent){ id_, timestamp_, signature_, body_ })
#define NOW        "1795168800"
#define GOOD       SENT(ID, NOW, SIGNED, body)
#define BY(sign)   SENT(ID, NOW, sign, body)
#define OF(id_)    SENT(id_, NOW, SIGNED, body)
#define WHEN(at_)  SENT(ID, at_, SIGNED, body)
#define SAYING(text) SENT(ID, NOW, SIGNED, ((struct bytes){ text, strlen(text) }))

TEST(the_worked_example_is_signed_as_the_contract_says)
{
    const char *got;

    CHECK_INT(body.n, 99);
    CHECK_OK(webhook_sign(cx, SECRET, ID, AT, body, &got));
    CHECK_TEXT(got, SIGNED);
}

TEST(an_id_with_a_full_stop_and_a_secret_that_is_none_are_not_signed)
{
    const char *got;

    CHECK_FAILS(webhook_sign(cx, SECRET, "msg.1", AT, body, &got), BUG);
    CHECK_FAILS(webhook_sign(cx, "whsec_AQID", ID, AT, body, &got), BUG);
    CHECK_FAILS(webhook_sign(cx, "whsec_???", ID, AT, body, &got), BUG);
}

TEST(secrets_are_new_each_time_and_sign)
{
    const char *one = webhook_secret_new(cx), *two = webhook_secret_new(cx), *got;

    CHECK(text_starts(one, WEBHOOK_SECRET_START) && strcmp(one, two));
    CHECK_INT(strlen(one), 6 + 44);
    CHECK_OK(webhook_sign(cx, one, ID, AT, body, &got));
    CHECK_OK(webhook_verify(cx, one, BY(got), AT));
    CHECK_FAILS(webhook_verify(cx, two, BY(got), AT), TOKEN_INVALID);
}

TEST(what_the_sender_signed_is_taken)
{
    CHECK_OK(webhook_verify(cx, SECRET, GOOD, AT));
    CHECK_OK(webhook_verify(cx, SECRET + 6, GOOD, AT));                   /* a secret without its prefix */
    CHECK_OK(webhook_verify(cx, SECRET, GOOD, AT + WEBHOOK_LEEWAY_S));
    CHECK_OK(webhook_verify(cx, SECRET, GOOD, AT - WEBHOOK_LEEWAY_S));
    CHECK_OK(webhook_verify(cx, SECRET, BY("v1,AAAS9LOdC5LOmkiN3W6jY+G0Sl28mo6nEVSDOOzHEqE= " SIGNED), AT));
    CHECK_OK(webhook_verify(cx, SECRET, BY("v1a,x v2,y  " SIGNED), AT));
}

TEST(whatever_else_is_refused)
{
    static const char other_body[] = "{\"type\":\"call.completed\",\"timestamp\":\"2026-11-20T10:00:00Z\",\"data\":{\"id\":\"call_43\",\"note\":\"été\"}}";
    static const char written_anew[] = "{\"type\": \"call.completed\", \"timestamp\": \"2026-11-20T10:00:00Z\", \"data\": {\"id\": \"call_42\", \"note\": \"été\"}}";
    const struct webhook_sent *bad[] = {
        SAYING(other_body), SAYING(written_anew), SAYING(""),
        OF(NULL), OF(""), OF("msg_test_0002"), WHEN(NULL), BY(NULL), BY(""),
        WHEN("soon"), WHEN("-1795168800"), WHEN("1795168801"), WHEN("1795168800.0"),
        WHEN(" 1795168800"), WHEN(""), WHEN("99999999999999999999"),
        BY("v1a,3JS9LOdC5LOmkiN3W6jY+G0Sl28mo6nEVSDOOzHEqEQ="), BY("v2,3JS9LOdC5LOmkiN3W6jY+G0Sl28mo6nEVSDOOzHEqEQ="),
        BY("v1,3JS9LOdC5LOmkiN3W6jY+G0Sl28mo6nEVSDOOzHEqEQ"), BY("3JS9LOdC5LOmkiN3W6jY+G0Sl28mo6nEVSDOOzHEqEQ="),
        BY("v1,"), BY("v1,4JS9LOdC5LOmkiN3W6jY+G0Sl28mo6nEVSDOOzHEqEQ="), BY("v1"),
    };

    for (size_t i = 0; i < COUNT(bad); i++)
        if (webhook_verify(cx, SECRET, bad[i], AT) == OK)
            SAY("message %zu was taken", i);
    CHECK_FAILS(webhook_verify(cx, SECRET, GOOD, AT + WEBHOOK_LEEWAY_S + 1), TOKEN_INVALID);
    CHECK_FAILS(webhook_verify(cx, SECRET, GOOD, AT - WEBHOOK_LEEWAY_S - 1), TOKEN_INVALID);
    CHECK_FAILS(webhook_verify(cx, "whsec_ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICA=", GOOD, AT), TOKEN_INVALID);
    CHECK_FAILS(webhook_verify(cx, "whsec_short", GOOD, AT), CONFIG_INVALID);
}

TEST(an_empty_body_has_a_signature_too)
{
    const char *got;

    CHECK_OK(webhook_sign(cx, SECRET, ID, AT, (struct bytes){ "", 0 }, &got));
    CHECK_OK(webhook_verify(cx, SECRET, SENT(ID, NOW, got, ((struct bytes){ "", 0 })), AT));
}
