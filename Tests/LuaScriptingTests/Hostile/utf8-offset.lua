-- ends: time
local s = ('\x80'):rep(7 << 20)
while true do pcall(utf8.offset, 'x' .. s, 2) end
