C
"serve*2.18.00

xPlaceholder

yIdentityx


aAbort