-- A page that counts its visits.
local visits = kvdb.incr('visits', 1)
kvdb.header['content-type'] = 'text/html'
kvdb.say('<h1>Hello, ', (kvdb.var.name or 'you'):gsub('[<>&]', {['<'] = '&lt;', ['>'] = '&gt;', ['&'] = '&amp;'}), '</h1>')
for i, entry in ipairs(kvdb.list {prefix = 'post:', limit = 10, values = true}) do
    kvdb.say(i, ': ', entry[1], ' ', tostring(entry[2]))
end
