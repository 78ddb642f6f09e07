#!/bin/sh
# Makes the certificates of this folder anew, and those of another authority with the same names in `second`.
set -e
sign() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$1.key" -out "$1.csr"
  printf 'subjectAltName=%s\n' "$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 36500 -extfile "$1.ext" -out "$1.crt"
  rm "$1.csr" "$1.ext"
}
for folder in "${@:-.}"; do
  mkdir -p "$folder" && cd "$folder"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 36500 -subj "/CN=test authority" -keyout ca.key -out ca.crt
  sign server "/CN=greeter" "DNS:greeter.example"
  sign shop "/O=mesh/CN=shop" "URI:spiffe://mesh.example/shop,DNS:shop.example"
  [ "$folder" = second ] || sign stock "/O=mesh/CN=stock" "URI:spiffe://mesh.example/stock"
  rm -f ca.key ca.srl
  cd "$OLDPWD"
done
