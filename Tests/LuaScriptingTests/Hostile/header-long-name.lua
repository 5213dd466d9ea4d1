-- ends: error
kvdb.header[('x'):rep(7 << 20)] = 'x'
