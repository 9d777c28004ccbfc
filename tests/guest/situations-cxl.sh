#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# situations-cxl.sh MODE [SITUATION]...: memory of a CXL type 3 device is the slow
# tier. The stock kernel brings it up as a node: a region over the device, a dax
# device over the region, kmem. Needs --cxl.
#
# QEMU before 8.1 has persistent devices alone. There the region is a persistent
# one and a namespace stands between it and the dax device. To memory management,
# and so to tiering, the node is the same; that the kernel would bring up a
# volatile device is not shown there.

# shellcheck disable=SC2317 # functions called by name
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=tiering.sh
. "${0%/*}/tiering.sh"

# Each access to the device is emulated one by one.
PAGES=600
CXL=/sys/bus/cxl/devices
ND=/sys/bus/nd/devices
DAX=/sys/bus/dax

# --- how it is brought up ----------------------------------------------------

# cxl_is DEVICE TYPE
cxl_is() {
	is "$CXL/$1/devtype" "$2"
}

# The decoder of this type, in $decoder.
find_decoder() {
	for _d in "$CXL"/decoder*; do
		decoder=${_d##*/}
		cxl_is "$decoder" "$1" && return
	done
	return 1
}

memory_device() {
	[ -e $CXL/mem0 ] && find_decoder cxl_decoder_endpoint
}

kind() {
	if is $CXL/mem0/ram/size 0x0; then
		echo pmem
	else
		echo ram
	fi
}

# region KIND: all of the device, in $region.
region() {
	find_decoder cxl_decoder_root || return
	_root=$CXL/$decoder
	find_decoder cxl_decoder_endpoint || return
	_size=$(cat "$CXL/mem0/$1/size")
	region=$(cat "$_root/create_$1_region")
	_r=$CXL/$region
	put "$1" "$CXL/$decoder/mode" &&
		put "$_size" "$CXL/$decoder/dpa_size" &&
		put "$region" "$_root/create_$1_region" &&
		put 256 "$_r/interleave_granularity" &&
		put 1 "$_r/interleave_ways" || return
	[ "$1" = ram ] ||
		put "$(cat /proc/sys/kernel/random/uuid)" "$_r/uuid" || return
	put "$_size" "$_r/size" && put "$decoder" "$_r/target0" &&
		put 1 "$_r/commit" &&
		put "$region" /sys/bus/cxl/drivers/cxl_region/bind
}

namespace_there() {
	[ -e $ND/namespace0.0 ] && [ -e $ND/dax0.0 ]
}

# A namespace over the persistent region, and a dax device over that.
namespace() {
	wait_for 20 namespace_there || return
	put "$(cat /proc/sys/kernel/random/uuid)" $ND/namespace0.0/uuid &&
		put $(($(cat $CXL/mem0/pmem/size))) $ND/namespace0.0/size &&
		put namespace0.0 $ND/dax0.0/namespace &&
		put ram $ND/dax0.0/mode &&
		put 2097152 $ND/dax0.0/align &&
		put "$(cat /proc/sys/kernel/random/uuid)" $ND/dax0.0/uuid &&
		put dax0.0 /sys/bus/nd/drivers/dax_pmem/bind &&
		put dax0.0 $DAX/drivers/kmem/new_id
}

dax_is_memory() {
	[ -e $DAX/devices/dax0.0/target_node ] || return
	node=$(cat $DAX/devices/dax0.0/target_node)
	grep -qs 'MemTotal: *[1-9]' "$NODE/node$node/meminfo"
}

no_node() {
	echo "# decoders, regions: $(ls $CXL 2>&1 | tr '\n' ' ')"
	dmesg | grep -i 'cxl\|nd_\|dax\|kmem' | tail -n 12 | sed 's/^/# /'
	die "the device is no node: $1"
}

# Sets node.
bring_up() {
	put online_movable $MEMORY/auto_online_blocks
	for _m in cxl_acpi cxl_pci cxl_mem cxl_pmem nd_pmem dax_pmem dax_cxl \
		kmem; do
		modprobe $_m || no_node "no module $_m"
	done
	wait_for 20 memory_device || no_node "no memory device"
	_kind=$(kind)
	echo "# the device is $_kind, of $(cat "$CXL/mem0/$_kind/size") bytes"
	check "cxl/region" region "$_kind"
	[ "$_kind" = ram ] || check "cxl/namespace" namespace
	wait_for 20 dax_is_memory || no_node "no memory of kmem"
	NODES=0,$node
	echo "# $(grep MemTotal "$NODE/node$node/meminfo")"
}

# -----------------------------------------------------------------------------

# Down to the device and up again, with the kernel's own tiers alone.
tiers() {
	start_load 0 -t 1
	check "$1/set" set_workload /load act=1 fast_max=0
	tier_on
	check "$1/down" wait_for 60 on_most "$node"
	check "$1/shown" wait_for 20 shows_slow
	set_workload /load fast_max=100
	check "$1/up" wait_for 60 on_most 0
	tier_off
	tandem tier forget /load
	check_data "$1"
}

shows_slow() {
	[ "$(of slow_pages)" -ge $((PAGES * 9 / 10)) ]
}

# The device is taken away while it holds pages that move, and comes back.
gone() {
	blocks=$(blocks_of "$node")
	start_load 0 -t 1
	set_workload /load act=1 fast_max=0
	tier_on
	check "$1/down" wait_for 60 on_most "$node"
	check "$1/offline" wait_for 60 all_blocks offline
	check "$1/moved-off" test "$(on "$node")" -eq 0
	windows_pass 5
	check "$1/state" is $TIER/state on
	check "$1/online" all_blocks online_movable
	check "$1/down-again" wait_for 60 on_most "$node"
	tier_off
	tandem tier forget /load
	check_data "$1"
}

bring_up
start_tier
shift
[ $# -gt 0 ] || set -- tiers gone
for s; do
	"$s" "cxl/$s"
done
check_rest cxl/rest
check cxl/unload rmmod tandem_tier
check cxl/unload-core rmmod tandem
finish
