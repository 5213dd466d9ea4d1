"""Requests made of the OpenAPI document, to a server that is started for them."""
