/* Addresses of videos. */
#pragma once

#include <stdbool.h>

#define VIDEO_ID_BYTES 12       /* eleven characters of [A-Za-z0-9_-] and a NUL */

/* Is it a video of YouTube's: youtube.com/watch?v=, /embed/, /shorts/, also of www. and m., or youtu.be/? `id` gets its id. */
bool address_is_youtube(const char *url, char id[VIDEO_ID_BYTES]);

/* http or https with a host, without blanks and control characters. */
bool address_is_web(const char *url);
