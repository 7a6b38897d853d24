#include "words.h"

#include <string.h>

/* Latin letters with marks, by the last code point of each run; '*' is no letter, capitals stand for two. */
static const struct { uint16_t last; char letter; } marked[] = {
    { 0xbf, '*' }, { 0xc5, 'a' }, { 0xc6, 'A' }, { 0xc7, 'c' }, { 0xcb, 'e' }, { 0xcf, 'i' }, { 0xd0, 'd' }, { 0xd1, 'n' },
    { 0xd6, 'o' }, { 0xd7, '*' }, { 0xd8, 'o' }, { 0xdc, 'u' }, { 0xdd, 'y' }, { 0xde, 't' }, { 0xdf, 'S' }, { 0xe5, 'a' },
    { 0xe6, 'A' }, { 0xe7, 'c' }, { 0xeb, 'e' }, { 0xef, 'i' }, { 0xf0, 'd' }, { 0xf1, 'n' }, { 0xf6, 'o' }, { 0xf7, '*' },
    { 0xf8, 'o' }, { 0xfc, 'u' }, { 0xfd, 'y' }, { 0xfe, 't' }, { 0xff, 'y' }, { 0x105, 'a' }, { 0x10d, 'c' }, { 0x111, 'd' },
    { 0x11b, 'e' }, { 0x123, 'g' }, { 0x127, 'h' }, { 0x133, 'i' }, { 0x135, 'j' }, { 0x138, 'k' }, { 0x142, 'l' },
    { 0x14b, 'n' }, { 0x151, 'o' }, { 0x153, 'O' }, { 0x159, 'r' }, { 0x161, 's' }, { 0x167, 't' }, { 0x173, 'u' },
    { 0x175, 'w' }, { 0x178, 'y' }, { 0x17e, 'z' }, { 0x17f, 's' },
};

const char *const words_empty[] = {
    "a", "ai", "ainsi", "alors", "apres", "as", "au", "aucun", "aussi", "autre", "aux", "avait", "avec", "avoir", "avons", "ayant",
    "bien", "c", "ca", "car", "ce", "ceci", "cela", "celle", "celui", "ces", "cet", "cette", "ceux", "chaque", "ci", "comme",
    "d", "dans", "de", "depuis", "des", "deux", "dit", "doit", "donc", "dont", "du", "elle", "elles", "en", "encore", "entre",
    "es", "est", "et", "etaient", "etait", "etant", "ete", "etre", "eu", "eux", "fait", "faut", "il", "ils", "j", "je", "jusque",
    "l", "la", "le", "les", "leur", "leurs", "lors", "lui", "m", "ma", "mais", "me", "meme", "mes", "moi", "moins", "mon", "n",
    "ne", "ni", "non", "nos", "notre", "nous", "on", "ont", "ou", "par", "parce", "pas", "pendant", "peu", "peut", "plus", "pour",
    "puis", "qu", "quand", "que", "quel", "quelle", "quelles", "quels", "qui", "quoi", "s", "sa", "sans", "se", "sera", "ses",
    "si", "soit", "son", "sont", "sous", "sur", "t", "ta", "te", "tes", "toi", "ton", "tous", "tout", "toute", "toutes", "tres",
    "tu", "un", "une", "va", "vers", "vos", "votre", "vous", "y", "combien", "comment", "pourquoi", "voici", "voila",
    "about", "after", "all", "also", "am", "an", "and", "any", "are", "at", "be", "because", "been", "before", "being", "both",
    "but", "by", "can", "could", "did", "do", "does", "each", "for", "from", "had", "has", "have", "he", "her", "here", "him",
    "his", "how", "i", "if", "in", "into", "is", "it", "its", "just", "may", "more", "most", "must", "my", "no", "not", "now",
    "of", "or", "other", "our", "out", "over", "own", "said", "same", "shall", "she", "should", "so", "some", "such", "than",
    "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under", "until",
    "up", "upon", "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "whose", "why", "will",
    "with", "would", "you", "your", NULL,
};

/* One character of UTF-8; what is broken counts as a byte that is no letter. */
static uint32_t character(const unsigned char *at, size_t left, size_t *len)
{
    uint32_t c = at[0];

    *len = c < 0xc2 || c > 0xf4 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
    if (*len == 1 || *len > left)
        return *len = 1, c < 0x80 ? c : 0xa0;
    c &= 0xffu >> (*len + 1);
    for (size_t i = 1; i < *len; i++)
        c = c << 6 | (at[i] & 0x3f);
    return c;
}

