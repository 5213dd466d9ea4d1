-- ends: time
return ('a'):rep(1000000):find('%f[' .. ('b'):rep(10000) .. ']')
