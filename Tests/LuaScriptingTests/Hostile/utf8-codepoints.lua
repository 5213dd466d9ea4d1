-- ends: time
local s = ('x'):rep(1 << 20)
while true do pcall(utf8.codepoint, s, 1, 100000) end
