-- ends: error
json.decode(('1'):rep(100000))
