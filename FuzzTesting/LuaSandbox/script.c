// The input is a script's source.

#include "harness.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    // From the end, so that what a script's beginning does decides little.
    size_t behind = size / 2;
    run_source((const char *)data, size, (Input){data + behind, data + size});
    return 0;
}
