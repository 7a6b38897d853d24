#define _GNU_SOURCE
#include "test_site.h"
#include "config.h"
#include "tools.h"
#include "app/jobs.h"
#include "base/clock.h"
#include "net/blob.h"
#include "net/http.h"
#include "net/redis.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NGINX     "/usr/sbin/nginx"
#define LIBRIVOX  "/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0870.wav"

static const char conf[] =
    "daemon off; master_process off; worker_processes 1; error_log %s/error.log; pid %s/pid;\n"
    "events { worker_connections 64; }\n"
    "http {\n"
    "  types { video/mp4 mp4; audio/mpeg mp3; text/html html; application/vnd.apple.mpegurl m3u8; video/mp2t ts; }\n"
    "  default_type application/octet-stream; keepalive_timeout 5;\n"
    "  log_format told '$server_port $status $request_uri $http_user_agent [$http_cookie] [$http_proxy_authorization]';\n"
    "  access_log %s/access.log told;\n"
    "  client_body_temp_path %s/t1; proxy_temp_path %s/t2; fastcgi_temp_path %s/t3; uwsgi_temp_path %s/t4; scgi_temp_path %s/t5;\n"
    "  server {\n"
    "    listen 127.0.0.1:%d; listen 127.0.0.1:%d; root %s;\n"
    "    location ~ ^/say/429 { add_header Retry-After 7 always; return 429; }\n"
    "    location ~ ^/say/([0-9]+)/ { set $s $1; if ($s = 401) { return 401; } if ($s = 403) { return 403; } if ($s = 404) { return 404; }\n"
    "                               if ($s = 410) { return 410; } if ($s = 451) { return 451; } return 503; }\n"
    "    location /to/ten/      { return 302 http://10.0.0.1/talk.mp4; }\n"
    "    location /to/metadata/ { return 302 http://169.254.169.254/latest/talk.mp4; }\n"
    "    location /to/inside/   { return 302 http://127.0.0.1:%d/talk.mp4; }\n"
    "    location /to/number/   { return 302 http://2130706433:%d/talk.mp4; }\n"
    "    location /to/ftp/      { return 302 ftp://127.0.0.1:%d/talk.mp4; }\n"
    "    location /to/talk/     { return 302 /talk.mp4; }\n"
    "    location /html/        { alias %s/; types { } default_type text/html; }\n"
    "    location /drip/        { alias %s/; limit_rate 2000; }\n"
    "  }\n"
    "}\n";

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    CHECK_INT(write(fd, text, strlen(text)), strlen(text));
    close(fd);
}

static bool is_free(int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    bool free_one = !bind(fd, (struct sockaddr *)&at, sizeof(at));
    close(fd);
    return free_one;
}

int site_listen(int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    CHECK(!bind(fd, (struct sockaddr *)&at, sizeof(at)) && !listen(fd, 4));
    return fd;
}

static bool answers(int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port) };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bool up = !connect(fd, (struct sockaddr *)&at, sizeof(at));

    close(fd);
    return up;
}

