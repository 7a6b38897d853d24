#include "language.h"

#include <string.h>

#define LOOKED_AT 8192

/* Small words that the other language does not have. */
static const char french[] = " le la les des du un une et est que qui dans pour pas sur avec ce cette ne au aux vous nous je il elle"
                             " sont ont son ses leur par mais ou quel quelle comment pourquoi combien quand qu est-ce à été ";
static const char english[] = " the of and is in that was for with are this have has be by you not what which who when where why how"
                              " does did do can could would should please my your their its were been from they he she we it to ";

static bool is_letter(unsigned char c) { return ((c | 32) >= 'a' && (c | 32) <= 'z') || c >= 0x80 || c == '-'; }

static bool is_in(const char *list, const char *word, size_t len)
{
    char room[20] = " ";

    if (len > sizeof(room) - 3)
        return false;
    for (size_t i = 0; i < len; i++)
        room[i + 1] = (char)((unsigned char)(word[i] - 'A') < 26 ? word[i] | 32 : word[i]);
    room[len + 1] = ' ';
    return strstr(list, room) != NULL;
}

const char *language_guess(const char *text)
{
    int votes = 0;

    for (size_t i = 0; text && text[i] && i < LOOKED_AT;) {
        size_t from = i;
        while (is_letter((unsigned char)text[i]))
            i++;
        if (i > from)
            votes += is_in(english, text + from, i - from) - is_in(french, text + from, i - from);
        else
            i++;
    }
    return votes > 0 ? "en" : "fr";
}
