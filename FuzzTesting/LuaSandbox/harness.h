// What the fuzz targets share.

#ifndef HARNESS_H
#define HARNESS_H

#include <stdio.h>
#include <stdlib.h>

#include "LuaSandbox.h"

/// Nanoseconds of a run that are allowed beyond twice its limit. Sanitizers make all of it slower.
#ifndef SLACK
#define SLACK 10000000
#endif

/// Ends the process with a message, so that the fuzzer keeps the input.
#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);                             \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

/// Bytes that are taken one by one; zeros when there are none left.
typedef struct Input {
    const uint8_t *place;
    const uint8_t *end;
} Input;

static inline uint8_t take_byte(Input *input) {
    return input->place < input->end ? *input->place++ : 0;
}

/// Compiles a source and runs it with a host that answers with whatever `choices` say, and requires all that the sandbox
/// promises of any script.
void run_source(const char *source, size_t count, Input choices);

#endif
