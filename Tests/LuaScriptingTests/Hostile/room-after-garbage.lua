-- ends: finished
-- What is garbage leaves room for the buffers of functions.
local kept = ('x'):rep(3 << 20)
for i = 1, 5 do
    local copy = kept:upper()
    copy = copy:gsub('X', 'x', 1)
    copy = table.concat({copy, 'y'})
    copy = string.format('%s', copy)
    copy = copy:rep(1, 'x')
end
