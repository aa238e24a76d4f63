†
"serve*2.18.0s

xPlaceholder

yIdentityx
M
pMlirPassthroughOpx*2
mlir_module#!func.func @main() { tf.ReadFile }