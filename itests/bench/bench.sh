#!/bin/sh
# Started by ./revcam bench once everything is built. See bench.sh --help
here=$(cd "$(dirname "$0")" && pwd -P)
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx256m -cp "$here/target/classes:$(cat "$here/target/classpath")" \
  revcam.bench.Bench "$@"
