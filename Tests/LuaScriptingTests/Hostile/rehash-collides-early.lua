-- ends: time
while true do
    local t = {}
    for i = 1, 4100 do t[i * ((1 << 13) - 1)] = true end
end
