#define _GNU_SOURCE
#include "sibling.h"
#include "data/json.h"
#include "net/child.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define SIBLINGS_MOST 32
#define LINES_MOST    500
#define ANSWER_BYTES  (1u << 20)
#define ANSWER_MS     10000

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* palabre-stt, and not palabre-stt.old */
static const char *daemon_name(struct ctl *c, const char *file)
{
    const char *name = file + strlen("palabre-");

    if (!text_starts(file, "palabre-") || !*name || strspn(name, "abcdefghijklmnopqrstuvwxyz") != strlen(name))
        return NULL;
    return access(arena_fmt(c->cx->arena, "%s/%s", c->dir, file), X_OK) ? NULL : arena_text(c->cx->arena, name, strlen(name));
}

static void dir_drop(void *dir) { closedir(dir); }

err_t siblings_list(struct ctl *c, struct texts *out)
{
    DIR *dir = opendir(c->dir);

    if (!dir)
        return fail(c->cx, CONFIG_INVALID, "%s cannot be read: %s", c->dir, strerror(errno));
    arena_own(c->cx->arena, dir, dir_drop);
    *out = (struct texts){ NEWS(c->cx, const char *, SIBLINGS_MOST), 0 };
    for (struct dirent *entry; out->n < SIBLINGS_MOST && (entry = readdir(dir));) {
        const char *name = daemon_name(c, entry->d_name);
        if (name)
            out->at[out->n++] = name;
    }
    qsort(out->at, out->n, sizeof(*out->at), by_name);
    return OK;
}

/* The address space that we may have is enough for what is no foreign program. */
static int64_t our_memory(void)
{
    struct rlimit r;

    return getrlimit(RLIMIT_AS, &r) ? 0 : (int64_t)r.rlim_cur;
}

static fallible read_lines(struct ctl *c, const char *program, struct bytes all, const struct shape *s, struct list *out)
{
    out->at = arena_gets(c->cx->arena, LINES_MOST, s->size);
    while (all.n && out->n < LINES_MOST) {
        const char *end = memchr(all.at, '\n', all.n);
        size_t n = end ? (size_t)(end - all.at) : all.n;
        if (n && json_read(c->cx, all.at, n, s, (char *)out->at + out->n++ * s->size))
            return fail(c->cx, CHILD_FAILED, "%s answers something else than was asked", program);
        all.at += n + (end != NULL);
        all.n -= n + (end != NULL);
    }
    return OK;
}

/* The last line of what it complained of. */
static const char *last_words(struct ctx *cx, struct bytes complaint)
{
    size_t n = complaint.n, from;

    while (n && complaint.at[n - 1] == '\n')
        n--;
    for (from = n; from && complaint.at[from - 1] != '\n'; from--)
        ;
    return arena_text(cx->arena, complaint.at + from, n - from);
}

err_t sibling_ask(struct ctl *c, const char *name, const char *ask, const struct shape *s, void *list)
{
    const char *program = arena_fmt(c->cx->arena, "%s/palabre-%s", c->dir, name);
    const struct child_ask child = {
        .argv = (const char *const[]){ program, ask, NULL }, .env = (const char *const *)environ, .memory_bytes = our_memory(),
        .wall_ms = ANSWER_MS, .max_output = ANSWER_BYTES,
    };
    struct child_end end;

    TRY(child_run(c->cx, &child, &end));
    if (end.status)
        return fail(c->cx, CHILD_FAILED, "palabre-%s %s: %s", name, ask, end.complaint.n ? last_words(c->cx, end.complaint) : "failed");
    return read_lines(c, program, end.output, s, list);
}
