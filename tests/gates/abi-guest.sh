#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: load every module and list the files that appear in sysfs,
# with their modes, into /out/sysfs.

# The kernel takes one livepatch at a time.
settled() {
	! grep -qs 1 /sys/kernel/livepatch/*/transition
}

insmod /lib/tandem/tandem.ko || exit 1
for module in /lib/tandem/tandem_*.ko; do
	insmod "$module" || exit 1
	until settled; do
		sleep 0.1
	done
done
find /sys/kernel/tandem -type f -exec stat -c '%a %n' {} + > /out/sysfs
