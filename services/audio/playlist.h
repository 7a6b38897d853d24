/* HLS playlists (RFC 8216), as far as their length is concerned. */
#pragma once

#include "base/text.h"

struct playlist { double seconds; bool ended; };    /* ended: nothing will be added, so it is no broadcast */

/* False: not a list of media segments. */
bool playlist_read(const char *at, size_t n, struct playlist *out);
