# SPDX-License-Identifier: GPL-2.0-only
# Prints the lines of a kernel log that mean trouble, each with the lines that
# follow it, and ends with 1 if there were any.  `allow` is a regular
# expression for lines that are no failure.

function trouble(line) {
	return line ~ /WARNING: |BUG: |kernel BUG at|Oops|Kernel panic/ ||
	       line ~ /general protection fault|unable to handle/ ||
	       line ~ /blocked for more than|soft lockup|hard LOCKUP/ ||
	       line ~ /detected stall|self-detected stall|Call Trace:/ ||
	       line ~ /circular locking|recursive locking|lock order/ ||
	       line ~ /inconsistent lock state|suspicious RCU usage/ ||
	       line ~ /DEBUG_LOCKS_WARN|bad unlock balance|held lock freed/ ||
	       line ~ /sleeping function called|scheduling while atomic/ ||
	       line ~ /Bad page|Bad rss-counter|Bad swap|refcount_t: / ||
	       line ~ /KASAN|KFENCE|UBSAN|KCSAN|new suspected memory leak/ ||
	       line ~ /unregister_netdevice: waiting|nobody cared/
}

allow != "" && $0 ~ allow { next }
trouble($0)	{ found = 1; after = 25 }
after > 0	{ print "kernel: " $0; after-- }
END		{ exit found }
