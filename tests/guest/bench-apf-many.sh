#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Asynchronous page faults by the hundred thousand: each completion comes once, to who
# waits for it, and each word read is what was written.
#
# usage: bench-apf-many.sh FAULTS

# shellcheck source=tests/guest/lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tests/guest/apf-lib.sh
. "${0%/*}/apf-lib.sh"

FAULTS=$1
PORTION=$((FAULTS < 50000 ? FAULTS : 50000))

start_apf
null_with nullb7 96 completion_nsec 80000 hw_queue_depth 256 &&
	swap_on /dev/nullb7 || die "no swap device"
apf_on || die "apf was not enabled"
echo "@facts kernel=$(uname -r)"
bad=0
seed=1
while [ "$(apf_stat early)" -lt "$FAULTS" ]; do
	in_apf apftasks -m 8M -t 128 -n 8192 -a $PORTION -r $seed >$TMP/line 2>&1 || {
		bad=$((bad + 1))
		echo "# $(tail -n 1 $TMP/line)"
		[ $bad -lt 10 ] || break
	}
	seed=$((seed + 1))
	echo "@run what=many faults=$(apf_stat early) told=$(apf_stat completed) bad=$bad"
done
apf_off
swapoff /dev/nullb7
finish
