#include "language.h"

#include <string.h>

#define LOOKED_AT 8192

/* A small word tells more than letters that stand together do. */
#define WORD_VOTES 3

/* Small words that the other language does not have. */
static const char french[] = " le la les des du un une et est que qui dans pour pas sur avec ce cette ne au aux vous nous je il elle"
                             " sont ont son ses leur par mais ou quel quelle comment pourquoi combien quand qu est-ce à été ";
static const char english[] = " the of and is in that was for with are this have has be by you not what which who when where why how"
                              " does did do can could would should please my your their its were been from they he she we it to ";

/* Letters that stand together in one of them. */
static const char *const french_letters[] = { "qu", "eau", "eux", "oi", "gn", "\xc3", "aille", "ique", "ez " };
static const char *const english_letters[] = { "th", "wh", "sh", "oo", "ee", "ck", "gh", "wa", "ow", "ey", "ing ", "k", "w" };

static bool is_letter(unsigned char c) { return ((c | 32) >= 'a' && (c | 32) <= 'z') || c >= 0x80 || c == '-'; }

static bool is_in(const char *list, const char *word, size_t len)
{
    char room[20] = " ";

    if (len > sizeof(room) - 3)
        return false;
    memcpy(room + 1, word, len);
    room[len + 1] = ' ';
    return strstr(list, room) != NULL;
}

/* How many of some groups of letters a text has, each once. */
static int letters_in(const char *text, const char *const *groups, size_t n)
{
    int found = 0;

    for (size_t i = 0; i < n; i++)
        found += strstr(text, groups[i]) != NULL;
    return found;
}

const char *language_guess(const char *text)
{
    size_t n = strnlen(text, LOOKED_AT);
    char start[LOOKED_AT + 2];
    int votes = 0;

    for (size_t i = 0; i < n; i++)
        start[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 32 : text[i]);
    memcpy(start + n, " ", 2);
    for (size_t i = 0, from; start[i];) {
        for (from = i; is_letter((unsigned char)start[i]);)
            i++;
        if (i > from)
            votes += WORD_VOTES * (is_in(english, start + from, i - from) - is_in(french, start + from, i - from));
        else
            i++;
    }
    votes += letters_in(start, english_letters, COUNT(english_letters)) - letters_in(start, french_letters, COUNT(french_letters));
    return votes > 0 ? "en" : "fr";
}
