#include "config.h"

#include "gate.h"
#include "ytdlp.h"

#include <string.h>

/* Six hours at most: a 48 kHz stereo WAV of it just fits the 4 GiB that a RIFF header can say. */
SHAPE(audio_settings, "Settings of the audio worker.",
    FIELD(audio_settings, audio_max_s,            "Longest recording taken, in seconds.", .min = 1, .max = 21600),
    FIELD(audio_settings, audio_max_bytes,        "Largest recording taken, in bytes.", .min = 1, .max = 1LL << 40),
    FIELD(audio_settings, audio_cpu_s,            "Processor seconds one conversion may use.", .min = 10, .max = 86400),
    FIELD(audio_settings, audio_fetch_s,          "Seconds that fetching one recording from the web may take.", .min = 1, .max = 3600),
    FIELD(audio_settings, audio_ytdlp,            "The program that knows video sites: a name in /usr/bin, or a path.", .min = 1, .max = 1000),
    FIELD(audio_settings, audio_ytdlp_args,       "More arguments for it, out of a short list; see docs/FETCHING.md.", .max = 2000, .format = &format_ytdlp_args),
    FIELD(audio_settings, audio_cookies,          "File of cookies that it shows to sites (Netscape format); it is only read.", .max = 1000),
    FIELD(audio_settings, audio_user_agent,       "What it calls itself there; empty: its usual.", .max = 500, .format = &format_user_agent),
    FIELD(audio_settings, audio_proxy,            "Proxy through which videos are fetched: http://[user:password@]host:port.", .secret = true, .max = 1000,
          .format = &format_proxy),
    FIELD(audio_settings, audio_ports,            "Ports from which may be fetched, with commas.", .min = 1, .max = 200, .format = &format_ports),
    FIELD(audio_settings, audio_host_most,        "Recordings fetched from one site at a time, by all workers.", .min = 1, .max = 100),
    FIELD(audio_settings, audio_host_interval_ms, "Milliseconds between two beginnings at one site.", .max = 600000),
    FIELD(audio_settings, audio_host_rest_s,      "Seconds that a site is left alone when it says that we ask too much.", .min = 1, .max = 86400));

struct audio_settings audio_settings = {
    .audio_max_s = 4 * 3600,
    .audio_max_bytes = 4LL << 30,
    .audio_cpu_s = 3600,
    .audio_fetch_s = 1800,
    .audio_ytdlp = "yt-dlp",
    .audio_ports = "80,443",
    .audio_host_most = 2,
    .audio_host_interval_ms = 1000,
    .audio_host_rest_s = 300,
};

/* Unlike sizes and times, a word of these could hide another argument or header. */
static const char *check_user_agent(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            return "is plain ASCII on one line";
    return NULL;
}
const struct format format_user_agent = { "user-agent", check_user_agent };

static const char *check_ports(const char *text, size_t n)
{
    int64_t port;

    for (size_t i = 0, len; i <= n; i += len + 1) {
        const char *comma = memchr(text + i, ',', n - i);
        len = comma ? (size_t)(comma - text) - i : n - i;
        if (!text_to_long(text + i, len, &port) || port < 1 || port > 65535)
            return "is numbers of ports with commas";
    }
    return NULL;
}
const struct format format_ports = { "ports", check_ports };

bool audio_port_is_open(const char *port)
{
    size_t n = strlen(port);

    for (const char *at = audio_settings.audio_ports; at; at = strchr(at, ','), at = at ? at + 1 : NULL)
        if (!strncmp(at, port, n) && (at[n] == ',' || !at[n]))
            return true;
    return false;
}
