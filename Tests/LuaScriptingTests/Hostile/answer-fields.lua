-- ends: error
for i = 1, 1000 do kvdb.header['x-' .. i] = 'y' end
