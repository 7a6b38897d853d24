/* Sentences hold all the text but its spaces, in order, each within its bound and none cutting a character. */
#include "sentences.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = { (const char *)data, size };
    struct sentence s;
    bool utf8 = text_is_utf8(rest.at, size);
    const char *seen = rest.at;

    while (sentence_next(&rest, &s)) {
        for (; seen < s.text.at; seen++)
            if (!strchr(" \t\r\v\f\n\xc2\xa0\xe2\x80\xaf\x89", *seen))
                abort();
        seen = s.text.at + s.text.n;
        if (!s.text.n || (utf8 && (!text_is_utf8(s.text.at, s.text.n) || text_chars(s.text) > SENTENCE_CHARS)))
            abort();
    }
    return 0;
}
