#include "nearest.h"

#include <string.h>

#define NAME_BYTES 32
#define NAMES_MOST 3

static int least(int a, int b) { return a < b ? a : b; }

/* Letters to insert, drop, change, or swap with their neighbour (optimal string alignment). Both have at most NAME_BYTES. */
static int distance(const char *a, const char *b)
{
    int rows[3][NAME_BYTES + 1], n = (int)strlen(b);
    int *now = rows[0], *before = rows[1], *earlier = rows[2];

    for (int j = 0; j <= n; j++)
        now[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        int *free_row = earlier;
        earlier = before, before = now, now = free_row;
        now[0] = i;
        for (int j = 1; j <= n; j++) {
            now[j] = least(least(now[j - 1], before[j]) + 1, before[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], earlier[j - 2] + 1);
        }
    }
    return now[n];
}

static bool is_near(const char *given, const char *name)
{
    size_t n = strlen(given), most = 1 + n / 4;

    if (strlen(name) > NAME_BYTES)
        return false;
    return (n > 1 && !strncmp(given, name, n)) || distance(given, name) <= (int)most;
}

const char *nearest(struct ctx *cx, const char *given, const char *const *names, size_t n)
{
    struct text all = text_new(cx->arena, 64, 1000);
    size_t found = 0;

    if (strnlen(given, NAME_BYTES + 1) > NAME_BYTES)
        return "";
    for (size_t i = 0; i < n && found < NAMES_MOST; i++)
        if (is_near(given, names[i]))
            text_fmt(&all, "%s%s", found++ ? ", " : "; did you mean ", names[i]);
    if (found)
        text_char(&all, '?');
    return found ? all.at : "";
}
