# SPDX-License-Identifier: GPL-2.0-only
# Turns the options of a guest into a QEMU command line.  Sourced by run.
# shellcheck shell=sh disable=SC2154

# ---- accelerator -----------------------------------------------------------

kvm_options="-accel kvm -cpu host"

# /dev/kvm may be there and run a boot sector, and yet refuse the registers or
# the instructions of a kernel.  So only this counts: the very kernel, with the
# same options, comes up to where it misses its root file system.
try_kvm()
{
	# shellcheck disable=SC2086
	timeout -k 1 30 qemu-system-x86_64 -nodefaults -no-reboot \
		-display none -M q35 $kvm_options -smp "$cpus" -m 256M \
		-serial "file:$work/kvm" -kernel "$vmlinuz" \
		-append "console=ttyS0 panic=-1" </dev/null >/dev/null 2>&1 ||
		return 1
	grep -q 'VFS: Unable to mount root' "$work/kvm"
}

# Asked once per boot of the host.
kvm_works()
{
	[ -w /dev/kvm ] || return 1
	answer=$cache/kvm-boots-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -e "$answer" ]; then
		rm -f "$cache"/kvm-*
		if try_kvm; then echo yes; else echo no; fi >"$answer"
	fi
	[ "$(cat "$answer")" = yes ]
}

accelerator()
{
	# To a kernel that knows of an emulator, CXL regions are closed: it could
	# not empty the host's caches.
	bare=
	[ -z "$cxl" ] || bare=,-hypervisor
	if [ -n "$icount" ]; then
		echo "-accel tcg,thread=single -cpu max$bare -icount shift=0,sleep=off"
	elif [ -z "$tcg" ] && kvm_works; then
		echo "$kvm_options$bare"
	elif [ -n "$one_thread" ]; then
		echo "-accel tcg,thread=single -cpu max$bare"
	else
		echo "-accel tcg,thread=multi -cpu max$bare"
	fi
}

# ---- memory -----------------------------------------------------------------

megabytes()
{
	case $1 in
	*G) echo $((${1%G} * 1024)) ;;
	*) echo "${1%M}" ;;
	esac
}

# The CPUs of a node: all on node 0 with tiers, else an even share.
node_cpus()
{
	if [ -n "$hmat" ]; then
		[ "$1" != 0 ] || echo ",cpus=0-$((cpus - 1))"
		return
	fi
	first=$((cpus * $1 / nodes))
	last=$((cpus * ($1 + 1) / nodes - 1))
	[ $last -lt $first ] || echo ",cpus=$first-$last"
}

# A socket for each CPU where nodes share them: one with CPUs of two nodes makes
# the kernel complain.
processors()
{
	if [ -z "$hmat" ] && [ "$nodes" -gt 1 ]; then
		echo "$cpus,sockets=$cpus"
	else
		echo "$cpus"
	fi
}

# distances NODE: to those before it; QEMU wants all if it has one that differs.
distances()
{
	before=0
	while [ $before -lt "$1" ]; do
		echo "-numa dist,src=$before,dst=$1,val=20"
		before=$((before + 1))
	done
}

memory()
{
	[ "$nodes" -gt 1 ] || [ -n "$dimm$cxl" ] || return 0
	share=$(($(megabytes "$mem") / nodes))
	node=0
	while [ $node -lt "$nodes" ]; do
		size=$share
		[ $node != 0 ] || \
			size=$(($(megabytes "$mem") - share * (nodes - 1)))
		echo "-object memory-backend-ram,id=m$node,size=${size}M"
		initiator=
		[ -z "$hmat" ] || [ $node = 0 ] || initiator=,initiator=0
		echo "-numa node,nodeid=$node,memdev=m$node$(node_cpus $node)$initiator"
		distances $node
		node=$((node + 1))
	done
	[ -z "$dimm" ] || dimm
	[ -z "$hmat" ] || tiers
}

