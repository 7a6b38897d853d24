/* Which of French and English a text is in. */
#include "plain.h"

#include <ctype.h>
#include <string.h>

#define GUESS_BYTES 4000        /* enough small words for a sure answer */

static const char *const french[] = {
    "le", "la", "les", "des", "du", "de", "et", "est", "une", "un", "que", "qui", "dans", "pour", "pas", "vous", "nous", "je",
    "il", "elle", "sur", "avec", "ce", "cette", "sont", "au", "aux", "se", "ne", "plus", "par", "bonjour", "merci", "oui", "votre", NULL,
};
static const char *const english[] = {
    "the", "and", "of", "to", "is", "in", "that", "it", "you", "for", "not", "with", "are", "was", "this", "have", "be", "my",
    "we", "he", "she", "they", "at", "by", "from", "hello", "thanks", "yes", "your", "what", "do", "can", "i", "will", NULL,
};

static bool is_among(const char *word, size_t n, const char *const *words)
{
    for (; *words; words++)
        if (strlen(*words) == n && !strncasecmp(*words, word, n))
            return true;
    return false;
}

const char *language_guess(const char *text)
{
    const char *end = text + strnlen(text, GUESS_BYTES);
    int fr = 0, en = 0;

    while (text < end) {
        const char *word = text;
        while (text < end && (isalpha((unsigned char)*text) || (unsigned char)*text >= 0x80))
            text++;
        size_t n = (size_t)(text - word);
        fr += is_among(word, n, french) || (n == 1 && text < end && *text == '\'' && strchr("ldjcnmstLDJCNMST", *word)) ||
              memchr(word, 0xc3, n) != NULL;      /* accented letters */
        en += is_among(word, n, english);
        text += text < end;
    }
    return en > fr ? "en" : "fr";
}
