/* What the crypto files share: the algorithms, fetched once (an implicit fetch costs 2-4 times the
 * hash itself, and locks), and the end of a process whose cryptography does not work. */
#pragma once

#include <openssl/evp.h>

struct algorithms { EVP_MD *sha256; EVP_MAC *hmac; EVP_CIPHER *gcm; };

const struct algorithms *crypto_algorithms(void);
void crypto_must(int ok);               /* dies unless ok == 1, as OpenSSL says success */
