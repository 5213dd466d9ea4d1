-- ends: time
return ('a'):rep(100):find('.-.-.-.-.-.-.-.-.-b')
