// SPDX-License-Identifier: GPL-2.0-only
/*
 * The capabilities and their verbs: show, set, enable, disable, stat and so on.
 * They are the same for every capability; what differs stands in its struct
 * capability. One that this version has never heard of has the common verbs as
 * soon as it is loaded.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capability.h"
#include "irq_view.h"
#include "settings.h"
#include "tier_nodes.h"
#include "tier_view.h"

/**
 * capability_doc - write a sentence of the help
 * @cli: context
 * @doc: gets it
 * @before: the sentence up to what the capability is about
 * @after: what follows that
 */
void capability_doc(const struct cli *cli, char doc[CAPABILITY_DOC],
		    const char *before, const char *after)
{
	snprintf(doc, CAPABILITY_DOC, "%s %s%s", before,
		 cli->capability->title, after);
}

/**
 * capability_connect - find the capability in the kernel, or say why not
 * @cli: context
 * @t: gets the context of libtandem; NULL after a failure
 * @what: what it is needed for
 *
 * Return: 0, or an exit code.
 */
int capability_connect(struct cli *cli, struct tandem **t, const char *what)
{
	struct tandem_capability_info info;
	int err, code = cli_connect(t, what);

	if (code)
		return code;
	err = tandem_capability_get(*t, cli->capability->name, &info);
	if (!err)
		return CLI_OK;
	code = cli_lib_error(*t, err, what);
	tandem_close(*t);
	*t = NULL;
	return code;
}

/**
 * capability_refused - say why the kernel refused what was asked of it
 * @cli: context
 * @t: context of libtandem, from capability_connect()
 * @err: what libtandem returned
 * @what: what could not be done
 *
 * Return: the exit code: that for a wrong argument when a name or a value was
 * wrong, and not the kernel.
 */
int capability_refused(struct cli *cli, const struct tandem *t, int err,
		       const char *what)
{
	char remedy[96];

	if (err != -EINVAL && err != -ERANGE && err != -ENOENT &&
	    err != -EOPNOTSUPP)
		return cli_lib_error(t, err, what);
	snprintf(remedy, sizeof(remedy),
		 "tandem %s show lists what there is, and limits",
		 cli->capability->name);
	cli_error(remedy, "%s: %s", what, tandem_error(t));
	return CLI_USAGE;
}

/**
 * struct set_words - the words of the verb set being read
 * @cli: context
 * @settings: what they say
 */
struct set_words {
	const struct cli *cli;
	struct settings settings;
};

