#!/usr/bin/env bash
# Makes the Debian package and the archive of what ./revcam build has built. Called by ./revcam package.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
root=$(cd "$here/../.." && pwd -P)
product=$root/launcher/target/revcam
out=$root/target
version=

die() { printf 'revcam: %s\n' "$*" >&2; exit 1; }

while (($#)); do
  (($# > 1)) || die "$1 takes a value; see ./revcam package --help"
  case $1 in
    --version) version=$2 ;;
    --out) out=$2 ;;
    *) die "package has no option $1; see ./revcam package --help" ;;
  esac
  shift 2
done

[[ -e $product/conf/java.args ]] || die "RevCam is not built; run ./revcam build"

# The time of everything in it: that of the last commit, so that the same sources give the same bytes (see
# reproducible-builds.org for SOURCE_DATE_EPOCH). A source archive has no commits; there it is that of the jars.
if [[ -z ${SOURCE_DATE_EPOCH-} ]]; then
  SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct 2>/dev/null) ||
    SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/.*<project.build.outputTimestamp>\(.*\)<.*/\1/p' "$root/pom.xml")" +%s)
fi
export SOURCE_DATE_EPOCH

if [[ -z $version ]]; then
  version=$(sed -n '/<artifactId>revcam<\/artifactId>/{n;s/.*<version>\(.*\)<\/version>.*/\1/p;q}' "$root/pom.xml")
  # ~ sorts before the release, and the time of the commit keeps snapshots in order.
  [[ $version != *-SNAPSHOT ]] || version=${version%-SNAPSHOT}~$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d%H%M%S)
fi
[[ $version =~ ^[0-9][A-Za-z0-9.+~]*$ ]] || die "'$version' is no version of a package: a digit first, then letters, digits and .+~"
maintainer="${DEBFULLNAME:-RevCam} <${DEBEMAIL:-revcam@localhost.localdomain}>" # the variables of dch(1)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

put() { # FILE TO [MODE]
  install -D -m "${3:-0644}" "$1" "$2"
}

# What runs, without what depends on this machine: the class-data archive is made where it is used.
put_product() { # TO
  local file
  while IFS= read -r -d '' file; do
    put "$file" "$1/${file#"$product"/}"
  done < <(find "$product" -mindepth 2 -type f -print0 | LC_ALL=C sort -z)
  put "$here/start" "$1/start" 0755
  printf '%s\n' "$version" >"$1/version"
}

put_documents() { # TO
  local document
  for document in "$root"/README.md "$root"/docs/*.md; do
    put "$document" "$1/$(basename "$document")"
  done
}

# --- the archive: one directory, which runs where it is ---------------------------------------------------------------

archive=revcam-$version
put_product "$work/$archive"
put "$here/revcam" "$work/$archive/revcam" 0755
mkdir -p "$work/$archive/configs"
install -m 0644 "$root"/configs/*.cfg "$work/$archive/configs/"
put "$here/revcam.service" "$work/$archive/systemd/revcam.service"
put "$here/revcam.sysusers" "$work/$archive/systemd/revcam.conf"
put_documents "$work/$archive/docs"
put "$root/LICENSE" "$work/$archive/LICENSE"
put "$here/debian/copyright" "$work/$archive/COPYRIGHT"

mkdir -p "$out"
out=$(cd "$out" && pwd -P)
# Ours, so that revcam_*_all.deb is one file, whatever was made before.
[ "$out" != "$root/target" ] || rm -f "$out"/revcam_*_all.deb "$out"/revcam-*.tar.gz
tar -C "$work" --sort=name --format=gnu --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -cf - "$archive" |
  gzip -9n >"$out/$archive.tar.gz"

# --- the package ------------------------------------------------------------------------------------------------------

tree=$work/deb
put_product "$tree/usr/share/revcam"
put "$here/revcam" "$tree/usr/bin/revcam" 0755
put "$here/revcam.service" "$tree/usr/lib/systemd/system/revcam.service"
put "$here/revcam.sysusers" "$tree/usr/lib/sysusers.d/revcam.conf"
put "$here/revcam.default" "$tree/etc/default/revcam"
mkdir -p "$tree/etc/revcam"
install -m 0644 "$root"/configs/*.cfg "$tree/etc/revcam/"
mkdir -p "$tree/usr/share/man/man1"
gzip -9nc "$here/revcam.1" >"$tree/usr/share/man/man1/revcam.1.gz"

documents=$tree/usr/share/doc/revcam
put_documents "$documents"
put "$here/debian/copyright" "$documents/copyright"
gzip -9nc "$root/CHANGELOG.md" >"$documents/CHANGELOG.md.gz"
gzip -9nc >"$documents/changelog.gz" <<CHANGES
revcam ($version) unstable; urgency=medium

  * What is new is in CHANGELOG.md.gz.

 -- $maintainer  $(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")
CHANGES
[[ ! -s $here/debian/lintian-overrides ]] || put "$here/debian/lintian-overrides" "$tree/usr/share/lintian/overrides/revcam"

control=$tree/DEBIAN
mkdir -p "$control"
sed -e "s/@VERSION@/$version/" -e "s/@MAINTAINER@/$maintainer/" \
  -e "s/@INSTALLED_SIZE@/$(du -sk --apparent-size --exclude=DEBIAN "$tree" | cut -f 1)/" "$here/debian/control" >"$control/control"
for script in postinst prerm postrm; do
  put "$here/debian/$script" "$control/$script" 0755
done
(cd "$tree" && find etc -type f | LC_ALL=C sort | sed 's|^|/|') >"$control/conffiles"
(cd "$tree" && find . -path ./DEBIAN -prune -o -path ./etc -prune -o -type f -printf '%P\n' | LC_ALL=C sort | xargs md5sum) \
  >"$control/md5sums"

# Nearly all of it is jars, which xz makes 1.5 % smaller than gzip does, in fifteen times as long.
dpkg-deb --root-owner-group -Zgzip -z9 --build "$tree" "$out/revcam_${version}_all.deb" >/dev/null
printf '%s\n' "$out/revcam_${version}_all.deb" "$out/$archive.tar.gz"
