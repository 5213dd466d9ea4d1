-- ends: error
kvdb.status = 'ok'
