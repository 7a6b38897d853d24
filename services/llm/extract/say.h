/* The words around what is extracted, in French and English: what was found, where, and by what. */
#pragma once

enum saying {
    SAY_FOUND_ONE, SAY_FOUND_MANY, SAY_PLACE, SAY_UNDER, SAY_NOT_FOUND, SAY_SUMMARY, SAY_HEARD_QUESTION, SAY_HEARD, SAY_SIGNED, SAYINGS
};

/* A format of printf; anything but English is said in French. */
const char *say(const char *language, enum saying what);
