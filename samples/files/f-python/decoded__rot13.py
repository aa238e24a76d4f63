import codecs
exec(codecs.decode("cevag('cengvdhr-fnzcyr')", 'rot13'))
