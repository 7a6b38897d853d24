/* The file store, whichever engine keeps it, and the private directories work is done in. */
#define _GNU_SOURCE
#include "net/blob_engine.h"
#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BYTES    200
#define PIECE_BYTES  (8 << 20)
#define NAME_TRIES   1000
#define WORKDIR      "palabre-"
#define WORKDIR_YOUNG_S 60

/* --- keys --- */

static const char *key_flaw(const char *key)
{
    if (!key || !*key || strnlen(key, KEY_BYTES + 1) > KEY_BYTES)
        return "is empty or too long";
    if (key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._/-")])
        return "has a character that is not allowed";
    if (strstr(key, "..") || *key == '/' || key[strlen(key) - 1] == '/')
        return "is not a plain path";
    /* Names with a dot in front are the engines' own. */
    for (const char *at = key; at; at = strchr(at, '/'), at = at ? at + 1 : NULL)
        if (*at == '.' || *at == '/')
            return "is not a plain path";
    return NULL;
}

static fallible check_key(struct ctx *cx, const char *key)
{
    const char *what = key_flaw(key);

    if (!cx->blobs)
        return fail(cx, BUG, "this process has no file store");
    return what ? fail(cx, INPUT_INVALID, "the key of a file %s", what) : OK;
}

/* --- the store --- */

bool blobs_is_up(struct ctx *cx)
{
    return cx->blobs && !cx->blobs->engine->check(cx, cx->blobs);
}

err_t blob_put(struct ctx *cx, const char *key, struct bytes body)
{
    TRY(check_key(cx, key));
    return cx->blobs->engine->put(cx, cx->blobs, key, body);
}

err_t blob_put_file(struct ctx *cx, const char *key, const char *path)
{
    TRY(check_key(cx, key));
    return cx->blobs->engine->put_file(cx, cx->blobs, key, path);
}

err_t blob_open(struct ctx *cx, const char *key, int *fd, struct blob_info *info)
{
    TRY(check_key(cx, key));
    return cx->blobs->engine->open(cx, cx->blobs, key, fd, info);
}

err_t blob_fetch(struct ctx *cx, const char *key, const char *to_path)
{
    TRY(check_key(cx, key));
    return cx->blobs->engine->fetch(cx, cx->blobs, key, to_path);
}

err_t blob_drop(struct ctx *cx, const char *key)
{
    TRY(check_key(cx, key));
    return cx->blobs->engine->drop(cx, cx->blobs, key);
}

err_t blob_read(struct ctx *cx, const char *key, size_t max_bytes, struct bytes *out)
{
    struct blob_info info;
    int fd;

    TRY(blob_open(cx, key, &fd, &info));
    if ((uint64_t)info.size > max_bytes)
        return fail(cx, BODY_TOO_LARGE, "the file %s is larger than %zu bytes", key, max_bytes);
    char *at = arena_get(cx->arena, (size_t)info.size + 1);
    size_t n = 0;
    while (n < (size_t)info.size) {
        ssize_t got = read(fd, at + n, (size_t)info.size - n);
        if (got <= 0)
            return blob_trouble(cx, key, got ? errno : EIO);
        n += (size_t)got;
    }
    *out = (struct bytes){ at, n };
    return OK;
}

/* --- files in work directories --- */

err_t disk_trouble(struct ctx *cx, const char *what)
{
    bool full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;

    return full ? fail(cx, DISK_FULL, "%s: %s", what, strerror(errno)) : fail(cx, BLOB_DOWN, "%s: %s", what, strerror(errno));
}

err_t disk_write(struct ctx *cx, int fd, const char *at, size_t n, const char *what)
{
    while (n) {
        ssize_t put = write(fd, at, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return disk_trouble(cx, what);
        at += put, n -= (size_t)put;
    }
    return OK;
}

/* --- for the engines --- */

err_t blob_trouble(struct ctx *cx, const char *what, int error)
{
    switch (error) {
    case ENOSPC: case EDQUOT: case EFBIG:
        return fail(cx, DISK_FULL, "%s: %s", what, strerror(error));
    case ENOENT:
        return fail(cx, FILE_UNKNOWN, "%s is not there", what);
    case ENOTDIR: case EISDIR: case ELOOP: case EEXIST: case ENOTEMPTY:
        return fail(cx, INPUT_INVALID, "%s: something else is there", what);
    default:
        return fail(cx, BLOB_DOWN, "%s: %s", what, strerror(error));
    }
}

static fallible copy_by_hand(struct ctx *cx, int from, int to, const char *what)
{
    char piece[65536];
    ssize_t n;

    while ((n = read(from, piece, sizeof(piece))) > 0) {
        TRY(clock_check(cx));
        TRY(disk_write(cx, to, piece, (size_t)n, what));
    }
    return n ? blob_trouble(cx, what, errno) : OK;
}

/* In the kernel where the file systems can (shared blocks where they know how), else through us. */
err_t blob_copy(struct ctx *cx, int from, int to, const char *what)
{
    for (;;) {
        TRY(clock_check(cx));
        ssize_t n = copy_file_range(from, NULL, to, NULL, PIECE_BYTES, 0);
        if (!n)
            return OK;
        if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == EOPNOTSUPP || errno == ENOSYS))
            return copy_by_hand(cx, from, to, what);
        if (n < 0)
            return blob_trouble(cx, what, errno);
    }
}

