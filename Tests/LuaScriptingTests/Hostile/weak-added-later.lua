-- ends: memory, time
local mt = {}
local all = setmetatable({}, mt)
mt.__mode = 'k'
for i = 1, 1e7 do all[{}] = {} end
