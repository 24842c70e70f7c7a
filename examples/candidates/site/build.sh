# Makes a page of each text: build.sh FROM INTO
set -eu
mkdir -p "$2"
for text in "$1"/*.txt; do
  name=$(basename "$text" .txt)
  { echo "<!doctype html><title>$name</title><pre>"; cat "$text"; echo "</pre>"; } > "$2/$name.html"
done
echo ok > "$2/healthz"
