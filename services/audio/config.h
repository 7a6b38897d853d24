/* Settings of the audio worker. */
#pragma once

#include "data/shape.h"

struct audio_settings {
    int64_t audio_max_s, audio_max_bytes, audio_cpu_s, audio_fetch_s;
    const char *audio_ytdlp, *audio_ytdlp_args, *audio_cookies, *audio_user_agent, *audio_proxy, *audio_ports;
    int64_t audio_host_most, audio_host_interval_ms, audio_host_rest_s;
};

extern const struct shape audio_settings_shape;
extern struct audio_settings audio_settings;    /* defaults; read once before any thread starts */
extern const struct format format_user_agent, format_ports;

bool audio_port_is_open(const char *port);