static error_t parse_set(int key, char *arg, struct argp_state *state)
{
	struct set_words *w = state->input;
	const struct capability *cap = w->cli->capability;
	char why[SETTINGS_WHY];

	switch (key) {
	case ARGP_KEY_ARG:
		if (settings_add(&w->settings, arg, cap->subjects, why))
			argp_error(state, "%s", why);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "say what to set, for example %s; tandem %s show lists the knobs",
			   cap->example, cap->name);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int run_set(struct cli *cli, const struct settings *s)
{
	const char *name = cli->capability->name;
	struct tandem *t;
	int err, code = cli_connect(&t, "nothing was set");

	if (code)
		return code;
	err = s->subject ? tandem_subject_set(t, name, s->subject, s->values,
					      s->n) :
			   tandem_knobs_set(t, name, s->values, s->n);
	if (err)
		code = capability_refused(cli, t, err, "nothing was set");
	tandem_close(t);
	if (code)
		return code;
	if (s->subject)
		print_str(cli->out, "subject", NULL, s->subject);
	print_u64(cli->out, "set", NULL, s->n);
	return CLI_OK;
}

static int cmd_set(struct cli *cli, int argc, char **argv)
{
	bool subjects = cli->capability->subjects;
	char doc[CAPABILITY_DOC];
	const struct argp argp = {
		.parser = parse_set,
		.args_doc = subjects ? "[SUBJECT] [KNOB=VALUE...]" :
				       "KNOB=VALUE...",
		.doc = doc,
	};
	struct set_words words = {
		.cli = cli,
		.settings.names = cli->capability->words,
	};
	int code;

	capability_doc(cli, doc, "Set knobs of", subjects ?
		       ", or of one subject: all that are given, or none. The subject comes first and is made when there is none of that name.\v"
		       "A change is lost when the module is unloaded." :
		       ": all that are given, or none.\v"
		       "A change is lost when the module is unloaded; tandem config save keeps it.");
	code = cli_parse(cli, &argp, argc, argv, &words);
	if (!code)
		code = cli_begin(cli, false);
	return code ? code : run_set(cli, &words.settings);
}

static bool any_word(const char *word)
{
	return *word;
}

static int run_forget(struct cli *cli, const char *subject)
{
	static const char what[] = "nothing was forgotten";
	struct tandem *t;
	int err, code = capability_connect(cli, &t, what);

	if (code)
		return code;
	err = tandem_subject_forget(t, cli->capability->name, subject);
	if (err)
		code = capability_refused(cli, t, err, what);
	else
		print_str(cli->out, "forgotten", NULL, subject);
	tandem_close(t);
	return code;
}

static int cmd_forget(struct cli *cli, int argc, char **argv)
{
	static const struct cli_syntax syntax = {
		.words = "SUBJECT",
		.takes = any_word,
		.required = true,
		.doc = "Forget a subject and what was set for it. What it stands for stays.",
	};
	const char *subject = NULL;
	int code = cli_read(cli, &syntax, argc, argv, &subject);

	return code ? code : run_forget(cli, subject);
}

static int run_switch(struct cli *cli, bool on)
{
	const char *what = on ? "cannot switch it on" : "cannot switch it off";
	const char *name = cli->capability->name;
	struct tandem_capability_info info = { 0 };
	struct tandem *t;
	int err, code = cli_connect(&t, what);

	if (code)
		return code;
	err = tandem_capability_set(t, name, on);
	if (!err)
		err = tandem_capability_get(t, name, &info);
	if (err)
		code = cli_lib_error(t, err, what);
	else
		print_str(cli->out, "state", name, info.state_name);
	tandem_close(t);
	return code;
}

static int switch_to(struct cli *cli, int argc, char **argv, bool on)
{
	char doc[CAPABILITY_DOC];
	const struct cli_syntax syntax = { .doc = doc };
	int code;

	capability_doc(cli, doc, "Switch", on ? " on." :
		       " off: all new work goes the stock way at once.");
	code = cli_read(cli, &syntax, argc, argv, NULL);
	return code ? code : run_switch(cli, on);
}

static int cmd_enable(struct cli *cli, int argc, char **argv)
{
	return switch_to(cli, argc, argv, true);
}

static int cmd_disable(struct cli *cli, int argc, char **argv)
{
	return switch_to(cli, argc, argv, false);
}

static const struct command reclaim_verbs[] = {
	{ "show", "the state and the knobs", cmd_show },
	{ "set", "set knobs, all or none", cmd_set },
	{ "enable", "switch on", cmd_enable },
	{ "disable", "switch off", cmd_disable },
	{ "stat", "the statistics", cmd_stat },
	{ "top", "live view of rates", cmd_top },
	{ "monitor", "changes of state, or batches", cmd_monitor },
	{ "bench", "compare off and on, on this machine", cmd_bench },
};

static const struct capability reclaim = {
	.name = CAPABILITY_RECLAIM,
	.title = "page reclaim",
	.example = "depth=4",
	.verbs = reclaim_verbs,
	.nr_verbs = ARRAY_SIZE(reclaim_verbs),
	.batches = true,
};

static const struct command common_verbs[] = {
	{ "show", "the state, the knobs and the subjects", cmd_show },
	{ "set", "set knobs, all or none", cmd_set },
	{ "forget", "forget a subject", cmd_forget },
	{ "enable", "switch on", cmd_enable },
	{ "disable", "switch off", cmd_disable },
	{ "stat", "the statistics", cmd_stat },
	{ "top", "live view of the statistics", cmd_rates },
	{ "monitor", "changes of state, and events of subjects", cmd_monitor },
};

static int cmd_tier_top(struct cli *cli, int argc, char **argv)
{
	return subject_top(cli, &tier_view, argc, argv);
}

static const struct command tier_verbs[] = {
	{ "show", "the state, the knobs and the workloads", cmd_show },
	{ "set", "set knobs, or those of a workload", cmd_set },
	{ "forget", "leave a workload to itself", cmd_forget },
	{ "enable", "switch on", cmd_enable },
	{ "disable", "switch off", cmd_disable },
	{ "stat", "the statistics", cmd_stat },
	{ "top", "live view of the workloads", cmd_tier_top },
	{ "monitor", "changes of state, and events of workloads", cmd_monitor },
	{ "replay", "run the policy over a trace of accesses",
	  cmd_tier_replay },
};

static const struct capability tier = {
	.name = CAPABILITY_TIER,
	.title = "memory tiering",
	.example = "/my.slice act=1",
	.verbs = tier_verbs,
	.nr_verbs = ARRAY_SIZE(tier_verbs),
	.subjects = true,
	.brief = " act fast_min fast_max weight fast_pages slow_pages target_pages ",
	.show_machine = tier_nodes_show,
	.show_more = tier_show_active_sets,
};

static int cmd_irq_top(struct cli *cli, int argc, char **argv)
{
	return subject_top(cli, &irq_view, argc, argv);
}

static const struct command irq_verbs[] = {
	{ "show", "the state, the knobs and the interrupts", cmd_show },
	{ "set", "set knobs, or those of an interrupt", cmd_set },
	{ "forget", "leave an interrupt to itself", cmd_forget },
	{ "enable", "switch on", cmd_enable },
	{ "disable", "switch off", cmd_disable },
	{ "stat", "the statistics", cmd_stat },
	{ "top", "live view of the interrupts", cmd_irq_top },
	{ "monitor", "changes of state, and events of interrupts",
	  cmd_monitor },
};

static const struct capability irq = {
	.name = CAPABILITY_IRQ,
	.title = "interrupts",
	.example = "24 mode=handoff",
	.verbs = irq_verbs,
	.nr_verbs = ARRAY_SIZE(irq_verbs),
	.subjects = true,
	.brief = " mode poll_us mode_now refusal helper_cpu cost_ns ",
	.words = irq_words,
	.word = irq_word,
	.show_machine = irq_show_machine,
	.show_more = irq_show_why,
};

static const struct command apf_verbs[] = {
	{ "show", "the state and the knobs", cmd_show },
	{ "set", "set knobs, all or none", cmd_set },
	{ "enable", "switch on", cmd_enable },
	{ "disable", "switch off", cmd_disable },
	{ "stat", "the statistics", cmd_stat },
	{ "top", "live view of the statistics", cmd_rates },
	{ "monitor", "changes of state", cmd_monitor },
};

static const struct capability apf = {
	.name = CAPABILITY_APF,
	.title = "asynchronous page faults",
	.example = "threads_per_user=16",
	.verbs = apf_verbs,
	.nr_verbs = ARRAY_SIZE(apf_verbs),
};

static void list_verbs(FILE *to, const struct capability *cap)
{
	size_t i;

	fprintf(to, "Usage: tandem %s VERB [OPTION...]\n\nVerbs:\n",
		cap->name);
	for (i = 0; i < cap->nr_verbs; i++)
		fprintf(to, "  %-8s %s\n", cap->verbs[i].name,
			cap->verbs[i].summary);
	fprintf(to, "\n\"tandem %s VERB --help\" tells more of each",
		cap->name);
	if (cap == &reclaim || cap == &tier || cap == &irq || cap == &apf)
		fprintf(to, "; so does tandem-%s(8)", cap->name);
	fputs(".\n", to);
}

static int run_verb(struct cli *cli, const struct capability *cap, int argc,
		    char **argv)
{
	char path[TANDEM_NAME_LEN + 8];

	/* Options that all commands have may stand before the verb. */
	while (argc > 1 && (!strcmp(argv[1], "-j") ||
			    !strcmp(argv[1], "--json"))) {
		cli->json = true;
		argc--;
		argv++;
	}
	if (argc < 2) {
		list_verbs(stderr, cap);
		return CLI_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-?")) {
		list_verbs(stdout, cap);
		return CLI_OK;
	}
	cli->capability = cap;
	snprintf(path, sizeof(path), "tandem %s", cap->name);
	return cli_dispatch(cli, cap->verbs, cap->nr_verbs, path, argc - 1,
			    argv + 1);
}

int cmd_reclaim(struct cli *cli, int argc, char **argv)
{
	return run_verb(cli, &reclaim, argc, argv);
}

int cmd_tier(struct cli *cli, int argc, char **argv)
{
	return run_verb(cli, &tier, argc, argv);
}

int cmd_irq(struct cli *cli, int argc, char **argv)
{
	return run_verb(cli, &irq, argc, argv);
}

int cmd_apf(struct cli *cli, int argc, char **argv)
{
	return run_verb(cli, &apf, argc, argv);
}

/**
 * capability_loaded - ask the kernel whether it has a capability
 * @name: its name
 *
 * Return: whether there is one.
 */
bool capability_loaded(const char *name)
{
	struct tandem_capability_info info;
	struct tandem *t;
	bool loaded;

	loaded = !tandem_open(&t) && !tandem_capability_get(t, name, &info);
	tandem_close(t);
	return loaded;
}

/**
 * cmd_capability - the common verbs, for a capability that has no command
 * @cli: context
 * @argc: number of words
 * @argv: words; the first is the name of the capability
 *
 * Return: an exit code.
 */
int cmd_capability(struct cli *cli, int argc, char **argv)
{
	const struct capability cap = {
		.name = argv[0],
		.title = argv[0],
		.example = "KNOB=VALUE",
		.verbs = common_verbs,
		.nr_verbs = ARRAY_SIZE(common_verbs),
		.subjects = true,
	};

	return run_verb(cli, &cap, argc, argv);
}