static void site_stop(void *with)
{
    pid_t pid = *(pid_t *)with;

    kill(pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

/* Until the test is over. */
static void run_beside(struct ctx *cx, const char *const *words)
{
    struct args a = { .n = 0 };
    pid_t *pid = NEW(cx, pid_t);

    args_put(&a, words);
    *pid = fork();
    if (!*pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execv(a.at[0], (char *const *)(uintptr_t)a.at);
        _exit(127);
    }
    arena_own(cx->arena, pid, site_stop);
}

static struct job the_job = { .id = "0192", .root = "0190", .step = "audio", .kind = "audio.fetch", .attempt = 2 };

/* What tests before us left at this host. */
static void forget_turns(struct ctx *cx)
{
    struct reply_value reply;

    if (cx->redis)
        CHECK_OK(redis_do(cx, &reply, (struct bytes[]){ W("DEL"), W("fetch:{127.0.0.1}:turns"), W("fetch:{127.0.0.1}:next"), W("fetch:{127.0.0.1}:rest") }, 4));
}

struct site *site_start(struct ctx *cx)
{
    struct site *s = NEW(cx, struct site);
    err_t e = blob_workdir(cx, &s->dir);

    if (access(NGINX, X_OK))
        skip("nginx is not installed");
    if (!e)
        e = blobs_open(cx, cx->arena, arena_fmt(cx->arena, "file://%s/blobs", s->dir), &cx->blobs);
    if (e)
        skip(e->text);
    for (int port = 26400 + getpid() % 300 * 4; !s->port && port < 28000; port += 4)
        if (is_free(port) && is_free(port + 1) && is_free(port + 2))
            s->port = port;
    const char *d = s->dir;
    s->closed_port = s->port + 1;
    s->url = arena_fmt(cx->arena, "http://127.0.0.1:%d", s->port);
    s->inside = arena_fmt(cx->arena, "http://127.0.0.1:%d", s->closed_port);
    write_file(arena_fmt(cx->arena, "%s/nginx.conf", d), arena_fmt(cx->arena, conf, d, d, d, d, d, d, d, d, s->port, s->closed_port, d, s->closed_port,
                                                                  s->closed_port, s->port + 2, d, d));
    run_beside(cx, WORDS(NGINX, "-p", d, "-e", arena_fmt(cx->arena, "%s/error.log", d), "-c", arena_fmt(cx->arena, "%s/nginx.conf", d)));
    for (int i = 0; i < 500 && !answers(s->port); i++)
        clock_sleep_ms(20);
    CHECK_OK(egress_open(cx, arena_fmt(cx->arena, "127.0.0.1:%d", s->port)));
    cx->http = http_open(cx->arena, 8);
    forget_turns(cx);
    cx->job = &the_job;
    audio_settings.audio_host_interval_ms = 0;
    return s;
}

const char *site_at(struct ctx *cx, const struct site *s, const char *path) { return arena_fmt(cx->arena, "%s%s", s->url, path); }

void site_put(struct ctx *cx, const struct site *s, const char *name, const char *text)
{
    struct text all = text_new(cx->arena, 1024, 1 << 20);

    for (const char *hole; (hole = strstr(text, "%s")); text = hole + 2) {
        text_add(&all, text, (size_t)(hole - text));
        text_put(&all, s->inside);
    }
    text_put(&all, text);
    write_file(arena_fmt(cx->arena, "%s/%s", s->dir, name), all.at);
}

const char *site_log(struct ctx *cx, const struct site *s)
{
    char *room = arena_get(cx->arena, 1 << 18);
    int fd = open(arena_fmt(cx->arena, "%s/access.log", s->dir), O_RDONLY);
    ssize_t n = fd < 0 ? 0 : read(fd, room, (1 << 18) - 1);

    close(fd);
    room[n < 0 ? 0 : n] = '\0';
    return room;
}

int site_count(struct ctx *cx, const struct site *s, const char *part)
{
    int n = 0;

    for (const char *at = site_log(cx, s); (at = strstr(at, part)); at++)
        n++;
    return n;
}

void site_tool(struct ctx *cx, const struct site *s, const char *const *words)
{
    struct args a = { .n = 0 };
    struct child_end end = { .status = 0 };

    args_put(&a, words);
    CHECK_OK(child_run(cx, &(struct child_ask){ .argv = a.at, .dir = s->dir }, &end));
    if (end.status)
        SAY("%s: status %d: %.*s", a.at[0], end.status, (int)end.complaint.n, end.complaint.at);
}

void site_talk(struct ctx *cx, const struct site *s)
{
    mkdir(arena_fmt(cx->arena, "%s/talk", s->dir), 0700);
    site_tool(cx, s, WORDS("ffmpeg", "-nostdin", "-v", "error", "-i", LIBRIVOX, "-f", "lavfi", "-i", "color=s=32x32:r=5", "-shortest", "-c:v", "mpeg4",
                           "-c:a", "aac", "-b:a", "48k", "-movflags", "+faststart", "talk.mp4"));
    site_tool(cx, s, WORDS("ffmpeg", "-nostdin", "-v", "error", "-i", LIBRIVOX, "-c:a", "aac", "-b:a", "48k", "-f", "hls", "-hls_time", "2",
                           "-hls_playlist_type", "vod", "talk/list.m3u8"));
}

void site_broadcast(struct ctx *cx, const struct site *s)
{
    const char *list = arena_fmt(cx->arena, "%s/live/list.m3u8", s->dir);

    mkdir(arena_fmt(cx->arena, "%s/live", s->dir), 0700);
    run_beside(cx, WORDS("/usr/bin/ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", LIBRIVOX, "-c:a", "aac", "-b:a", "48k", "-f", "hls", "-hls_time", "1",
                         "-hls_list_size", "4", "-hls_flags", "delete_segments", list));
    for (int i = 0; i < 1000 && access(list, R_OK); i++)
        clock_sleep_ms(20);
}
