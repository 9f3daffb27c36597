#!/bin/sh
# Started by ./revcam bench once everything is built. See bench.sh --help
here=$(cd "$(dirname "$0")" && pwd -P)
# The quick compiler only, as for the product: --encoders measures in this very process.
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx256m -XX:TieredStopAtLevel=1 -cp "$here/target/classes:$(cat "$here/target/classpath")" \
  revcam.bench.Bench "$@"
