#define _GNU_SOURCE
#include "test.h"

#include "base/clock.h"
#include "net/blob.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A store in a directory of its own, gone with the test. */
static const char *store_open(struct ctx *cx)
{
    const char *dir = NULL;

    CHECK_OK(blob_workdir(cx, &dir));
    const char *root = arena_fmt(cx->arena, "%s/a/store", dir);
    CHECK_OK(blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s", root), &cx->blobs));
    return root;
}

static int count_in(const char *path)
{
    DIR *dir = opendir(path);
    int n = -2;

    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

static void write_file(const char *path, const char *text, size_t times)
{
    FILE *file = fopen(path, "w");

    while (file && times--)
        fputs(text, file);
    if (file)
        fclose(file);
}

TEST(what_is_put_is_read_until_it_is_dropped)
{
    const char *root = store_open(cx);
    struct bytes got;

    CHECK(blobs_is_up(cx));
    CHECK_FAILS(blob_read(cx, "asks/1/audio.mp3", 100, &got), FILE_UNKNOWN);
    NEED_OK(blob_put(cx, "asks/1/audio.mp3", (struct bytes){ "so\0und", 6 }));
    NEED_OK(blob_read(cx, "asks/1/audio.mp3", 6, &got));
    CHECK(got.n == 6 && !memcmp(got.at, "so\0und", 7));
    CHECK_FAILS(blob_read(cx, "asks/1/audio.mp3", 5, &got), BODY_TOO_LARGE);
    NEED_OK(blob_put(cx, "empty", (struct bytes){ NULL, 0 }));
    NEED_OK(blob_read(cx, "empty", 0, &got));
    CHECK_INT(got.n, 0);
    NEED_OK(blob_drop(cx, "asks/1/audio.mp3"));
    NEED_OK(blob_drop(cx, "asks/1/audio.mp3"));
    CHECK_FAILS(blob_read(cx, "asks/1/audio.mp3", 100, &got), FILE_UNKNOWN);
    CHECK(access(arena_fmt(cx->arena, "%s/asks", root), F_OK));         /* empty directories go, too */
    CHECK_INT(count_in(arena_fmt(cx->arena, "%s/.tmp", root)), 0);
}

TEST(a_file_is_described_by_size_time_and_tag)
{
    struct blob_info one, two;
    int fd;

    store_open(cx);
    NEED_OK(blob_put(cx, "k", (struct bytes){ "abc", 3 }));
    NEED_OK(blob_open(cx, "k", &fd, &one));
    CHECK_INT(one.size, 3);
    CHECK(llabs(one.modified.ms - clock_wall_ms()) < 5000);
    CHECK(*one.etag == '"' && one.etag[strlen(one.etag) - 1] == '"');
    NEED_OK(blob_open(cx, "k", &fd, &two));
    CHECK_TEXT(two.etag, one.etag);
    NEED_OK(blob_put(cx, "k", (struct bytes){ "abd", 3 }));
    NEED_OK(blob_open(cx, "k", &fd, &two));
    CHECK(strcmp(one.etag, two.etag) != 0);
}

TEST(who_reads_while_it_is_replaced_reads_the_old_one)
{
    struct blob_info info;
    char got[4] = "";
    int fd;

    store_open(cx);
    NEED_OK(blob_put(cx, "k", (struct bytes){ "old", 3 }));
    NEED_OK(blob_open(cx, "k", &fd, &info));
    NEED_OK(blob_put(cx, "k", (struct bytes){ "new", 3 }));
    CHECK_INT(read(fd, got, 3), 3);
    CHECK_TEXT(got, "old");
}

TEST(hostile_keys_are_refused_before_the_disk_is_touched)
{
    static const char *const keys[] = {
        "", "/", "/etc/passwd", "..", "../x", "a/../x", "a/..", "a/./b", ".", "./a", "a//b", "a/", "/a", ".tmp/x", "a/.hidden", ".tmp", "..a",
        "a..b", "A", "a b", "a\nb", "a\\b", "a%2e%2e", "a\xC3\xA9", "a:b", "~", "a*", "a/../../etc/passwd", "a\x01", "-/../-", "con\x7f",
    };
    const char *root = store_open(cx), *path = arena_fmt(cx->arena, "%s.src", root);
    char longest[202] = "", *at = longest;
    struct blob_info info;
    int fd;

    write_file(path, "x", 1);
    for (size_t i = 0; i < COUNT(keys); i++) {
        CHECK_FAILS(blob_put(cx, keys[i], (struct bytes){ "x", 1 }), INPUT_INVALID);
        CHECK_FAILS(blob_put_file(cx, keys[i], path), INPUT_INVALID);
        CHECK_FAILS(blob_open(cx, keys[i], &fd, &info), INPUT_INVALID);
        CHECK_FAILS(blob_fetch(cx, keys[i], "/tmp/never"), INPUT_INVALID);
        CHECK_FAILS(blob_drop(cx, keys[i]), INPUT_INVALID);
    }
    CHECK_FAILS(blob_put(cx, NULL, (struct bytes){ "x", 1 }), INPUT_INVALID);
    CHECK_INT(count_in(root), 1);
    for (int i = 0; i < 200; i++)
        *at++ = 'a';
    CHECK_OK(blob_put(cx, longest, (struct bytes){ "x", 1 }));
    *at = 'a';
    CHECK_FAILS(blob_put(cx, longest, (struct bytes){ "x", 1 }), INPUT_INVALID);
    CHECK_OK(blob_put(cx, "a-b_c.d/e/-f/0", (struct bytes){ "x", 1 }));
}

TEST(links_in_the_store_lead_nowhere)
{
    const char *root = store_open(cx), *outside, *secret;
    struct bytes got;

    NEED_OK(blob_workdir(cx, &outside));
    secret = arena_fmt(cx->arena, "%s/secret", outside);
    write_file(secret, "secret", 1);
    CHECK(!symlink(secret, arena_fmt(cx->arena, "%s/link", root)));
    CHECK(!symlink(outside, arena_fmt(cx->arena, "%s/out", root)));
    CHECK(!mkfifo(arena_fmt(cx->arena, "%s/fifo", root), 0600));
    CHECK_FAILS(blob_read(cx, "link", 1 << 20, &got), FILE_UNKNOWN);
    CHECK_FAILS(blob_read(cx, "out/secret", 1 << 20, &got), FILE_UNKNOWN);
    CHECK_FAILS(blob_read(cx, "out", 1 << 20, &got), FILE_UNKNOWN);
    CHECK_FAILS(blob_read(cx, "fifo", 1 << 20, &got), FILE_UNKNOWN);
    CHECK_FAILS(blob_fetch(cx, "link", arena_fmt(cx->arena, "%s/fetched", root)), FILE_UNKNOWN);
    CHECK_FAILS(blob_put(cx, "out/x", (struct bytes){ "x", 1 }), INPUT_INVALID);
    CHECK_OK(blob_drop(cx, "out/secret"));
    CHECK(!access(secret, F_OK));
    CHECK_OK(blob_put(cx, "link", (struct bytes){ "mine", 4 }));        /* takes its place, does not follow it */
    CHECK_OK(blob_read(cx, "link", 4, &got));
    CHECK_OK(blob_drop(cx, "link"));
    CHECK_INT(count_in(outside), 1);
}

TEST(a_key_cannot_lie_under_another)
{
    struct bytes got;

    store_open(cx);
    NEED_OK(blob_put(cx, "a", (struct bytes){ "1", 1 }));
    CHECK_FAILS(blob_put(cx, "a/b", (struct bytes){ "2", 1 }), INPUT_INVALID);
    CHECK_FAILS(blob_read(cx, "a/b", 9, &got), FILE_UNKNOWN);
    NEED_OK(blob_put(cx, "c/d", (struct bytes){ "1", 1 }));
    CHECK_FAILS(blob_put(cx, "c", (struct bytes){ "2", 1 }), INPUT_INVALID);
    CHECK_OK(blob_drop(cx, "c"));
    CHECK_OK(blob_read(cx, "c/d", 9, &got));
}

TEST(files_go_in_and_out)
{
    const char *root = store_open(cx), *dir, *to;
    struct blob_info info;
    struct bytes got;
    struct stat about;
    int fd;

    NEED_OK(blob_workdir(cx, &dir));
    const char *from = arena_fmt(cx->arena, "%s/in.txt", dir);
    write_file(from, "0123456789abcdef", 100000);
    NEED_OK(blob_put_file(cx, "big", from));
    CHECK(!truncate(from, 0));           /* the store has its own */
    NEED_OK(blob_read(cx, "big", 1600000, &got));
    CHECK(got.n == 1600000 && !memcmp(got.at + 1600000 - 16, "0123456789abcdef", 16));

    to = arena_fmt(cx->arena, "%s/out.txt", dir);
    NEED_OK(blob_fetch(cx, "big", to));
    CHECK(!stat(to, &about) && about.st_size == 1600000 && S_ISREG(about.st_mode));
    CHECK_FAILS(blob_fetch(cx, "big", to), BLOB_DOWN);          /* it does not write over what is there */
    unlink(to);
    NEED_OK(blob_open(cx, "big", &fd, &info));

    CHECK_FAILS(blob_put_file(cx, "x", "/no/such"), FILE_UNKNOWN);
    CHECK_FAILS(blob_put_file(cx, "x", dir), INPUT_INVALID);
    CHECK(!symlink(from, to));
    CHECK_FAILS(blob_put_file(cx, "x", to), INPUT_INVALID);
    CHECK_FAILS(blob_open(cx, "x", &fd, &info), FILE_UNKNOWN);
    CHECK_INT(count_in(arena_fmt(cx->arena, "%s/.tmp", root)), 0);
}

TEST(another_file_system_gets_a_copy)
{
    char place[] = "/dev/shm/test-blob-XXXXXX";
    struct stat about;

    if (!mkdtemp(place))
        skip("no /dev/shm");
    store_open(cx);
    NEED_OK(blob_put(cx, "k", (struct bytes){ "abc", 3 }));
    const char *to = arena_fmt(cx->arena, "%s/out", place);
    CHECK_OK(blob_fetch(cx, "k", to));
    CHECK(!stat(to, &about) && about.st_size == 3 && about.st_nlink == 1);
    CHECK_OK(blob_put_file(cx, "back", to));
    unlink(to);
    rmdir(place);
}

/* --- trouble --- */

TEST(a_full_disk_leaves_nothing_behind)
{
    const char *root = store_open(cx);
    char *much = arena_get(cx->arena, 1 << 20);
    struct rlimit small = { 65536, RLIM_INFINITY }, usual;
    const char *from = arena_fmt(cx->arena, "%s.src", root);
    struct bytes got;

    write_file(from, "0123456789abcdef", 65536);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &usual);
    setrlimit(RLIMIT_FSIZE, &small);            /* the kernel says EFBIG, as it says ENOSPC */
    CHECK_FAILS(blob_put(cx, "k/l", (struct bytes){ much, 1 << 20 }), DISK_FULL);
    CHECK_FAILS(blob_put_file(cx, "k/m", from), DISK_FULL);
    setrlimit(RLIMIT_FSIZE, &usual);
    CHECK_INT(count_in(arena_fmt(cx->arena, "%s/.tmp", root)), 0);
    CHECK_FAILS(blob_read(cx, "k/l", 2 << 20, &got), FILE_UNKNOWN);
    CHECK_OK(blob_put(cx, "k/l", (struct bytes){ much, 1 << 20 }));
}

TEST(a_full_file_system_is_told_as_such)
{
    const char *dir;
    char *much = arena_get(cx->arena, 1 << 20);
    struct bytes got;
    int n = 0;

    NEED_OK(blob_workdir(cx, &dir));
    const char *place = arena_fmt(cx->arena, "%s/small", dir);
    if (mkdir(place, 0700) || mount("none", place, "tmpfs", 0, "size=256k"))
        skip("no right to mount");
    struct ctx inner = *cx;
    inner.arena = arena_new();
    CHECK_OK(blobs_open(&inner, inner.arena, arena_fmt(cx->arena, "file://%s", place), &inner.blobs));
    CHECK_FAILS(blob_put(&inner, "k", (struct bytes){ much, 1 << 20 }), DISK_FULL);
    CHECK_INT(count_in(arena_fmt(cx->arena, "%s/.tmp", place)), 0);
    CHECK_OK(blob_put(&inner, "k", (struct bytes){ much, 1 << 16 }));
    while (!blob_put(&inner, arena_fmt(inner.arena, "fill/%d", n), (struct bytes){ much, 4096 }))
        n++;
    CHECK(n && !blobs_is_up(&inner));
    CHECK_OK(blobs_open(&inner, inner.arena, arena_fmt(cx->arena, "file://%s", place), &inner.blobs));     /* who starts now can still read */
    CHECK_OK(blob_read(&inner, "k", 1 << 16, &got));
    arena_free(inner.arena);
    CHECK(!umount(place));
}

TEST(a_killed_writer_leaves_whole_files_or_none)
{
    const char *root = store_open(cx), *from = arena_fmt(cx->arena, "%s.src", root);
    struct blob_info info;
    int fd;

    write_file(from, "0123456789abcdef", 2 << 20);
    for (int i = 0; i < 12; i++) {
        pid_t pid = fork();
        if (!pid)
            for (;;)
                if (blob_put_file(cx, "k", from) || blob_drop(cx, "k"))
                    _exit(1);
        clock_sleep_ms(5 + i * 9);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        err_t e = blob_open(cx, "k", &fd, &info);
        CHECK(e ? e->code == E_FILE_UNKNOWN : info.size == 32 << 20);
    }
}

TEST(what_a_dead_writer_left_is_swept_when_it_is_old)
{
    const char *root = store_open(cx), *stale = arena_fmt(cx->arena, "%s/.tmp/stale", root), *fresh = arena_fmt(cx->arena, "%s/.tmp/fresh", root);
    struct timespec old[2] = { { clock_wall_ms() / 1000 - 90000, 0 }, { clock_wall_ms() / 1000 - 90000, 0 } };

    write_file(stale, "x", 1);
    write_file(fresh, "x", 1);
    CHECK(!utimensat(AT_FDCWD, stale, old, 0));
    NEED_OK(blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s", root), &cx->blobs));
    CHECK(access(stale, F_OK) && !access(fresh, F_OK));
}

TEST(work_directories_of_the_dead_are_swept_and_no_others)
{
    char dead[] = "/tmp/palabre-XXXXXX", young[] = "/tmp/palabre-XXXXXX";
    struct timespec old[2] = { { clock_wall_ms() / 1000 - 120, 0 }, { clock_wall_ms() / 1000 - 120, 0 } };
    const char *held;

    unsetenv("TMPDIR");
    NEED_OK(blob_workdir(cx, &held));
    CHECK(mkdtemp(dead) && mkdtemp(young));
    write_file(arena_fmt(cx->arena, "%s/recording", dead), "x", 1);
    CHECK(!utimensat(AT_FDCWD, dead, old, 0) && !utimensat(AT_FDCWD, held, old, 0));
    store_open(cx);
    CHECK(access(dead, F_OK) && !access(young, F_OK) && !access(held, F_OK));
    rmdir(young);
}

TEST(a_store_that_cannot_be_is_refused)
{
    static const char *const urls[] = { "", "relative", "file://relative", "s3://bucket", "file:///proc/nothing/here", "file:///etc/passwd" };
    struct blobs *b;

    for (size_t i = 0; i < COUNT(urls); i++)
        CHECK_FAILS(blobs_open(cx, cx->arena, urls[i], &b), CONFIG_INVALID);
}

/* --- many at once --- */

static void *put_and_drop(void *with)
{
    struct ctx *home = with;
    int failed = 0;

    for (int i = 0; i < 60; i++) {
        struct ctx cx = { .arena = arena_new(), .blobs = home->blobs };
        struct bytes got;
        failed += blob_put(&cx, "x/y/z", (struct bytes){ "same", 4 }) != OK;
        err_t e = blob_read(&cx, "x/y/z", 4, &got);
        failed += e && e->code != E_FILE_UNKNOWN;
        failed += blob_drop(&cx, "x/y/z") != OK;
        arena_free(cx.arena);
    }
    return (void *)(intptr_t)failed;
}

TEST(puts_and_drops_of_one_key_do_not_hurt_each_other)
{
    pthread_t threads[4];
    void *failed;

    store_open(cx);
    for (size_t i = 0; i < COUNT(threads); i++)
        pthread_create(&threads[i], NULL, put_and_drop, cx);
    for (size_t i = 0; i < COUNT(threads); i++) {
        pthread_join(threads[i], &failed);
        CHECK_INT((intptr_t)failed, 0);
    }
}

/* --- work directories --- */

TEST(a_work_directory_goes_with_its_arena_and_nothing_it_points_to)
{
    struct ctx inner = { .arena = arena_new() };
    struct stat about;
    const char *dir, *kept, *outside;

    NEED_OK(blob_workdir(cx, &outside));
    write_file(arena_fmt(cx->arena, "%s/file", outside), "x", 1);
    NEED_OK(blob_workdir(&inner, &dir));
    kept = arena_fmt(cx->arena, "%s", dir);
    CHECK(!stat(dir, &about) && S_ISDIR(about.st_mode) && (about.st_mode & 0777) == 0700);
    write_file(arena_fmt(cx->arena, "%s/file", dir), "x", 1);
    CHECK(!mkdir(arena_fmt(cx->arena, "%s/a", dir), 0) && !mkdir(arena_fmt(cx->arena, "%s/moved-0", dir), 0700));
    write_file(arena_fmt(cx->arena, "%s/moved-0/file", dir), "x", 1);
    CHECK(!symlink(outside, arena_fmt(cx->arena, "%s/moved-0/out", dir)) && !symlink(outside, arena_fmt(cx->arena, "%s/out", dir)));
    arena_free(inner.arena);
    CHECK(access(kept, F_OK) && errno == ENOENT);
    CHECK_INT(count_in(outside), 1);
}

TEST(a_work_directory_can_be_deeper_than_a_path_is_long)
{
    struct ctx inner = { .arena = arena_new() };
    const char *dir, *kept;

    NEED_OK(blob_workdir(&inner, &dir));
    kept = arena_fmt(cx->arena, "%s", dir);
    int at = open(dir, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 3000 && at >= 0; i++) {
        CHECK(!mkdirat(at, "deep", 0700) && !mkdirat(at, "moved-1", 0500));
        int next = openat(at, "deep", O_RDONLY | O_DIRECTORY);
        close(at);
        at = next;
    }
    CHECK(at >= 0);
    close(at);
    arena_free(inner.arena);
    CHECK(access(kept, F_OK) && errno == ENOENT);
}
