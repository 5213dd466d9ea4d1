-- ends: time
return ('('):rep(1000000):find('%b()')
