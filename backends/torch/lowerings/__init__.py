"""The lowerings, a file a family of ops; `LOWERINGS` imports it when one of them is used."""
