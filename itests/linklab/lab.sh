#!/bin/sh
# Started by ./revcam lab once everything is built. See lab.sh --help
here=$(cd "$(dirname "$0")" && pwd -P)
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx512m -XX:+UseParallelGC -cp "$here/target/classes:$(cat "$here/target/classpath")" \
  revcam.linklab.Lab --out "$here/../../target/lab" "$@"
