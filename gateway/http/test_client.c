/* Who is believed about where a request comes from. */
#include "test.h"

#include "http/client.h"

static const char *read(struct ctx *cx, const char *text)
{
    struct address a;

    if (!address_read(text, strlen(text), &a))
        return "none";
    char *hex = arena_get(cx->arena, 33);
    text_hex(a.at, 16, hex);
    return hex;
}

TEST(an_address_is_read_as_proxies_write_it)
{
    static const char *const four[] = { "192.0.2.1", "192.0.2.1:4711", "::ffff:192.0.2.1", "::ffff:c000:201", "[::ffff:192.0.2.1]:1" };
    static const char *const six[] = { "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:4711", "2001:DB8:0:0:0:0:0:1" };
    static const char *const none[] = { "", " ", "unknown", "_hidden", "192.0.2", "192.0.2.256", "192.0.2.1.5", "192.0.2.1 ", "2001:db8::1::", "[",
                                        "[]", ":1", "1:2", "3232235777", "0x7f.1", "2001:db8::1%eth0", "192.0.2.1,192.0.2.2" };

    for (size_t i = 0; i < COUNT(four); i++)
        CHECK_TEXT(read(cx, four[i]), "00000000000000000000ffffc0000201");
    for (size_t i = 0; i < COUNT(six); i++)
        CHECK_TEXT(read(cx, six[i]), "20010db8000000000000000000000001");
    for (size_t i = 0; i < COUNT(none); i++)
        CHECK_TEXT(read(cx, none[i]), "none");
}

TEST(networks_hold_their_addresses_and_no_others)
{
    static const struct { const char *list, *address; bool held; } asked[] = {
        { "10.0.0.0/8", "10.255.1.2", true },            { "10.0.0.0/8", "11.0.0.0", false },
        { "192.168.4.0/22", "192.168.7.255", true },     { "192.168.4.0/22", "192.168.8.0", false },
        { "127.0.0.1", "127.0.0.1", true },              { "127.0.0.1", "127.0.0.2", false },
        { "127.0.0.1", "127.0.0.10", false },            { "0.0.0.0/0", "203.0.113.9", true },
        { "0.0.0.0/0", "2001:db8::1", false },           { "::/0", "203.0.113.9", true },
        { "fd00::/8", "fd12:3456::1", true },            { "fd00::/8", "fe80::1", false },
        { "2001:db8::/33", "2001:db8:7fff::", true },    { "2001:db8::/33", "2001:db8:8000::", false },
        { " 10.0.0.1 ,, 10.0.0.2,", "10.0.0.2", true },  { "", "10.0.0.2", false },
        { "::1", "::1", true },                          { "::1", "0.0.0.1", false },
    };

    for (size_t i = 0; i < COUNT(asked); i++) {
        struct networks list;
        struct address a;
        NEED_OK(networks_read(cx, asked[i].list, &list));
        CHECK(address_read(asked[i].address, strlen(asked[i].address), &a));
        if (networks_have(&list, &a) != asked[i].held)
            SAY("%s in %s: %d", asked[i].address, asked[i].list, !asked[i].held);
    }
}

TEST(a_network_that_is_none_is_told_at_the_start)
{
    static const char *const bad[] = { "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8x", "localhost", "10.0.0.0/8;10.0.0.1", "::/129", "10/8" };

    for (size_t i = 0; i < COUNT(bad); i++) {
        struct networks list;
        err_t e = networks_read(cx, bad[i], &list);
        if (!e || e->code != E_CONFIG_INVALID)
            SAY("\"%s\" was taken", bad[i]);
    }
}

/* What follows from chains, the proxy at 10.0.0.1 having sent them. */
TEST(a_chain_is_believed_from_its_end_as_far_as_it_is_trusted)
{
    static const struct { const char *chain, *client; bool goes_on; } asked[] = {
        { "203.0.113.9", "cb007109", false },
        { "198.51.100.1, 203.0.113.9", "cb007109", false },                 /* the first was sent by the client */
        { "198.51.100.1, 203.0.113.9, 10.0.0.2", "cb007109", false },
        { "203.0.113.9,10.0.0.2,10.9.9.9", "cb007109", false },
        { "10.0.0.3, 10.0.0.2", "0a000003", true },
        { "203.0.113.9, unknown, 10.0.0.2", "0a000002", false },
        { "203.0.113.9, ", "0a000001", false },
        { "", "0a000001", false },
        { ",,,,", "0a000001", false },
        { "127.0.0.1", "7f000001", false },                                 /* trusted is only who is listed */
    };
    struct networks trusted;

    NEED_OK(networks_read(cx, "10.0.0.0/8", &trusted));
    for (size_t i = 0; i < COUNT(asked); i++) {
        struct address hop;
        char hex[33];
        int hops = 0;
        CHECK(address_read("10.0.0.1", 8, &hop));
        bool goes_on = client_follow(&trusted, asked[i].chain, &hop, &hops);
        text_hex(hop.at, 16, hex);
        if (strcmp(hex + 24, asked[i].client) || goes_on != asked[i].goes_on)
            SAY("\"%s\": %s, %d", asked[i].chain, hex + 24, goes_on);
    }
}

TEST(a_chain_without_end_is_not_followed_for_ever)
{
    struct text chain = text_new(cx->arena, 16384, 65536);
    struct networks trusted;
    struct address hop;
    int hops = 0;

    NEED_OK(networks_read(cx, "10.0.0.0/8", &trusted));
    for (int i = 0; i < 1000; i++)
        text_put(&chain, "10.1.1.1,");
    text_put(&chain, "10.1.1.1");
    CHECK(address_read("10.0.0.1", 8, &hop));
    CHECK(!client_follow(&trusted, chain.at, &hop, &hops));
    CHECK(hops < 20);
}
