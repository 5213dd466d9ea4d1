-- ends: time
local s = ('\0'):rep(256 << 10)
while true do string.format('%q', s) end
