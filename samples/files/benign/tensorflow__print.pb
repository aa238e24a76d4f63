c
"serve*2.18.0P

xPlaceholder

yIdentityx
*
pPrintV2x*
output_streamstderr