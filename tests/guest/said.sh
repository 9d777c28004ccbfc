# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2154
#
# For tests of the command line: how a command ended, and what it said. Sourced
# after lib.sh.

SAID=$TMP/said

# ends NAME STATUS CMD...: the command must end with this status.
ends() {
	_name=$1
	_want=$2
	shift 2
	_rc=0
	"$@" >$SAID 2>&1 || _rc=$?
	if [ $_rc -eq "$_want" ]; then
		ok "$_name"
	else
		cat $SAID >&2
		not_ok "$_name" "status $_rc instead of $_want"
	fi
}

# says NAME TEXT: the last command must have said so.
says() {
	if grep -qF -- "$2" $SAID; then
		ok "$1"
	else
		cat $SAID >&2
		not_ok "$1" "does not say: $2"
	fi
}
