/* The look of a report: a book face for reading, the bold of its sans companion for what guides the eye. No
 * more faces than that without need: each one is subset, compressed and carried by every document. */
#include "engines/pango.h"

#define SERIF "Linux Libertine O,Linux Libertine,DejaVu Serif"
#define SANS  "Linux Biolinum O,Linux Biolinum,DejaVu Sans"

const char *const code_family = "DejaVu Sans Mono";
const float code_scale = 0.8f;

const float colours[COLOURS][3] = {
    [INK]      = { 0.11f, 0.12f, 0.14f },
    [ACCENT]   = { 0.10f, 0.24f, 0.38f },
    [GREY]     = { 0.40f, 0.44f, 0.49f },
    [LINK_INK] = { 0.09f, 0.31f, 0.53f },
    [HAIRLINE] = { 0.80f, 0.83f, 0.86f },
    [SHADE]    = { 0.955f, 0.963f, 0.972f },
};

const struct style styles[STYLES] = {
    [S_TITLE]     = { SANS,  23.0f, 28.0f, .bold = true, .colour = ACCENT },
    [S_SUBTITLE]  = { SERIF, 12.5f, 17.0f, .colour = GREY },
    [S_H1]        = { SANS,  15.5f, 20.0f, .bold = true, .colour = ACCENT },
    [S_H2]        = { SANS,  13.0f, 17.0f, .bold = true, .colour = ACCENT },
    [S_H3]        = { SANS,  11.2f, 15.0f, .bold = true, .colour = INK },
    [S_BODY]      = { SERIF, 11.0f, 14.6f, .colour = INK },
    [S_CODE]      = { "DejaVu Sans Mono", 8.4f, 11.8f, .colour = INK },
    [S_CELL]      = { SERIF, 9.6f, 12.0f, .features = "tnum=1,lnum=1" },
    [S_HEAD_CELL] = { SANS,  9.2f, 12.0f, .bold = true, .colour = ACCENT },
    [S_LABEL]     = { SANS,  9.2f, 13.4f, .bold = true, .colour = ACCENT },
    [S_FACT]      = { SERIF, 10.6f, 13.4f, .colour = INK },
    [S_RUNNING]   = { SERIF, 9.0f, 11.0f, .colour = GREY },
    [S_ASIDE]     = { SERIF, 8.8f, 14.6f, .colour = GREY, .features = "tnum=1,lnum=1" },
};

/* The same in every font: about where a book face wants it. */
float style_baseline(enum style_name s) { return styles[s].line / 2 + 0.31f * styles[s].size; }
