-- ends: time
local s = ('\0'):rep(1 << 20)
while true do pcall(string.format, '%q', s) end
