# SPDX-License-Identifier: GPL-2.0-only
# Shared by the shell programs of the test bed: messages, consent, checks of
# the machine.  Sourced, never run.  Nothing here changes the machine.
# shellcheck shell=sh

cache=${TANDEM_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/tandem}

note()
{
	printf '%s\n' "$*" >&2
}

die()
{
	printf '%s: error: %s\n' "${prog:-tandem}" "$*" >&2
	exit 1
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

# One clear line for a program that is not there, with the package it is in.
need()
{
	have "$1" || die "$1 is missing: run 'make setup' (package $2)"
}

# True when nobody has to be asked.
agreed()
{
	[ "${YES:-}" = 1 ] || [ "${CI:-}" = true ] || [ -e "$cache/agreed" ]
}

# consent QUESTION: returns when the user agrees, ends the program otherwise.
consent()
{
	agreed && return 0
	[ -t 0 ] || die "nobody to ask: agree with YES=1 make setup"
	printf '%s [y/N] ' "$1" >&2
	read -r answer || answer=n
	case $answer in
	y|Y|yes) ;;
	*) die "not agreed, nothing was changed" ;;
	esac
}

# need_space DIR MEGABYTES WHAT
need_space()
{
	free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
	[ "$free" -ge "$2" ] || \
		die "too little disk space for $3: $2 MB needed in $1, $free MB free"
}

# need_memory MEGABYTES: what a guest and a build beside it take.
need_memory()
{
	free=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
	[ "$free" -ge "$1" ] || \
		die "too little memory: $1 MB needed, $free MB available"
}

# A folder that held something else before is never marked as a cache, and
# what is not marked is never emptied.
make_cache()
{
	mkdir -p "$cache" 2>/dev/null || true
	[ -w "$cache" ] || \
		die "no permission to write the cache folder $cache (set TANDEM_CACHE)"
	[ ! -e "$cache/CACHEDIR.TAG" ] || return 0
	[ -e "$cache/agreed" ] || [ -z "$(ls -A "$cache")" ] || \
		die "$cache holds other things: set TANDEM_CACHE to a folder of its own"
	echo 'Signature: 8a477f597d28d172789f06886806bc55' >"$cache/CACHEDIR.TAG"
}

need_platform()
{
	[ "$(uname -m)" = x86_64 ] || die "needs x86-64, this is $(uname -m)"
	os=$(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null | tr -d '"')
	os_version=$(sed -n 's/^VERSION_ID=//p' /etc/os-release 2>/dev/null |
		tr -d '"')
	case $os:$os_version in
	debian:12|debian:13) ;;
	*) die "needs Debian 12 or 13, this is ${os:-unknown} $os_version" ;;
	esac
}

# Run a command as root: directly, or by sudo.
as_root()
{
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif have sudo; then
		sudo "$@"
	else
		die "no permission to install packages: be root or have sudo"
	fi
}
