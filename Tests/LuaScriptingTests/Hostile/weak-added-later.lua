-- ends: memory, time
local all = {}
for i = 1, 1e7 do
    if i % 16000 == 0 then
        local mt = {}
        all[i] = setmetatable({}, mt)
        mt.__mode = 'k'
        all = all[i]
    end
    all[{}] = {}
end
