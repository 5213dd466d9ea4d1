-- ends: error
kvdb.header['x'] = 'a\r\nset-cookie: b'
