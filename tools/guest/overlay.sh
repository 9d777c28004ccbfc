# SPDX-License-Identifier: GPL-2.0-only
# The part of a guest's initramfs that belongs to one run: our modules and
# programs, the files asked for, and the command.  Sourced by run.
# shellcheck shell=sh disable=SC2154

# ldd is asked, so that libraries of packages that are only unpacked are found.
libraries()
{
	private=$cache/packages/root
	theirs=$private/usr/lib/x86_64-linux-gnu
	# Those of Ceph are in a folder of their own.
	LD_LIBRARY_PATH=$theirs:$theirs/ceph:$private/lib/x86_64-linux-gnu \
		ldd "$1" 2>/dev/null || true
}

is_elf()
{
	[ "$(head -c 4 "$1" | tail -c 3)" = ELF ]
}

# copy_libraries ROOT PROGRAM: the loader keeps its path, the others share one.
copy_libraries()
{
	libraries "$2" | grep -q 'not found' && \
		die "$2: $(libraries "$2" | sed -n 's/^[[:space:]]*//; /not found/p' | head -n 1)"
	libraries "$2" |
	sed -n 's,.*=> \(/[^ ]*\) (.*,\1,p; s,^[[:space:]]*\(/[^ ]*\) (.*,\1,p' |
	while read -r lib; do
		case $lib in
		*/ld-linux*) to=$1/lib64 ;;
		*) to=$1/lib/x86_64-linux-gnu ;;
		esac
		mkdir -p "$to"
		[ -e "$to/${lib##*/}" ] || cp -L "$lib" "$to/"
	done
}

# copy_in ROOT SRC DEST
copy_in()
{
	[ -e "$2" ] || die "no file $2"
	case $3 in
	*/) dest=$1$3${2##*/} ;;
	*) dest=$1$3 ;;
	esac
	mkdir -p "${dest%/*}"
	cp -RL "$2" "$dest"
	find -L "$2" -type f -perm /111 | while read -r program; do
		! is_elf "$program" || copy_libraries "$1" "$program"
	done
}

copy_files()
{
	printf '%s' "$files" | while IFS= read -r spec; do
		src=${spec%%:*}
		case $spec in
		*:*) copy_in "$1" "$src" "${spec#*:}" ;;
		*) copy_in "$1" "$src" "/root/${src##*/}" ;;
		esac
	done
}

# What has been built of the suite: modules, command line, test programs.
copy_tandem()
{
	mkdir -p "$1/lib/tandem"
	for ko in "$tandem"/core/*.ko "$tandem"/mm/*.ko "$tandem"/irq/*.ko; do
		[ ! -e "$ko" ] || \
			objcopy --strip-debug "$ko" "$1/lib/tandem/${ko##*/}"
	done
	[ ! -x "$top/build/tandem" ] || \
		copy_in "$1" "$top/build/tandem" /usr/bin/tandem
	[ ! -d "$top/build/tests" ] || \
		copy_in "$1" "$top/build/tests" /usr/lib/tandem-tests
}

quote()
{
	printf "'%s' " "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

# A script of the host is copied with its neighbours, which it may source.
write_command()
{
	root=$1
	shift
	printf '%s' "$env" | while IFS= read -r pair; do
		printf 'export %s' "${pair%%=*}="
		quote "${pair#*=}"
		echo
	done
	if [ -f "${1:-}" ]; then
		mkdir -p "$root/root"
		script=$(basename "$1")
		for file in "$(dirname "$1")"/*.sh; do
			[ ! -e "$file" ] || cp "$file" "$root/root/"
		done
		cp "$1" "$root/root/$script"
		chmod 755 "$root/root/$script"
		shift
		set -- "./$script" "$@"
	fi
	printf 'exec '
	for word in "$@"; do
		quote "$word"
	done
	echo
}

write_settings()
{
	echo "GUEST_MARK=$mark"
	echo "GUEST_LOAD='$load'"
	echo "GUEST_DISKS='$(disk_names)'"
	echo "GUEST_INTERACTIVE=$interactive"
	echo "GUEST_SHARE=$shared"
}

# build_overlay ROOT [COMMAND [ARG]...]: leaves ROOT.cpio
build_overlay()
{
	overlay=$1
	shift
	mkdir -p "$overlay/etc/tandem"
	copy_tandem "$overlay"
	copy_files "$overlay"
	write_settings >"$overlay/etc/tandem/settings"
	write_command "$overlay" "$@" >"$overlay/etc/tandem/command"
	cp "$here/interactive" "$overlay/etc/tandem/interactive"
	(cd "$overlay" && find . | cpio -o -H newc -R 0:0 --quiet) \
		>"$overlay.cpio"
}
