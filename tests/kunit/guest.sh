#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: load KUnit, then every test module of DIR.  A suite runs when
# its module is loaded; the kernel log is the result, the caller reads it.

dir=$1
status=0

insmod "$dir/kunit.ko" enable=1 || exit 1
for module in "$dir"/kunit_*.ko; do
	name=$(basename "$module" .ko)
	echo "loading $name" > /dev/kmsg
	insmod "$module" || status=1
	rmmod "$name" || status=1
done
rmmod kunit || status=1
dmesg > /out/ktap
exit $status
