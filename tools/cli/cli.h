/* SPDX-License-Identifier: GPL-2.0-only */
/* What the commands share: their context, exit codes and words for errors. */
#ifndef TANDEM_CLI_H
#define TANDEM_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "print.h"
#include "root.h"
#include "tandem.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define CONFIG_PATH "/etc/tandem/tandem.conf"
#define CAPABILITY_RECLAIM "reclaim"
#define CAPABILITY_TIER "tier"
#define CAPABILITY_IRQ "irq"
#define CAPABILITY_APF "apf"
#define LIVEPATCH_DIR "/sys/kernel/livepatch"

struct capability;

/**
 * enum cli_exit - exit codes; the manual page tandem(8) lists them
 * @CLI_OK: done
 * @CLI_FAILED: could not be done; of doctor: ready, with warnings
 * @CLI_USAGE: wrong arguments or configuration; of doctor: unusable
 * @CLI_NOT_LOADED: the modules are not loaded
 * @CLI_NOT_ALLOWED: needs more rights
 * @CLI_TIMEOUT: not finished in time; the module stays loaded and off
 * @CLI_STATE_FAILED: a module switched itself off
 * @CLI_STATE_DISPLACED: another livepatch took the place of a module
 * @CLI_PARTLY: done, but for some of the workloads
 */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NOT_LOADED = 3,
	CLI_NOT_ALLOWED = 4,
	CLI_TIMEOUT = 5,
	CLI_STATE_FAILED = 6,
	CLI_STATE_DISPLACED = 7,
	CLI_PARTLY = 8,
};

/**
 * struct cli - one run of the command line
 * @json: results as JSON
 * @no_colour: never colour
 * @root: where /proc and /sys are read
 * @root_dir: the same as given with --root, or NULL
 * @out: results go here; NULL until cli_begin()
 * @capability: what the verb that runs is about; NULL in other commands
 */
struct cli {
	bool json;
	bool no_colour;
	struct sysroot root;
	const char *root_dir;
	struct printer *out;
	const struct capability *capability;
};

/**
 * struct command - a word that can be given on the command line
 * @name: the word
 * @summary: what it does, for the list of commands
 * @run: does it; argv[0] is the word; returns an exit code
 */
struct command {
	const char *name;
	const char *summary;
	int (*run)(struct cli *cli, int argc, char **argv);
};

/**
 * enum cli_kind - what an option takes, and the type of its field
 * @CLI_FLAG: nothing; a bool
 * @CLI_TEXT: any text; a const char *
 * @CLI_SECONDS: seconds, also fractions; a double
 * @CLI_COUNT: a whole number; an unsigned long
 * @CLI_SIZE: a size such as 64M or 1G; a uint64_t of bytes
 */
enum cli_kind { CLI_FLAG, CLI_TEXT, CLI_SECONDS, CLI_COUNT, CLI_SIZE };

/**
 * struct cli_option - an option of a command
 * @name: the long name; NULL ends a list
 * @letter: the short name, or 0
 * @value: what the help calls its value
 * @help: what it does
 * @kind: what it takes
 * @field: offset of where it goes
 * @min: least that is accepted
 * @max: most that is accepted; 0 for a count without an end
 */
struct cli_option {
	const char *name;
	int letter;
	const char *value;
	const char *help;
	enum cli_kind kind;
	size_t field;
	double min;
	double max;
};

/**
 * struct cli_verb - what a command can be told to do
 * @name: the word; NULL ends a list
 * @run: does it; gets what the options were read into, and returns an exit code
 */
struct cli_verb {
	const char *name;
	int (*run)(struct cli *cli, const void *arguments);
};

/**
 * struct cli_syntax - what a command takes
 * @options: its own options, or NULL
 * @words: the words it takes, for the help; NULL when it takes none
 * @verbs: these are the words, see cli_run(); or NULL
 * @takes: otherwise, whether it takes this word; NULL when it takes none
 * @word: offset of the const char * that the word goes to
 * @required: there must be a word
 * @lines: its JSON comes as one document per line
 * @doc: for the help; what follows a vertical tab stands behind the options
 */
struct cli_syntax {
	const struct cli_option *options;
	const char *words;
	const struct cli_verb *verbs;
	bool (*takes)(const char *word);
	size_t word;
	bool required;
	bool lines;
	const char *doc;
};

int cli_words(struct cli *cli, const struct cli_syntax *syntax, int argc,
	      char **argv, void *into);
int cli_read(struct cli *cli, const struct cli_syntax *syntax, int argc,
	     char **argv, void *into);
int cli_run(struct cli *cli, const struct cli_syntax *syntax, int argc,
	    char **argv, void *into);
int cli_parse(struct cli *cli, const struct argp *argp, int argc, char **argv,
	      void *input);
int cli_parse_flags(struct cli *cli, const struct argp *argp, int argc,
		    char **argv, unsigned int flags, void *input);
int cli_dispatch(struct cli *cli, const struct command *commands, size_t n,
		 const char *path, int argc, char **argv);
const struct command *cli_find(const struct command *commands, size_t n,
			       const char *name);
bool capability_loaded(const char *name);
int cli_begin(struct cli *cli, bool lines);
bool cli_may_colour(const struct cli *cli);
void cli_error(const char *remedy, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
int cli_lib_error(const struct tandem *t, int err, const char *what);
int cli_connect(struct tandem **t, const char *what);
int parse_size(const char *text, uint64_t *bytes);
int parse_seconds(const char *text, double min, double max, double *seconds);

int cmd_advise(struct cli *cli, int argc, char **argv);
int cmd_boot(struct cli *cli, int argc, char **argv);
int cmd_bench(struct cli *cli, int argc, char **argv);
int cmd_capability(struct cli *cli, int argc, char **argv);
int cmd_config(struct cli *cli, int argc, char **argv);
int cmd_doctor(struct cli *cli, int argc, char **argv);
int cmd_load(struct cli *cli, int argc, char **argv);
int cmd_metrics(struct cli *cli, int argc, char **argv);
int cmd_monitor(struct cli *cli, int argc, char **argv);
int cmd_reclaim(struct cli *cli, int argc, char **argv);
int cmd_report(struct cli *cli, int argc, char **argv);
int cmd_run(struct cli *cli, int argc, char **argv);
int cmd_status(struct cli *cli, int argc, char **argv);
int cmd_irq(struct cli *cli, int argc, char **argv);
int cmd_tier(struct cli *cli, int argc, char **argv);
int cmd_apf(struct cli *cli, int argc, char **argv);
int cmd_tier_replay(struct cli *cli, int argc, char **argv);
int cmd_top(struct cli *cli, int argc, char **argv);
int cmd_unload(struct cli *cli, int argc, char **argv);

/* Parts of commands that the report puts into files of its own. */
int doctor_run(struct cli *cli, const char *modules_dir);
int status_run(struct cli *cli, const char *modules_dir);
int stat_run(struct cli *cli, const char *capability);
int show_run(struct cli *cli, const char *capability);

/* Commands that the boot is made of; the context is ready to print. */
int load_run(struct cli *cli, double timeout);
int unload_run(struct cli *cli, const char *which, double timeout);
int config_check(struct cli *cli, const char *path);
int config_apply(struct cli *cli, const char *path);

#endif
