// SPDX-License-Identifier: GPL-2.0-only
/* What the commands share: options that all have, and words for errors. */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define OPT_NO_COLOUR 1000
#define OPT_OWN 2000
#define MAX_OPTIONS 16

struct inputs {
	struct cli *cli;
	void *own;
};

static const struct argp_option common_options[] = {
	{ "json", 'j', NULL, 0, "Print JSON", -1 },
	{ "no-color", OPT_NO_COLOUR, NULL, 0,
	  "Print without colours, as with NO_COLOR set", -1 },
	{ 0 }
};

static error_t parse_common(int key, char *arg, struct argp_state *state)
{
	struct cli *cli = state->input;

	(void)arg;
	switch (key) {
	case 'j':
		cli->json = true;
		return 0;
	case OPT_NO_COLOUR:
		cli->no_colour = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_both(int key, char *arg, struct argp_state *state)
{
	struct inputs *inputs = state->input;

	(void)arg;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = inputs->own;
	state->child_inputs[1] = inputs->cli;
	return 0;
}

/**
 * cli_parse_flags - read the options of a command and those that all have
 * @cli: context
 * @argp: of the command
 * @argc: number of words
 * @argv: words; the first is the command as it was called
 * @flags: for argp_parse()
 * @input: for the parser of @argp
 *
 * Does not return when an option is wrong or help was asked for.
 *
 * Return: 0, or an exit code.
 */
int cli_parse_flags(struct cli *cli, const struct argp *argp, int argc,
		    char **argv, unsigned int flags, void *input)
{
	static const struct argp common = {
		.options = common_options, .parser = parse_common,
	};
	const struct argp_child children[] = {
		{ argp, 0, NULL, 0 }, { &common, 0, NULL, 0 }, { 0 }
	};
	const struct argp both = { .parser = parse_both,
				   .children = children };
	struct inputs inputs = { cli, input };

	return argp_parse(&both, argc, argv, flags, NULL, &inputs) ?
		       CLI_USAGE : CLI_OK;
}

int cli_parse(struct cli *cli, const struct argp *argp, int argc, char **argv,
	      void *input)
{
	return cli_parse_flags(cli, argp, argc, argv, 0, input);
}

/**
 * struct reading - the words of a command being read
 * @syntax: what the command takes
 * @into: what its fields lie in
 */
struct reading {
	const struct cli_syntax *syntax;
	char *into;
};

static const struct cli_option *option_of(const struct cli_syntax *syntax,
					  int key)
{
	const struct cli_option *o = syntax->options;
	int i;

	for (i = 0; o && o[i].name; i++)
		if (key == (o[i].letter ? o[i].letter : OPT_OWN + i))
			return &o[i];
	return NULL;
}

static void read_seconds(const struct cli_option *o, const char *arg,
			 double *to, struct argp_state *state)
{
	if (parse_seconds(arg, o->min, o->max, to))
		argp_error(state, "--%s is a number of seconds from %g to %g, not \"%s\"",
			   o->name, o->min, o->max, arg);
}

static void read_count(const struct cli_option *o, const char *arg,
		       unsigned long *to, struct argp_state *state)
{
	char *end;

	errno = 0;
	*to = strtoul(arg, &end, 10);
	if (isdigit((unsigned char)*arg) && !*end && !errno &&
	    (double)*to >= o->min && (!o->max || (double)*to <= o->max))
		return;
	if (o->max)
		argp_error(state, "--%s is a number from %.0f to %.0f, not \"%s\"",
			   o->name, o->min, o->max, arg);
	else
		argp_error(state, "--%s is a number from %.0f, not \"%s\"",
			   o->name, o->min, arg);
}

static void read_size(const struct cli_option *o, const char *arg,
		      uint64_t *to, struct argp_state *state)
{
	char least[32], most[32];

	if (!parse_size(arg, to) && (double)*to >= o->min &&
	    (double)*to <= o->max)
		return;
	format_bytes(least, sizeof(least), (uint64_t)o->min);
	format_bytes(most, sizeof(most), (uint64_t)o->max);
	argp_error(state, "--%s is a size such as 64M or 1G, from %s to %s, not \"%s\"",
		   o->name, least, most, arg);
}

static void read_option(const struct cli_option *o, char *arg, char *into,
			struct argp_state *state)
{
	void *field = into + o->field;

	switch (o->kind) {
	case CLI_FLAG:
		*(bool *)field = true;
		break;
	case CLI_TEXT:
		*(const char **)field = arg;
		break;
	case CLI_SECONDS:
		read_seconds(o, arg, field, state);
		break;
	case CLI_COUNT:
		read_count(o, arg, field, state);
		break;
	case CLI_SIZE:
		read_size(o, arg, field, state);
		break;
	}
}

static const struct cli_verb *verb_of(const struct cli_syntax *syntax,
				      const char *word)
{
	const struct cli_verb *v;

	for (v = syntax->verbs; v && v->name; v++)
		if (!strcmp(v->name, word))
			return v;
	return NULL;
}

static bool takes(const struct cli_syntax *syntax, const char *word)
{
	return syntax->verbs ? !!verb_of(syntax, word) : syntax->takes(word);
}

static const char **word_of(const struct cli_syntax *syntax, void *into)
{
	return (const char **)((char *)into + syntax->word);
}

static void read_word(const struct reading *r, char *arg,
		      struct argp_state *state)
{
	const struct cli_syntax *syntax = r->syntax;
	const char **word = word_of(syntax, r->into);

	if (!syntax->words)
		argp_error(state, "\"%s\" is too much: only options are taken",
			   arg);
	else if (*word)
		argp_error(state, "\"%s\" is too much after \"%s\"", arg,
			   *word);
	else if (!takes(syntax, arg))
		argp_error(state, "there is no \"%s\"; there is: %s", arg,
			   syntax->words);
	else
		*word = arg;
}

static error_t parse_own(int key, char *arg, struct argp_state *state)
{
	const struct reading *r = state->input;
	const struct cli_option *o = option_of(r->syntax, key);

	if (o) {
		read_option(o, arg, r->into, state);
		return 0;
	}
	if (key == ARGP_KEY_ARG) {
		read_word(r, arg, state);
		return 0;
	}
	if (key == ARGP_KEY_NO_ARGS && r->syntax->required)
		argp_error(state, "say which: %s", r->syntax->words);
	return ARGP_ERR_UNKNOWN;
}

/**
 * cli_words - read the words of a command
 * @cli: context
 * @syntax: what the command takes
 * @argc: number of words
 * @argv: words; the first is the command as it was called
 * @into: what the fields of @syntax lie in, with defaults set; NULL when it
 *        has none
 *
 * Does not return when a word is wrong or help was asked for.
 *
 * Return: 0, or an exit code.
 */
int cli_words(struct cli *cli, const struct cli_syntax *syntax, int argc,
	      char **argv, void *into)
{
	const struct cli_option *o = syntax->options;
	struct argp_option options[MAX_OPTIONS + 1] = { { 0 } };
	const struct argp argp = { .options = options, .parser = parse_own,
				   .args_doc = syntax->words,
				   .doc = syntax->doc };
	struct reading reading = { syntax, into };
	int i;

	for (i = 0; o && o[i].name && i < MAX_OPTIONS; i++) {
		options[i].name = o[i].name;
		options[i].key = o[i].letter ? o[i].letter : OPT_OWN + i;
		options[i].arg = o[i].value;
		options[i].doc = o[i].help;
	}
	return cli_parse(cli, &argp, argc, argv, &reading);
}

/* The same for most commands: read the words, and make ready to print. */
int cli_read(struct cli *cli, const struct cli_syntax *syntax, int argc,
	     char **argv, void *into)
{
	int code = cli_words(cli, syntax, argc, argv, into);

	return code ? code : cli_begin(cli, syntax->lines);
}

/**
 * cli_run - for a command with verbs: read the words, and do what they say
 * @cli: context
 * @syntax: what the command takes; its word is the verb, and required
 * @argc: number of words
 * @argv: words, the command first
 * @into: where options and word go; the verb gets it
 *
 * Return: an exit code.
 */
int cli_run(struct cli *cli, const struct cli_syntax *syntax, int argc,
	    char **argv, void *into)
{
	int code = cli_read(cli, syntax, argc, argv, into);

	if (code)
		return code;
	return verb_of(syntax, *word_of(syntax, into))->run(cli, into);
}

bool cli_may_colour(const struct cli *cli)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (cli->no_colour || (no && *no) || !isatty(STDOUT_FILENO))
		return false;
	return term && strcmp(term, "dumb");
}

/**
 * cli_begin - make ready to print, once the options are known
 * @cli: context
 * @lines: JSON comes as one document per line
 *
 * Return: 0, or an exit code.
 */
int cli_begin(struct cli *cli, bool lines)
{
	enum print_format format = PRINT_TEXT;

	if (cli->out)
		return CLI_OK;
	if (cli->json)
		format = lines ? PRINT_JSON_LINES : PRINT_JSON;
	cli->out = printer_new(stdout, format, cli_may_colour(cli));
	if (cli->out)
		return CLI_OK;
	cli_error(NULL, "out of memory");
	return CLI_FAILED;
}

/**
 * cli_error - say what went wrong
 * @remedy: what to do about it, one step a line; NULL when nobody knows
 * @format: what was wrong and where, as for printf()
 */
void cli_error(const char *remedy, const char *format, ...)
{
	va_list args;

	fputs("tandem: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	while (remedy && *remedy) {
		size_t len = strcspn(remedy, "\n");

		fprintf(stderr, "        %.*s\n", (int)len, remedy);
		remedy += len;
		remedy += *remedy == '\n';
	}
}

/**
 * cli_lib_error - say why libtandem failed
 * @t: context of libtandem
 * @err: what it returned
 * @what: what could not be done
 *
 * Return: the exit code.
 */
int cli_lib_error(const struct tandem *t, int err, const char *what)
{
	const char *remedy = NULL;
	int code = CLI_FAILED;

	if (err == -ENOENT) {
		remedy = "load them with: tandem load";
		code = CLI_NOT_LOADED;
	} else if (err == -EPERM || err == -EACCES) {
		remedy = "run it as root, outside of containers";
		code = CLI_NOT_ALLOWED;
	}
	cli_error(remedy, "%s: %s", what, tandem_error(t));
	return code;
}

/**
 * cli_connect - find the kernel's side, or say why not
 * @t: gets the context of libtandem; NULL after a failure
 * @what: what it is needed for
 *
 * Return: 0, or an exit code.
 */
int cli_connect(struct tandem **t, const char *what)
{
	int err = tandem_open(t), code;

	if (!err)
		return CLI_OK;
	code = cli_lib_error(*t, err, what);
	tandem_close(*t);
	*t = NULL;
	return code;
}

/**
 * cli_find - find the command that a word names
 * @commands: the commands there are
 * @n: how many
 * @name: the word
 *
 * Return: the command, or NULL.
 */
const struct command *cli_find(const struct command *commands, size_t n,
			       const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void unknown_command(const struct command *commands, size_t n,
			    const char *path, const char *name)
{
	const char *names[32], *near;
	char remedy[128];
	size_t i;

	for (i = 0; i < n && i < ARRAY_SIZE(names); i++)
		names[i] = commands[i].name;
	near = tandem_nearest(name, names, i);
	if (near)
		snprintf(remedy, sizeof(remedy), "did you mean: %s %s",
			 path, near);
	else
		snprintf(remedy, sizeof(remedy), "%s --help lists them", path);
	cli_error(remedy, "there is no command \"%s %s\"", path, name);
}

/**
 * cli_dispatch - run the command that a word names
 * @cli: context
 * @commands: the commands there are
 * @n: how many
 * @path: words before it, for messages
 * @argc: number of words
 * @argv: words, the command first
 *
 * Return: an exit code.
 */
int cli_dispatch(struct cli *cli, const struct command *commands, size_t n,
		 const char *path, int argc, char **argv)
{
	const struct command *c = cli_find(commands, n, argv[0]);
	char *name = NULL;
	int code;

	if (!c) {
		unknown_command(commands, n, path, argv[0]);
		return CLI_USAGE;
	}
	if (asprintf(&name, "%s %s", path, c->name) < 0)
		return CLI_FAILED;
	argv[0] = name;
	code = c->run(cli, argc, argv);
	free(name);
	return code;
}

/**
 * parse_size - read a size with its unit
 * @text: as given, "64M" or "1G"; without a unit it is refused, since nobody
 *        knows whether bytes or pages were meant
 * @bytes: gets it
 *
 * Return: 0, or -EINVAL.
 */
int parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	unsigned int shift;
	char *end;

	errno = 0;
	*bytes = strtoull(text, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (!isdigit((unsigned char)*text) || errno || !unit || end[1])
		return -EINVAL;
	shift = 10 * (unsigned int)(unit - units + 1);
	if (*bytes > UINT64_MAX >> shift)
		return -EINVAL;
	*bytes <<= shift;
	return 0;
}

/**
 * parse_seconds - read a time in seconds
 * @text: as given, "5" or "0.5"
 * @min: least that is accepted
 * @max: most that is accepted
 * @seconds: gets it
 *
 * Return: 0, or -EINVAL.
 */
int parse_seconds(const char *text, double min, double max, double *seconds)
{
	char *end;

	*seconds = strtod(text, &end);
	return end == text || *end || !(*seconds >= min && *seconds <= max) ?
		       -EINVAL : 0;
}
