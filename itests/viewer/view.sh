#!/bin/sh
# Started by ./revcam view once everything is built. See ./revcam help view
here=$(cd "$(dirname "$0")" && pwd -P)
exec "${JAVA_HOME:+$JAVA_HOME/bin/}java" -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData \
  -cp "$here/target/classes:$(cat "$here/target/classpath")" revcam.view.View "$@"
