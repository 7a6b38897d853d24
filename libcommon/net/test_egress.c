#include "test.h"

#include "net/http.h"

#include <arpa/inet.h>

static bool allowed(const char *address)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6 };

    if (inet_pton(AF_INET, address, &v4.sin_addr) == 1)
        return egress_allows(&v4);
    if (inet_pton(AF_INET6, address, &v6.sin6_addr) != 1)
        SAY("%s is not an address", address);
    return egress_allows(&v6);
}

TEST(addresses_that_are_not_public_are_closed_to_users)
{
    static const char *const closed[] = {
        "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1",
        "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0:8.8.8.8",
        "64:ff9b::127.0.0.1", "64:ff9b::192.168.0.1", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:10::1", "2001:db8::1",
        "2002:7f00:1::", "2002:808:808::1", "3fff::1", "3fff:fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "febf::1",
        "fec0::1", "ff02::1", "4000::1", "1fff::1",
    };

    for (size_t i = 0; i < COUNT(closed); i++)
        if (allowed(closed[i]))
            SAY("%s is let through", closed[i]);
}

TEST(public_addresses_are_open_up_to_the_edges_of_closed_ranges)
{
    static const char *const open[] = {
        "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.1", "169.253.255.255",
        "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.1", "192.167.255.255", "192.169.0.0", "198.17.255.255",
        "198.20.0.0", "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2600::1", "2a00:1450::1", "3ffe::1", "3fff:1000::1",
        "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
    };

    for (size_t i = 0; i < COUNT(open); i++)
        if (!allowed(open[i]))
            SAY("%s is refused", open[i]);
}

TEST(other_families_of_sockets_are_closed)
{
    struct sockaddr local = { .sa_family = AF_UNIX };

    CHECK(!egress_allows(&local));
}

TEST(an_operator_opens_the_gate_for_a_host_and_a_port)
{
    CHECK(!egress_is_open("127.0.0.1", "80"));
    NEED_OK(egress_open(cx, "127.0.0.1:8080,Whisper.test:9000"));
    CHECK(egress_is_open("127.0.0.1", "8080") && egress_is_open("whisper.TEST", "9000"));
    CHECK(!egress_is_open("127.0.0.1", "80") && !egress_is_open("127.0.0.1", "808") && !egress_is_open("whisper.test", "8080") && !egress_is_open("", ""));
    NEED_OK(egress_open(cx, ""));
    CHECK(!egress_is_open("127.0.0.1", "8080"));
    NEED_OK(egress_open(cx, NULL));
    CHECK_FAILS(egress_open(cx, "127.0.0.1"), CONFIG_INVALID);
    CHECK_FAILS(egress_open(cx, "a:1,,b:2"), CONFIG_INVALID);
    CHECK_FAILS(egress_open(cx, "a:1,b:1,c:1,d:1,e:1,f:1,g:1,h:1,i:1,j:1,k:1,l:1,m:1,n:1,o:1,p:1,q:1"), CONFIG_INVALID);
}
