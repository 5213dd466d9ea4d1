-- ends: time
local s = ('\1'):rep(1 << 20)
while true do json.encode(s) end
