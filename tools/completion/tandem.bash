# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Completion of tandem(8) for bash.

_tandem_options()
{
	case $1 in
	doctor) echo "--modules --root" ;;
	advise) echo "--seconds --top" ;;
	status) echo "--modules" ;;
	load) echo "--modules --timeout" ;;
	unload) echo "--timeout" ;;
	report) echo "--modules --output" ;;
	boot) echo "--seconds" ;;
	config) echo "--file" ;;
	metrics) echo "--output" ;;
	run) echo "--tier --bind --set --no-workload --dry-run" ;;
	"reclaim stat"|"reclaim top"|"tier stat"|"tier top"|\
	"irq stat"|"irq top"|"apf stat"|"apf top")
		echo "--interval --count"
		;;
	"reclaim monitor") echo "--batches --count" ;;
	"reclaim bench") echo "--size --runs --threads" ;;
	"tier replay")
		echo "--synthetic --fast --window --policy --rate" \
			"--hysteresis --cool-down --oracle --warm-up --totals"
		;;
	esac
}

_tandem_words()
{
	case $1 in
	"") echo "doctor advise status load unload reclaim tier irq apf run boot" \
		"config metrics report" ;;
	load) echo "reclaim tier irq apf" ;;
	unload) echo "reclaim tier irq apf all" ;;
	boot) echo "start stop settled clear" ;;
	config) echo "check apply save" ;;
	tier)
		echo "show set forget enable disable stat top monitor replay"
		;;
	"tier set")
		echo "window_min_ms= window_max_ms= cpu_permille= flush=" \
			"hysteresis= headroom_mib= slow_nodes=" \
			"act= fast_min= fast_max= fast_min_mib=" \
			"fast_max_mib= weight= rate_mib= promote_age=" \
			"demote_age= cooldown="
		;;
	irq) echo "show set forget enable disable stat top monitor" ;;
	"irq set")
		echo "helpers= stuck_ms= margin= poll_us= mode=stock mode=watch" \
			"mode=pinned mode=handoff mode=auto"
		;;
	apf) echo "show set enable disable stat top monitor" ;;
	"apf set") echo "threads_per_user= reads_per_user=" ;;
	reclaim) echo "show set enable disable stat top monitor bench" ;;
	"reclaim set")
		echo "batch_pages= list_pages= depth= wait_ms= inflight_pages="
		;;
	esac
}

# The command that the words before the cursor make up: at most two.
_tandem_command()
{
	local word command=

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		-*) ;;
		*)
			[[ -z $command ]] && command=$word && continue
			[[ $command == @(reclaim|tier|irq|apf) ]] && command+=" $word"
			;;
		esac
	done
	echo "$command"
}

# Behind the first word that is no option stands the program, whatever it takes.
_tandem_run()
{
	case $1 in
	--tier|-t)
		mapfile -t COMPREPLY < <(compgen -W "fast slow" -- "$2")
		return
		;;
	--set|-s)
		mapfile -t COMPREPLY < <(compgen -W "act= fast_min= fast_max= \
			fast_min_mib= fast_max_mib= weight= rate_mib= \
			promote_age= demote_age= cooldown=" -- "$2")
		compopt -o nospace 2>/dev/null
		return
		;;
	esac
	if [[ $2 == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_tandem_options run) \
			--json --no-color --help" -- "$2")
	else
		mapfile -t COMPREPLY < <(compgen -c -f -- "$2" | sort -u)
	fi
}

_tandem()
{
	local word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD-1]}
	local command

	COMPREPLY=()
	command=$(_tandem_command)
	if [[ $command == run ]]; then
		_tandem_run "$before" "$word"
		return
	fi
	case $before in
	--modules|--root)
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	--file|-f|--output|-o)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	--synthetic)
		mapfile -t COMPREPLY < <(compgen -W \
			"hotset zipf phases scan two" -- "$word")
		return
		;;
	--fast|--window|--policy|--rate|--hysteresis|--cool-down|--oracle|--warm-up)
		return
		;;
	--timeout|--interval|-i|--count|-n|--runs|--threads|-t|--seconds|--top)
		return
		;;
	--size|-s)
		mapfile -t COMPREPLY < <(compgen -W "64M 256M 1G" -- "$word")
		return
		;;
	esac
	if [[ $command == "tier replay" && $word != -* ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_tandem_options \
			"$command") --json --no-color --help" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -W "$(_tandem_words \
			"$command")" -- "$word")
	fi
	[[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	return 0
}

complete -F _tandem tandem
