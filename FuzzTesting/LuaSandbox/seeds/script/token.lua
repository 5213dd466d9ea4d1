local ok, failure = pcall(kvdb.get, kvdb.var.name)
if not ok then kvdb.status = 403 kvdb.say(failure) kvdb.exit() end
local token, reason = kvdb.access_token {prefix = 'a', permissions = {'read', 'enumerate'}, ttl = 60}
if not token then kvdb.redirect('/login?why=' .. url.encode(reason), 303) end
kvdb.set('session', json.encode {token = token, at = os.time(), day = os.date('!%Y-%m-%d')}, {ttl = 60})
kvdb.print(base64.encode(crypto.sha256(token)), json.decode('{"a":[1,null]}').a[2] == json.null)
