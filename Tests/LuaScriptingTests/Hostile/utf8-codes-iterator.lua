-- ends: time
local f = utf8.codes('')
local s = ('\x80'):rep(7 << 20)
while true do pcall(f, s, 0) end
