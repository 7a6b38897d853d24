#include "app/audit_checkpoint.h"

#include <string.h>

struct bytes checkpoint_text(struct ctx *cx, const struct audit_checkpoint *c)
{
    uint8_t root[SHA256_BYTES] = { 0 };

    audit_unhex(c->root, root);
    const char *text = arena_fmt(cx->arena, AUDIT_ORIGIN "\n%lld\n%s\nchain %s\nat %s\n", (long long)c->size,
                                 text_base64(cx->arena, root, sizeof(root)), c->chain, c->at);
    return (struct bytes){ text, strlen(text) };
}

/* The key hash of a signed note (C2SP signed-note): of the name, a newline, the type 1 of Ed25519 and the key. */
void signer_name(const uint8_t key[ED25519_KEY_BYTES], char name[SIGNER_BYTES])
{
    uint8_t all[sizeof(AUDIT_ORIGIN) + 1 + ED25519_KEY_BYTES], hash[SHA256_BYTES];

    memcpy(all, AUDIT_ORIGIN "\n\1", sizeof(AUDIT_ORIGIN) + 1);
    memcpy(all + sizeof(AUDIT_ORIGIN) + 1, key, ED25519_KEY_BYTES);
    crypto_sha256(all, sizeof(all), hash);
    text_hex(hash, 4, name);
}

err_t signers_read(struct ctx *cx, const char *pem, struct audit_signers *out)
{
    *out = (struct audit_signers){ 0 };
    for (pem += strspn(pem, " \r\n"); *pem; pem += strspn(pem, " \r\n")) {
        if (out->n == AUDIT_KEYS_PUBLIC_MOST)
            return fail(cx, CONFIG_INVALID, "there are more than %d public keys", AUDIT_KEYS_PUBLIC_MOST);
        TRY(crypto_ed25519_public(cx, pem, out->at[out->n].key, &pem));
        signer_name(out->at[out->n].key, out->at[out->n].name);
        out->n++;
    }
    return OK;
}

const char *checkpoint_flaw(struct ctx *cx, const struct audit_checkpoint *c, const struct audit_signers *signers)
{
    uint8_t sign[ED25519_SIGN_BYTES];

    if (!c->signature)
        return "is not signed";
    if (strlen(c->signature) != 2 * ED25519_SIGN_BYTES || !text_unhex(c->signature, 2 * ED25519_SIGN_BYTES, sign))
        return "has a signature that is none";
    for (size_t i = 0; i < signers->n; i++)
        if (text_is(signers->at[i].name, c->signer))
            return crypto_ed25519_fits(signers->at[i].key, checkpoint_text(cx, c), sign) ? NULL : "has a signature that does not fit";
    return "is signed by a key that is not known here";
}