# One node more, all of whose memory may be taken away: a module in a slot.
dimm()
{
	initiator=
	[ -z "$hmat" ] || initiator=,initiator=0
	echo "-object memory-backend-ram,id=dimm,size=$dimm"
	echo "-numa node,nodeid=$nodes$initiator"
	distances "$nodes"
	echo "-device pc-dimm,memdev=dimm,node=$nodes"
}

# Size of memory, and what may be plugged in beside it.
memory_size()
{
	if [ -n "$dimm" ]; then
		echo "$mem,slots=1,maxmem=$(($(megabytes "$mem") +
			$(megabytes "$dimm")))M"
	else
		echo "$mem"
	fi
}

# QEMU has volatile devices from 8.1 on.
cxl_volatile()
{
	qemu-system-x86_64 -device cxl-type3,help | grep -q volatile-memdev
}

# A module is in its slot before the kernel knows what tier it is for. CXL devices
# of QEMU that has no volatile ones promise interrupts for events and have none,
# for which the driver turns them down unless errors are left to the firmware.
hotplug_append()
{
	[ -z "$dimm" ] || echo " memhp_default_state=offline"
	[ -z "$cxl" ] || cxl_volatile || echo " pcie_ports=compat"
}

# A type 3 device below a root port: volatile where QEMU has that, else
# persistent. With a second port the host bridge has decoders of its own, without
# which QEMU before 8.0 does not find the device. Last on the command line: what
# names no bus would be put on this one.
cxl()
{
	[ -n "$cxl" ] || return 0
	echo "-device pxb-cxl,bus=pcie.0,bus_nr=64,id=cxl0"
	echo "-device cxl-rp,bus=cxl0,id=cxlport0,port=0,chassis=0,slot=2"
	echo "-device cxl-rp,bus=cxl0,id=cxlport1,port=1,chassis=0,slot=3"
	echo "-object memory-backend-ram,id=cxlmem,size=$cxl"
	if cxl_volatile; then
		echo "-device cxl-type3,bus=cxlport0,volatile-memdev=cxlmem"
	else
		echo "-object memory-backend-ram,id=cxllabels,size=256K"
		echo "-device cxl-type3,bus=cxlport0,memdev=cxlmem,lsa=cxllabels"
	fi
}

# Each further node is twice as slow as the one before it.
tiers()
{
	node=0
	factor=1
	while [ $node -lt $((nodes + ${dimm:+1} + 0)) ]; do
		common="-numa hmat-lb,initiator=0,target=$node,hierarchy=memory"
		echo "$common,data-type=access-latency,latency=$((10 * factor))"
		echo "$common,data-type=access-bandwidth,bandwidth=$((10240 / factor))M"
		node=$((node + 1))
		factor=$((factor * 2))
	done
}

# ---- disks ------------------------------------------------------------------

disk_names()
{
	for disk in $disks; do
		printf '%s ' "${disk%%=*}"
	done
}

disk_kind()
{
	case $1, in
	*,nvme,*) echo nvme ;;
	*) echo virtio ;;
	esac
}

disk_modules()
{
	for disk in $disks; do
		case $(disk_kind "$disk") in
		nvme) echo " nvme" ;;
		*) echo " virtio_blk" ;;
		esac
	done | sort -u | tr -d '\n'
}

# Refuses what it does not know, instead of running without a limit.
check_disks()
{
	for disk in $disks; do
		case $disk in
		?*=[1-9]*) ;;
		*) wrong "--disk $disk: not NAME=SIZE" ;;
		esac
		for word in $(echo "$disk" | tr ',' ' ' | cut -s -d ' ' -f 2-); do
			case $word in
			iops=[1-9]*|bps=[1-9]*|queues=[1-9]*|virtio|nvme) ;;
			*) wrong "--disk $disk: what is $word?" ;;
			esac
		done
	done
}

disk_throttle()
{
	echo "$1" | tr ',' '\n' | sed -n \
		's/^\(iops\|bps\)=\(.*\)/,throttling.\1-total=\2/p' |
		tr -d '\n'
}

# disk_queues DISK PROPERTY: what the device calls their number
disk_queues()
{
	echo "$1" | tr ',' '\n' | sed -n "s/^queues=/,$2=/p"
}

