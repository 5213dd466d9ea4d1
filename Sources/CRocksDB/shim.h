// The C API of the system's RocksDB: librocksdb-dev 7.8 on Debian 12, 8.x and 9.x on later systems.
//
// Only what has the same signature in all of these may be used: <rocksdb/version.h> is C++, so C can't tell them apart.
#ifndef KVICK_CROCKSDB_SHIM_H
#define KVICK_CROCKSDB_SHIM_H

#include <rocksdb/c.h>

#endif
