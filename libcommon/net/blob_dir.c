/* Files in a local directory, each under its key. The content of a key never changes while it is there: a
 * file is written aside and moved into place whole. So its size, time and inode are a strong tag.
 *
 * A new key is made durable where it lies, content and names together: nobody looks for it before the put has returned, and
 * a journal that has been committed for the content has nothing left to do for the names. */
#define _GNU_SOURCE
#include "net/blob_engine.h"
#include "base/clock.h"
#include "data/crypto.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE        ".tmp"         /* where files are written; no key can name it */
#define ASIDE_BYTES  33
#define STALE_S      86400          /* of a process that died while writing */
#define PUT_TRIES    8

struct dir { int root, aside; };

static const struct dir *dir_of(const struct blobs *b) { return b->state; }

static void close_keeping_errno(int fd)
{
    int kept = errno;

    close(fd);
    errno = kept;
}

/* --- the way to a key --- */

/* What is missing is made when `grown` is given: the first directory that has grown, to be made durable with what will lie below;
 * another one is at once. */
static int step(int from, const char *name, int *grown)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, fd = openat(from, name, flags);

    if (fd >= 0 || errno != ENOENT || !grown)
        return fd;
    if (mkdirat(from, name, 0750) && errno != EEXIST)
        return -1;
    if (*grown >= 0 ? fsync(from) : (*grown = fcntl(from, F_DUPFD_CLOEXEC, 3)) < 0)
        return -1;
    return openat(from, name, flags);
}

/* The directory a key lies in, and its name there. Each step refuses links, so none leads outside. -1: errno. */
static int enter(const struct dir *d, const char *key, int *grown, const char **name)
{
    int at = fcntl(d->root, F_DUPFD_CLOEXEC, 3);
    const char *slash;

    while (at >= 0 && (slash = strchr(key, '/'))) {
        char part[256];
        snprintf(part, sizeof(part), "%.*s", (int)(slash - key), key);
        int next = step(at, part, grown);
        close_keeping_errno(at);
        at = next;
        key = slash + 1;
    }
    *name = key;
    return at;
}

/* --- writing --- */

static int aside_open(const struct dir *d, char name[ASIDE_BYTES])
{
    uint8_t random[16];

    crypto_random(random, sizeof(random));
    text_hex(random, sizeof(random), name);
    return openat(d->aside, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0440);
}

/* A name that is taken, or a file system that cannot tell, gets it only when its content is durable. */
static int place(const struct dir *d, int file, const char *aside, int at, const char *name, bool *fresh)
{
    *fresh = !renameat2(d->aside, aside, at, name, RENAME_NOREPLACE);
    if (*fresh)
        return 0;
    if (errno != EEXIST && errno != EINVAL)
        return -1;
    return fsync(file) || renameat(d->aside, aside, at, name) ? -1 : 0;
}

static int place_durably(const struct dir *d, int file, const char *aside, const char *key)
{
    const char *name;
    int grown = -1, at = enter(d, key, &grown, &name);
    bool fresh = false, placed = at >= 0 && !place(d, file, aside, at, name, &fresh);
    int failed = !placed || fsync(file) || fsync(at) || (grown >= 0 && fsync(grown)) ? errno : 0;

    if (failed && fresh)
        unlinkat(at, name, 0);
    if (at >= 0)
        close(at);
    if (grown >= 0)
        close(grown);
    return failed;
}

/* A directory that a drop has just removed is made again. */
static fallible publish(struct ctx *cx, const struct dir *d, int file, const char *aside, const char *key)
{
    int failed = ENOENT;

    for (int i = 0; failed == ENOENT && i < PUT_TRIES; i++)
        failed = place_durably(d, file, aside, key);
    return failed ? blob_trouble(cx, key, failed == ENOENT ? EIO : failed) : OK;
}

/* From a descriptor, or from memory when that is -1. */
static fallible store(struct ctx *cx, const struct dir *d, const char *key, int from, struct bytes body)
{
    char aside[ASIDE_BYTES];
    int to = aside_open(d, aside);

    if (to < 0)
        return blob_trouble(cx, key, errno == ENOENT ? EIO : errno);
    err_t e = from < 0 ? disk_write(cx, to, body.at, body.n, key) : blob_copy(cx, from, to, key);
    if (!e)
        e = publish(cx, d, to, aside, key);
    close(to);
    if (e)
        unlinkat(d->aside, aside, 0);
    return e;
}

static err_t dir_put(struct ctx *cx, struct blobs *b, const char *key, struct bytes body)
{
    return store(cx, dir_of(b), key, -1, body);
}

/* The path may lie where a child has been: a link there could point at any file of ours. */
static err_t dir_put_file(struct ctx *cx, struct blobs *b, const char *key, const char *path)
{
    int from = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat about;

    if (from < 0)
        return errno == ELOOP ? fail(cx, INPUT_INVALID, "%s is a link", path) : blob_trouble(cx, path, errno);
    bool plain = !fstat(from, &about) && S_ISREG(about.st_mode);
    err_t e = plain ? store(cx, dir_of(b), key, from, (struct bytes){ NULL, 0 })
                    : fail(cx, INPUT_INVALID, "%s is not a file", path);
    close(from);
    return e;
}

/* --- reading --- */

static void describe(struct ctx *cx, const struct stat *about, struct blob_info *info)
{
    uint64_t ns = (uint64_t)about->st_mtim.tv_sec * 1000000000u + (uint64_t)about->st_mtim.tv_nsec;

    info->size = about->st_size;
    info->modified.ms = (int64_t)(ns / 1000000);
    info->etag = arena_fmt(cx->arena, "\"%llx-%llx-%llx\"", (unsigned long long)about->st_size, (unsigned long long)ns,
                           (unsigned long long)about->st_ino);
}