/* The letter that stands for a character; '*': it is none; '\0': a letter of another script. */
static char letter_of(uint32_t c)
{
    size_t i = 0;

    if (c < 0x80)
        return c - '0' < 10u || (c | 32) - 'a' < 26u ? (char)(c - 'A' < 26u ? c | 32 : c) : '*';
    if (c > 0x17f)
        return (c >= 0x2000 && c <= 0x2fff) || (c >= 0x3000 && c <= 0x303f) || c == 0xfeff ? '*' : '\0';
    while (marked[i].last < c)
        i++;
    return marked[i].letter;
}

static void put(struct folded *w, const char *at, size_t n)
{
    if (w->n + n > sizeof(w->at))
        return;
    memcpy(w->at + w->n, at, n);
    w->n += n;
}

static void letter_put(struct folded *w, char letter, const char *raw, size_t len)
{
    w->digits |= letter >= '0' && letter <= '9';
    w->letters |= !(letter >= '0' && letter <= '9');
    if (!letter)
        put(w, raw, len);
    else if (letter == 'A' || letter == 'O' || letter == 'S')
        put(w, letter == 'A' ? "ae" : letter == 'O' ? "oe" : "ss", 2);
    else
        put(w, &letter, 1);
}

bool word_next(struct bytes *left, struct folded *w, struct bytes *raw)
{
    *w = (struct folded){ .n = 0 };
    raw->at = NULL;
    while (left->n) {
        size_t len;
        uint32_t c = character((const unsigned char *)left->at, left->n, &len);
        char letter = letter_of(c);
        if (letter == '*' && raw->at)
            break;
        if (letter != '*') {
            if (!raw->at) {
                raw->at = left->at;
                w->capital = c - 'A' < 26u || (c >= 0xc0 && c <= 0xde);
            }
            letter_put(w, letter, left->at, len);
        }
        left->at += len;
        left->n -= len;
    }
    raw->n = raw->at ? (size_t)(left->at - raw->at) : 0;
    return raw->at != NULL;
}

/* --- stems: light, so that inflections of a word meet and different words do not --- */

static bool ends(const struct folded *w, const char *with)
{
    size_t n = strlen(with);

    return w->n > n && !memcmp(w->at + w->n - n, with, n);
}

static void cut(struct folded *w, size_t n) { w->n -= n; }

static void undouble(struct folded *w)
{
    if (w->n > 3 && w->at[w->n - 1] == w->at[w->n - 2])
        cut(w, 1);
}

/* After J. Savoy's minimal stemmer for French, with the commonest verb endings. */
static void stem_french(struct folded *w)
{
    static const struct { const char *end; size_t least, drop; } endings[] = {
        { "aient", 8, 5 }, { "erent", 8, 5 }, { "ement", 8, 5 }, { "ment", 8, 4 }, { "ait", 6, 3 }, { "ent", 7, 3 },
        { "ees", 6, 3 }, { "ee", 5, 2 }, { "es", 5, 2 }, { "er", 5, 2 }, { "ez", 5, 2 }, { "s", 4, 1 }, { "e", 4, 1 },
    };

    if (ends(w, "aux") && w->n > 4) {
        w->at[w->n - 2] = 'l';
        cut(w, 1);
        return;
    }
    if (ends(w, "eux") || (ends(w, "oux") && w->n > 4))
        cut(w, 1);
    for (size_t i = 0; i < COUNT(endings); i++)
        if (w->n >= endings[i].least && ends(w, endings[i].end)) {
            cut(w, endings[i].drop);
            break;
        }
    if (ends(w, "ail") && w->n > 4) {           /* travail, travaux */
        w->at[w->n - 2] = 'l';
        cut(w, 1);
    }
    undouble(w);
}

/* Harman's S stemmer, with -ing and -ed. */
static void stem_english(struct folded *w)
{
    if (ends(w, "ies") && w->n > 4) {
        cut(w, 2);
        w->at[w->n - 1] = 'y';
    } else if (ends(w, "s") && w->n > 3 && !ends(w, "ss") && !ends(w, "us") && !ends(w, "is")) {
        cut(w, 1);
    }
    if (ends(w, "ing") && w->n > 5)
        cut(w, 3);
    else if (ends(w, "ed") && w->n > 4)
        cut(w, 2);
    if (ends(w, "e") && w->n > 3)
        cut(w, 1);
    undouble(w);
}

void word_stem(struct folded *w, bool french)
{
    if (!w->letters || w->digits)
        return;
    if (french)
        stem_french(w);
    else
        stem_english(w);
}
