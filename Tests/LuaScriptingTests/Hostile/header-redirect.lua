-- ends: finished
-- `redirect` sets a field, whatever the script has made of the table.
setmetatable(kvdb.header, {__newindex = function () error('called') end})
kvdb.redirect('/there')
