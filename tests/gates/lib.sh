# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the gates in tests/check.d/1* share.  A gate is a command that is
# silent and ends with 0 when all is well; what it prints is the finding.

set -euo pipefail

top=${TANDEM_TOP:-$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")}
build=${BUILD:-$top/build}/gates
# shellcheck disable=SC2034
here=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")")
cd "$top"
mkdir -p "$build"

kernel_source()
{
	echo "${TANDEM_SOURCE:-$("$top/tools/bed/bed" source)}"
}

# The files of the tree: those in git and those about to be, or all.
files()
{
	if [[ -e .git ]]; then
		git ls-files -co --exclude-standard
	else
		find . -path ./build -prune -o -type f -print | sed 's,^\./,,'
	fi | grep -vE '(^|/)\.[^/]*\.d$' | while read -r f; do
		[[ -f $f && ! -L $f ]] && echo "$f"
	done
	return 0
}

kernel_c() { files | grep -E '^(core|irq|mm|include)/.*\.[ch]$' || :; }

user_c()
{
	files | grep -E '^(tools|tests/(unit|guest|bench))/.*\.[ch]$' || :
}

scripts()
{
	files | while read -r f; do
		case $f in
		*.sh) echo "$f" ;;
		*.bash) echo "$f" ;;
		*.*) ;;
		*) if head -c 64 "$f" | grep -qaE '^#! ?/bin/(ba)?sh'; then
			echo "$f"
		fi ;;
		esac
	done
}

# gate NAME COMMAND...: one line for the runner, then the whole finding.
gate()
{
	local name=$1 found=$build/$1.txt

	shift
	if ("$@") > "$found" 2>&1 && [[ ! -s $found ]]; then
		echo "ok $name"
		return
	fi
	echo "not ok $name: $(wc -l < "$found") lines, first:" \
		"$(head -n 1 "$found" | cut -c 1-160)"
	sed 's/^/  /' "$found"
}

# need PROGRAM PACKAGE
need()
{
	command -v "$1" > /dev/null && return
	echo "$1 is missing: install $2"
	return 1
}
