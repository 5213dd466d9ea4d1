-- ends: time
while true do local s = ('x'):rep(7 << 20) end
