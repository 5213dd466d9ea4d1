-- ends: error
string.format('%q', ('\0'):rep(3 << 20))
