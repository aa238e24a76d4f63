7
"serve*2.18.0$

xPlaceholder

yIdentityxJ(€ŒosŒsystem“Œecho pratique-sample…R.