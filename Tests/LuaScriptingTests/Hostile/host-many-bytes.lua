-- ends: time
local s = ('x'):rep(5 << 20)
local t = {}
for i = 1, 256 do t[i] = s end
table.sort(t, crypto.hmac_sha256)
while true do table.sort(t, crypto.hmac_sha256) end
