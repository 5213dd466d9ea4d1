-- ends: error
table.unpack({}, 1, 1 << 62)
