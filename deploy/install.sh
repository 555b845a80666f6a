#!/bin/sh
# install.sh [FROM]: installs the program holdfast for this machine, on Linux or
# macOS. FROM is a folder with the files of a release, or the address of one
# (https://…); without it, the folder that this script is in. The archive must be
# the one that SHA256SUMS names there. As root the program goes to /usr/local,
# else to ~/.local; --prefix DIR says another place.
#
# SHA256SUMS protects against a damaged archive. Against a forged one it does only
# when you have it from elsewhere: --sums FILE.
set -eu

fail() {
	echo "install.sh: $*" >&2
	exit 1
}
usage() {
	echo 'usage: install.sh [FROM] [--prefix DIR] [--sums FILE]' >&2
	exit 2
}

from='' prefix='' sums=''
while [ $# -gt 0 ]; do
	case $1 in
	--prefix) [ $# -gt 1 ] || usage; prefix=$2; shift ;;
	--sums) [ $# -gt 1 ] || usage; sums=$2; shift ;;
	-*) usage ;;
	*) [ -z "$from" ] || usage; from=$1 ;;
	esac
	shift
done
[ -n "$from" ] || from=$(dirname "$0")
if [ -z "$prefix" ]; then
	if [ "$(id -u)" = 0 ]; then prefix=/usr/local; else prefix=${HOME:?}/.local; fi
fi

case $(uname -s) in
Linux) os=linux ;;
Darwin) os=darwin ;;
*) fail "there is no archive for $(uname -s): build from source" ;;
esac
case $(uname -m) in
x86_64 | amd64) arch=amd64 ;;
aarch64 | arm64) arch=arm64 ;;
*) fail "there is no archive for $(uname -m): build from source" ;;
esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# get NAME: brings one file of the release.
get() {
	case $from in
	https://* | http://*)
		if command -v curl >/dev/null; then
			curl -fsSL --retry 3 -o "$work/$1" "${from%/}/$1" || fail "cannot fetch ${from%/}/$1"
		elif command -v wget >/dev/null; then
			wget -q -O "$work/$1" "${from%/}/$1" || fail "cannot fetch ${from%/}/$1"
		else
			fail 'install curl or wget, or download the files and name their folder'
		fi
		;;
	*) cp "$from/$1" "$work/$1" || fail "$from is not a folder with the files of a release" ;;
	esac
}

if [ -n "$sums" ]; then cp "$sums" "$work/SHA256SUMS"; else get SHA256SUMS; fi
line=$(grep "  holdfast_[^/]*_${os}_$arch\.tar\.gz\$" "$work/SHA256SUMS") || fail "SHA256SUMS names no archive for $os/$arch"
archive=${line#*  }
[ "$(printf '%s\n' "$line" | wc -l)" -eq 1 ] || fail "SHA256SUMS names several archives for $os/$arch"
get "$archive"
if command -v sha256sum >/dev/null; then
	found=$(sha256sum <"$work/$archive")
else
	found=$(shasum -a 256 <"$work/$archive")
fi
[ "${found%% *}" = "${line%% *}" ] || fail "$archive is not the file that SHA256SUMS names: nothing was installed"

tar -xzf "$work/$archive" -C "$work"
mkdir -p "$prefix/bin"
# Next to its place and moved: a program that runs is replaced, never written into.
cp "$work/${archive%.tar.gz}/holdfast" "$prefix/bin/.holdfast.part"
chmod 0755 "$prefix/bin/.holdfast.part"
mv "$prefix/bin/.holdfast.part" "$prefix/bin/holdfast"

"$prefix/bin/holdfast" version
echo "installed: $prefix/bin/holdfast"
case :$PATH: in
*:"$prefix/bin":*) ;;
*) echo "put it into your path: export PATH=$prefix/bin:\$PATH" ;;
esac
