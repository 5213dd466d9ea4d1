-- ends: time
local s = ('1'):rep(7 << 20)
while true do tonumber(s) tonumber(s, 10) end
