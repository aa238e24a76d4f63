s
"serve*2.18.0`

xPlaceholder

yIdentityx
:
pPrintV2x*)
output_streamfile://pratique-sample