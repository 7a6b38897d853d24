/* Protobuf to and from shapes: the proto files of proto/ describe the same members. */
#pragma once

#include "data/shape.h"

typedef struct ProtobufCMessageDescriptor ProtobufCMessageDescriptor;   /* protobuf-c's own name for it */

struct bytes wire_write(struct ctx *cx, const ProtobufCMessageDescriptor *d, const struct shape *s, const void *from);
/* INPUT_INVALID: not such a message, or its texts are not UTF-8, hold a NUL, or break the shape. */
fallible wire_read(struct ctx *cx, const ProtobufCMessageDescriptor *d, struct bytes wire,
                   const struct shape *s, void *out);

/* For the tests: message and shape have the same members of the same kinds. */
fallible wire_check(struct ctx *cx, const ProtobufCMessageDescriptor *d, const struct shape *s);
