-- ends: error
json.decode(('['):rep(100000))
