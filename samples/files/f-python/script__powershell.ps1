powershell -NoProfile -EncodedCommand AAAA
