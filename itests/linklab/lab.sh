#!/bin/sh
# Started by ./revcam lab once everything is built. See ./revcam help lab
here=$(cd "$(dirname "$0")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx512m -XX:+UseParallelGC \
  -cp "$here/target/classes:$(cat "$here/target/classpath")" \
  revcam.linklab.Lab --out "$root/target/lab" "$@"
