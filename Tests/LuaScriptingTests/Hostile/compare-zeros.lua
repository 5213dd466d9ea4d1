-- ends: time
local a = ('\0'):rep(5 << 20)
local b = ('\0'):rep(5 << 20) .. 'x'
while true do local x = a < b end
