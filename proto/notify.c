#include "proto/notify.h"

SHAPE(notify_webhook, "A webhook to send.",
    FIELD(notify_webhook, delivery, "Its delivery.", .need = true, .format = &format_uuid));

SHAPE(notified, "A webhook that was sent.",
    FIELD(notified, state,       "delivered; gone: nothing was to be sent any more.", .need = true),
    FIELD(notified, error,       "Why not."),
    FIELD(notified, status_code, "What the receiver answered."));

SHAPE(notify_mail, "A mail to an account.",
    FIELD(notify_mail, user,    "The account; one that there is not gets no mail.", .need = true, .format = &format_uuid),
    FIELD(notify_mail, purpose, "What it is for: a link to reset a password or to verify an address, or the word that the password was changed.", .need = true, .one_of = WORDS("reset", "verify", "changed")),
    FIELD(notify_mail, product, "Whose pages a link leads to."),
    FIELD(notify_mail, english, "The mail is in English, and not in French."));

SHAPE(mailed, "A mail that was sent.",
    FIELD(mailed, state, "sent; nobody: there is nobody to be mailed such a thing.", .need = true));