static err_t dir_open(struct ctx *cx, struct blobs *b, const char *key, int *fd, struct blob_info *info)
{
    const char *name;
    struct stat about;
    int at = enter(dir_of(b), key, NULL, &name);

    *fd = at < 0 ? -1 : openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (at >= 0)
        close_keeping_errno(at);
    if (*fd < 0 && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
        return blob_trouble(cx, key, errno);
    if (*fd >= 0)
        arena_own_fd(cx->arena, *fd);
    if (*fd < 0 || fstat(*fd, &about) || !S_ISREG(about.st_mode))
        return fail(cx, FILE_UNKNOWN, "%s is not there", key);
    describe(cx, &about, info);
    return OK;
}

static fallible fetch_copy(struct ctx *cx, int from, const char *to_path)
{
    int to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (to < 0)
        return disk_trouble(cx, to_path);
    err_t e = blob_copy(cx, from, to, to_path);
    close(to);
    if (e)
        unlink(to_path);
    return e;
}

/* A second name of the same file where that is possible: it is not writable, and goes away alone. */
static err_t dir_fetch(struct ctx *cx, struct blobs *b, const char *key, const char *to_path)
{
    struct blob_info info;
    int fd;

    TRY(dir_open(cx, b, key, &fd, &info));
    if (!linkat(AT_FDCWD, arena_fmt(cx->arena, "/proc/self/fd/%d", fd), AT_FDCWD, to_path, AT_SYMLINK_FOLLOW))
        return OK;
    return fetch_copy(cx, fd, to_path);
}

/* --- removing --- */

/* Directories that are empty now; another's put makes them again. */
static void prune(const struct dir *d, char *key)
{
    char *slash;

    while ((slash = strrchr(key, '/'))) {
        const char *name;
        *slash = '\0';
        int at = enter(d, key, NULL, &name);
        bool gone = at >= 0 && !unlinkat(at, name, AT_REMOVEDIR);
        if (at >= 0)
            close(at);
        if (!gone)
            return;
    }
}

static err_t dir_drop(struct ctx *cx, struct blobs *b, const char *key)
{
    const char *name;
    int at = enter(dir_of(b), key, NULL, &name);
    int failed = at < 0 || unlinkat(at, name, 0) || fsync(at) ? errno : 0;

    if (at >= 0)
        close(at);
    if (failed && failed != ENOENT && failed != ENOTDIR && failed != EISDIR)
        return blob_trouble(cx, key, failed);
    if (!failed)
        prune(dir_of(b), arena_fmt(cx->arena, "%s", key));
    return OK;
}

/* --- opening --- */

static err_t dir_check(struct ctx *cx, struct blobs *b)
{
    const struct dir *d = dir_of(b);
    char aside[ASIDE_BYTES];
    int fd = aside_open(d, aside);

    if (fd < 0)
        return blob_trouble(cx, "the file store", errno == ENOENT ? EIO : errno);
    err_t e = disk_write(cx, fd, "?", 1, "the file store");
    close(fd);
    unlinkat(d->aside, aside, 0);
    return e;
}

static void sweep(int aside)
{
    int fd = openat(aside, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = fd < 0 ? NULL : fdopendir(fd);
    int64_t oldest = clock_wall_ms() / 1000 - STALE_S;
    struct stat about;

    for (struct dirent *e; list && (e = readdir(list));) {
        bool plain = !fstatat(aside, e->d_name, &about, AT_SYMLINK_NOFOLLOW) && S_ISREG(about.st_mode);
        if (plain && about.st_mtime < oldest)
            unlinkat(aside, e->d_name, 0);
    }
    if (list)
        closedir(list);
    else if (fd >= 0)
        close(fd);
}

static void make_path(struct ctx *cx, const char *path)
{
    char *part = arena_fmt(cx->arena, "%s", path);

    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        mkdir(part, 0750);
        *slash = '/';
    }
    mkdir(part, 0750);
}

static const struct blob_engine blob_dir = {
    .name = "directory",
    .put = dir_put, .put_file = dir_put_file, .open = dir_open, .fetch = dir_fetch, .drop = dir_drop, .check = dir_check,
};

static void dir_close(void *with)
{
    struct dir *d = with;

    if (d->aside >= 0)
        close(d->aside);
    close(d->root);
}

err_t blob_dir_open(struct ctx *cx, struct arena *a, const char *url, struct blobs *out)
{
    const char *path = url + strlen("file://");
    struct dir *d = arena_get(a, sizeof(*d));

    *out = (struct blobs){ &blob_dir, d };
    if (*path != '/')
        return fail(cx, CONFIG_INVALID, "BLOB_URL: %s is not an absolute path", path);
    make_path(cx, path);
    d->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->root < 0)
        return fail(cx, CONFIG_INVALID, "BLOB_URL: %s: %s", path, strerror(errno));
    arena_own(a, d, dir_close);
    mkdirat(d->root, ASIDE, 0750);
    d->aside = step(d->root, ASIDE, NULL);
    if (d->aside < 0)
        return fail(cx, CONFIG_INVALID, "BLOB_URL: %s: %s", path, strerror(errno));
    sweep(d->aside);
    /* A full disk is trouble of the hour, not of the settings: reads and all that needs no file go on. */
    err_t e = dir_check(cx, out);
    return e && e->code != E_DISK_FULL ? fail(cx, CONFIG_INVALID, "BLOB_URL: %s cannot be written to", path) : OK;
}
