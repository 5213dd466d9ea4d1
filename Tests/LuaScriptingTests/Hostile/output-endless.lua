-- ends: output
while true do kvdb.say(('x'):rep(1000)) end
