-- More conversions than values, and values of all kinds.
kvdb.say(pcall(string.format, ('%s'):rep(100), 1, 2))
kvdb.say(string.format('%s %q %5.1f %d %x %c %%', {}, 'a\n', 1.5, 2, 255, 65), pcall(string.format, '%p', {}))
kvdb.say(pcall(string.format, '%d %d', 1), pcall(string.format, '%', 1), pcall(string.format, '%d', 'x'))
