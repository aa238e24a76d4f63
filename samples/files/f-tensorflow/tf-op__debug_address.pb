v
"serve*2.18.0c

xPlaceholder

yIdentityx
=
dDebugIdentityV2x*$

debug_urls
grpc://127.0.0.1:9