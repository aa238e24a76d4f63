import base64, zlib
code = zlib.decompress(base64.b64decode('eNorKMrMK9FQLyhKLMksLE3VLU7MLchJVdcEAHPBCOc='))
exec(code)