/* --- work directories --- */

/* A child may have dug deeper than we have descriptors, or longer than a path may be: directories found in
 * one are moved up to the top, so that the walk is never more than one deep. */
static void move_up(int from, const char *name, int top, unsigned *moved)
{
    char up[32];

    if (fchmodat(from, name, 0700, 0))          /* else it could be closed to us */
        return;
    for (int i = 0; i < NAME_TRIES; i++) {
        snprintf(up, sizeof(up), "moved-%u", (*moved)++);
        if (!renameat2(from, name, top, up, RENAME_NOREPLACE))
            return;
    }
}

static DIR *list_at(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);

    if (fd >= 0 && !list)
        close(fd);
    return list;
}

static bool is_itself(const char *name) { return !strcmp(name, ".") || !strcmp(name, ".."); }

static void remove_dir(int top, const char *name, unsigned *moved)
{
    DIR *list = fchmodat(top, name, 0700, 0) ? NULL : list_at(top, name);

    for (struct dirent *d; list && (d = readdir(list));)
        if (!is_itself(d->d_name) && unlinkat(dirfd(list), d->d_name, 0) && errno == EISDIR)
            move_up(dirfd(list), d->d_name, top, moved);
    if (list)
        closedir(list);
    unlinkat(top, name, AT_REMOVEDIR);
}

/* True when there was something that may now be gone. */
static bool remove_once(int top, unsigned *moved)
{
    DIR *list = list_at(top, ".");
    bool some = false;

    for (struct dirent *d; list && (d = readdir(list));) {
        if (is_itself(d->d_name))
            continue;
        some = true;
        if (unlinkat(top, d->d_name, 0) && errno == EISDIR)
            remove_dir(top, d->d_name, moved);
    }
    if (list)
        closedir(list);
    return some;
}

static void remove_tree(const char *path)
{
    unsigned moved = 0, before = 0, idle = 0;
    int top = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    /* Passes go on while they find deeper levels; what cannot be removed must not keep us here. */
    while (top >= 0 && idle < 2 && remove_once(top, &moved)) {
        idle = moved == before ? idle + 1 : 0;
        before = moved;
    }
    if (top >= 0)
        close(top);
    rmdir(path);
}

/* Its maker holds a lock on it, which dies with the process. */
struct workdir { const char *path; int held; };

static void workdir_drop(void *with)
{
    struct workdir *w = with;

    remove_tree(w->path);
    close(w->held);
}

static const char *workdir_place(void)
{
    const char *place = getenv("TMPDIR");

    return place && *place == '/' ? place : "/tmp";
}

err_t blob_workdir(struct ctx *cx, const char **path)
{
    char *made = arena_fmt(cx->arena, "%s/" WORKDIR "XXXXXX", workdir_place());
    struct workdir *w = NEW(cx, struct workdir);

    if (!mkdtemp(made))
        return disk_trouble(cx, "a work directory");
    *w = (struct workdir){ made, open(made, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) };
    if (w->held < 0 || flock(w->held, LOCK_EX | LOCK_NB)) {
        err_t e = disk_trouble(cx, "a work directory");
        if (w->held >= 0)
            close(w->held);
        rmdir(made);
        return e;
    }
    arena_own(cx->arena, w, workdir_drop);
    *path = made;
    return OK;
}

/* The work directories of processes that were killed: recordings may be in them. A young one may not be locked yet. */
static void sweep_workdirs(struct ctx *cx)
{
    int place = open(workdir_place(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = place < 0 ? NULL : list_at(place, ".");
    struct stat about;

    for (struct dirent *d; list && (d = readdir(list));) {
        if (!text_starts(d->d_name, WORKDIR) || strlen(d->d_name) != strlen(WORKDIR "XXXXXX"))
            continue;
        int dir = openat(place, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (dir < 0)
            continue;
        bool left = !fstat(dir, &about) && about.st_uid == geteuid() && about.st_mtime < clock_wall_ms() / 1000 - WORKDIR_YOUNG_S;
        if (left && !flock(dir, LOCK_EX | LOCK_NB))
            remove_tree(arena_fmt(cx->arena, "%s/%s", workdir_place(), d->d_name));
        close(dir);
    }
    if (list)
        closedir(list);
    if (place >= 0)
        close(place);
}

/* --- opening --- */

static const struct {
    const char *scheme;
    err_t (*open)(struct ctx *cx, struct arena *a, const char *url, struct blobs *out);
} engines[] = {
    { "file://", blob_dir_open },
};

err_t blobs_open(struct ctx *cx, struct arena *a, const char *url, struct blobs **out)
{
    sweep_workdirs(cx);
    for (size_t i = 0; i < COUNT(engines); i++) {
        if (!text_starts(url, engines[i].scheme))
            continue;
        *out = arena_get(a, sizeof(**out));
        return engines[i].open(cx, a, url, *out);
    }
    return fail(cx, CONFIG_INVALID, "BLOB_URL is not file:///a/directory");
}
