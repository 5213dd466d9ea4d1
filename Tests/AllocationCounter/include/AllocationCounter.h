// Counts the allocations of a program that is run with this library in LD_PRELOAD, in the first 8 bytes of the file that
// ALLOCATION_COUNT_FILE names: how often all its threads together called malloc and the like. With glibc only.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#define ALLOCATION_COUNT_FILE "ALLOCATION_COUNT_FILE"

#endif
