#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# In the guest: load every module and list the files that appear in sysfs,
# with their modes, into /out/sysfs.

insmod /lib/tandem/tandem.ko || exit 1
for module in /lib/tandem/tandem_*.ko; do
	insmod "$module" || exit 1
done
find /sys/kernel/tandem -type f -exec stat -c '%a %n' {} + > /out/sysfs
