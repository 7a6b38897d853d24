/* Mail to one person by an SMTP server (RFC 5321): a text in UTF-8 with a subject. Everything that goes into a header or a command is checked
 * and encoded here, so that no address and no name can add a line of its own. */
#pragma once

#include "data/shape.h"

struct mail_settings {
    const char *url, *from, *user, *password, *tls, *ca_file;
    int timeout_ms;
};

#define MAIL_DEFAULTS { .tls = "auto", .ca_file = "/etc/ssl/certs/ca-certificates.crt", .timeout_ms = 30000 }

/* Whether there is mail at all, for those who do not send it as well. */
#define MAIL_URL_FIELD(T, m) \
    FIELD_AS(T, m, "mail_url", "Server that takes our mail: smtp://host:port, or smtps://host:port. None: no mail is sent, and who asks for one is told so.", \
             .max = 300, .format = &format_mail_url)

/* Rows of a daemon's settings: `m` is its member struct mail_settings. */
#define MAIL_FIELDS(T, m)                                                                                                                        \
    MAIL_URL_FIELD(T, m.url),                                                                                                                     \
    FIELD_AS(T, m.from,     "mail_from", "Whom mail is from: no-reply@example.org, or Palabre <no-reply@example.org>.", .max = 400, .format = &format_mailbox), \
    FIELD_AS(T, m.user,     "mail_user", "Name to log in with at the server; none: it takes our mail without.", .max = 300),                      \
    FIELD_AS(T, m.password, "mail_password", "Its password.", .secret = true, .max = 1000),                                                       \
    FIELD_AS(T, m.tls,      "mail_tls", "auto: STARTTLS is required, but of this machine's own server; required; off: everything goes in clear.", \
             .one_of = WORDS("auto", "required", "off")),                                                                                         \
    FIELD_AS(T, m.ca_file,  "mail_ca_file", "Certificates of the authorities that may vouch for the server.", .max = 1000),                       \
    FIELD_AS(T, m.timeout_ms, "mail_timeout_ms", "Milliseconds for a mail, connection included.", .min = 100, .max = 300000)

extern const struct format format_mail_url, format_mailbox;

/* Settings of a mailer that do not fit together, beyond what is wrong with each. MAIL_OFF: none is set; CONFIG_INVALID. */
fallible mail_check(struct ctx *cx, const struct mail_settings *s);

/* `body` has lines that end with \n; `id` makes the Message-ID: letters, digits, '-' and '.'. */
struct mail { const char *to, *subject, *body, *language, *id; };

/* OK: the server has taken it. MAIL_LATER: it said 4xx, or could not be reached, trusted or heard to the end; the mail may have been taken all the
 * same. MAIL_REFUSED: it said 5xx. INPUT_INVALID: the address is none that can be mailed to. BUG: a subject with control characters. Else as
 * mail_check; CANCELLED, DEADLINE_PASSED. */
fallible mail_send(struct ctx *cx, const struct mail_settings *s, const struct mail *m);

/* --- for mail_link.c and the tests --- */

/* What is wrong with an address for an envelope and a header: local@domain without quotes, at most 64 and 254 bytes (RFC 5321 4.5.3.1); bytes
 * beyond ASCII are UTF-8 (RFC 6531). NULL: nothing. */
const char *mail_address_flaw(const char *address, size_t n);
/* "Name <address>", or an address alone; `name` is then "". NULL: it is one; else what is wrong. */
struct mailbox { struct bytes name, address; };
const char *mailbox_read(const char *text, size_t n, struct mailbox *out);
/* Text of a header: as it is when it is plain and short, else encoded words (RFC 2047), folded. NULL: it has control characters, or is no UTF-8. */
const char *mail_words(struct ctx *cx, const char *text, size_t n);

/* What goes to the server. `headers` end with NULL; `body` has CRLF. */
struct mail_wire { const char *from, *to, *const *headers, *body; };
fallible mail_write(struct ctx *cx, const struct mail_settings *s, const struct mail *m, struct mail_wire *out);
