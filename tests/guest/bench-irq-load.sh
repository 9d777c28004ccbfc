#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# bench-irq-load.sh ROUNDS MESSAGES: what other programs see of it that the
# interrupts of all queues of the disks "blk" and "nvme" are handed over. fio writes
# and verifies; hackbench runs beside it, in a guest where an instruction takes a
# nanosecond, so that its time is the instructions of all CPUs. Lines for the host
# half begin with "@":
#	@facts name=value...
#	@run what=W arm=A name=value...
#	@fail TEXT

# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=irq-lib.sh
. "${0%/*}/irq-lib.sh"

ROUNDS=$1
MESSAGES=$2

hand_over_queues() {
	queues=0
	for line in $(lines 'virtio.*-req') $(lines 'nvme.*q[1-9]'); do
		mode $HANDOFF || give_up "line $line: the mode was refused"
		queues=$((queues + 1))
	done
	[ $queues -ge 4 ] || give_up "only $queues queues"
}

arm() {
	case $1 in
	stock) irq_off ;;
	tandem) irq_on && is $IRQ/stats/lines_handed $queues ;;
	esac || give_up "$1: $(cat $IRQ/stats/lines_handed) of $queues lines"
}

# requests DISK OPTION...: fio, asking for four at a time
requests() {
	_of=$1
	shift
	fio --name="$_of" --filename=/dev/disk/"$_of" --ioengine=libaio \
		--direct=1 --iodepth=4 --bs=4k "$@" >"$TMP/fio.$_of" 2>&1
}

# Every block is read again and compared with its checksum.
verify() {
	_given=$(irq_stat handed)
	_failed=0
	for _disk in blk nvme; do
		requests $_disk --rw=randwrite --size=8M --verify=crc32c \
			--verify_fatal=1 || _failed=$((_failed + 1))
	done
	[ $_failed = 0 ] || sed 's/^/# /' $TMP/fio.*
	echo "@run what=fio arm=$1 failed=$_failed" \
		"handed=$(($(irq_stat handed) - _given))"
}

# Two disks with 500 requests a second each beside it.
messages() {
	for _disk in blk nvme; do
		requests $_disk --rw=randread --size=8M --rate_iops=500 \
			--time_based --runtime=600 &
	done
	wait_for 10 both_read || give_up "fio does not read: $(cat $TMP/fio.*)"
	_given=$(irq_stat handed)
	_s=$(hackbench -g 1 -f 8 -l "$MESSAGES" | sed -n 's/^Time: //p')
	_given=$(($(irq_stat handed) - _given))
	killall fio
	wait
	[ "$_s" ] || give_up "hackbench did not say how long it took"
	echo "@run what=hackbench arm=$1 handed=$_given" \
		"us=$(echo "$_s" | awk '{ printf "%d", $1 * 1000000 }')"
}

# Requests that a disk has done so far.
done_by() {
	_device=$(readlink /dev/disk/"$1")
	awk '{ print $1 }' "/sys/block/${_device##*/}/stat"
}

both_read() {
	_blk=$(done_by blk)
	_nvme=$(done_by nvme)
	doze
	[ "$(done_by blk)" -gt "$_blk" ] && [ "$(done_by nvme)" -gt "$_nvme" ]
}

load_irq || give_up "the modules did not load"
irq_on || give_up "the module would not go on"
hand_over_queues
echo "@facts kernel=$(uname -r) queues=$queues"
_round=0
while [ $_round -lt "$ROUNDS" ]; do
	for _arm in stock tandem; do
		arm $_arm
		verify $_arm
		messages $_arm
	done
	_round=$((_round + 1))
done
irq_off || give_up "the module would not go off"
