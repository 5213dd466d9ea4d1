"""Measures Kvick beside other servers; `python3 -m bench --help` says how."""
