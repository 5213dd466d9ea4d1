-- ends: error
return (''):rep(1 << 62, 'ab')
