-- ends: error
kvdb.say(string.format('%p', {}))
