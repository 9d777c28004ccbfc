# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Several jobs at a time: what run-checks and check-mutants share.

# As many as there are CPUs; a guest takes two CPUs and some memory.
lanes_default()
{
	local n

	n=$(nproc)
	echo $((n < 4 ? n : 4))
}

# lanes_number TEXT: the number after -j
lanes_number()
{
	if [[ ! $1 =~ ^[1-9][0-9]*$ ]]; then
		echo "${0##*/}: error: -j $1: not a number above 0" >&2
		exit 2
	fi
	echo "$1"
}

# lanes_end_with_us [COMMAND]: jobs in the background do not hear an interrupt of
# the terminal; COMMAND ends those that have left this process group.
lanes_end_with_us()
{
	# shellcheck disable=SC2064
	trap "trap '' TERM; ${1:-:}; kill -TERM 0; exit 130" INT TERM
}

# lanes_run N RUN DONE NAME...: "RUN NAME LANE" for each name, N at a time, each
# in a process of its own; "DONE NAME" here when it has ended.  LANE is a number
# that no two jobs have at the same time.
lanes_run()
{
	local n=$1 run=$2 done=$3 free=() pid lane name
	local -A job=() lane_of=()

	shift 3
	for ((lane = 1; lane <= n; lane++)); do
		free+=("$lane")
	done
	for name in "$@" ""; do
		while ((${#free[@]} == 0)) || [[ ! $name && ${#job[@]} -gt 0 ]]; do
			wait -n -p pid "${!job[@]}" || :
			"$done" "${job[$pid]}"
			free+=("${lane_of[$pid]}")
			unset "job[$pid]"
		done
		[[ $name ]] || break
		lane=${free[-1]}
		unset 'free[-1]'
		"$run" "$name" "$lane" &
		job[$!]=$name
		lane_of[$!]=$lane
	done
}
