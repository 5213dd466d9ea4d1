-- ends: time
local a = ('\0'):rep(16000)
local b = ('\0'):rep(16000) .. 'x'
while true do local x = a < b end
