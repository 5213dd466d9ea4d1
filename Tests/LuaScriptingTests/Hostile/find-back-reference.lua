-- ends: time
return ('a'):rep(20000):find('(a*)%1b')