make_disks()
{
	for disk in $disks; do
		size=${disk#*=}
		truncate -s "${size%%,*}" "$work/${disk%%=*}.raw" || \
			die "cannot make the disk $disk in $work"
	done
}

disk_arguments()
{
	for disk in $disks; do
		name=${disk%%=*}
		drive=if=none,id=$name,file=$work/$name.raw,format=raw
		echo "-drive $drive,cache=unsafe,discard=unmap$(disk_throttle "$disk")"
		case $(disk_kind "$disk") in
		nvme)
			echo "-device nvme,drive=$name,serial=$name$(
				disk_queues "$disk" max_ioqpairs)"
			;;
		*)
			echo "-device virtio-blk-pci,drive=$name,serial=$name$(
				disk_queues "$disk" num-queues)"
			;;
		esac
	done
	for device in $devices; do
		echo "-device $device"
	done
}

# ---- folders ------------------------------------------------------------------

# A comma would end the name for QEMU, a blank for the shell.
check_share()
{
	case $shared in
	*[,[:space:]]*) wrong "--share $shared: blanks and commas are not possible" ;;
	esac
	[ -z "$shared" ] || [ -d "$shared" ] || wrong "--share $shared: no such folder"
}

shared_folder()
{
	[ -z "$shared" ] || echo "-virtfs \
		local,path=$shared,mount_tag=host,security_model=none,readonly=on"
}

# ---- network ----------------------------------------------------------------

# What one card sends the other receives; the host has no part in it.
wire()
{
	[ -n "$wire" ] || return 0
	for end in 0 1; do
		printf '%s' "-netdev dgram,id=wire$end"
		printf '%s' ",local.type=unix,local.path=$work/wire$end"
		echo ",remote.type=unix,remote.path=$work/wire$((1 - end))"
		echo "-device virtio-net-pci,netdev=wire$end"
	done
}

# ---- plugins ------------------------------------------------------------------

# QEMU goes on without a plugin that it cannot find.
check_plugins()
{
	for plugin in $plugins; do
		[ -r "${plugin%%,*}" ] || wrong "--plugin ${plugin%%,*}: no such file"
	done
}

plugin_arguments()
{
	for plugin in $plugins; do
		echo "-plugin $plugin"
	done
}

# ---- the command line ---------------------------------------------------------

# Emulated CPUs share the host's: be patient before calling one stuck.
patience="watchdog_thresh=60 rcupdate.rcu_cpu_stall_timeout=120"
# Whom the runner asks when the time is over.
answers="sysrq_always_enabled unknown_nmi_panic"

serial_ports()
{
	if [ -n "$interactive" ]; then
		echo "-serial mon:stdio"
		return
	fi
	echo "-serial file:$out/console"
	echo "-chardev stdio,id=output,signal=off,logfile=$out/output"
	echo "-serial chardev:output"
	echo "-serial file:$out/status"
	echo "-chardev pipe,id=monitor,path=$work/monitor -mon chardev=monitor"
}

qemu()
{
	arguments="$(accelerator) $(memory) $(disk_arguments) \
		$(shared_folder) $(wire) $(plugin_arguments) $(serial_ports)" ||
		exit $?
	machine=q35
	[ -z "$hmat" ] || machine=$machine,hmat=on
	[ -z "$cxl" ] || machine=$machine,cxl=on,cxl-fmw.0.targets.0=cxl0,cxl-fmw.0.size=$cxl
	# shellcheck disable=SC2046,SC2086
	set -- qemu-system-x86_64 -nodefaults -no-reboot -display none \
		-M $machine -smp "$(processors)" -m "$(memory_size)" $arguments \
		-virtfs "local,path=$out,mount_tag=out,security_model=none" \
		$(cxl) \
		-kernel "$vmlinuz" -initrd "$work/initrd" -append \
		"console=ttyS0 loglevel=5 panic=-1 oops=panic no_timer_check \
$patience $answers$append$(hotplug_append | tr -d '\n')"
	if [ -n "$interactive" ]; then
		"$@"
	else
		run_guest "$@"
	fi
}
