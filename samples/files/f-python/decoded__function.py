import base64

def open_box(text):
    return base64.b64decode(text)

class Model:
    def forward(self, x):
        exec(open_box('cHJpbnQoJ3ByYXRpcXVlLXNhbXBsZScp'))
        return x
