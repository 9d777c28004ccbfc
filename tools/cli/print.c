// SPDX-License-Identifier: GPL-2.0-only
/*
 * The print layer: what a command found out, as text or as JSON.
 *
 * In JSON a stack of open containers is kept and written whole at the end, or
 * line by line; in text everything is written at once, tables when they end.
 */
#include <inttypes.h>
#include <jansson.h>
#include <libsmartcols.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "print.h"

#define DEPTH 8
#define LABEL_WIDTH 18
#define BAR_WIDTH 40

struct printer {
	FILE *out;
	enum print_format format;
	bool colour;
	json_t *stack[DEPTH];
	int depth;

	const struct print_column *columns;
	size_t nr_columns;
	size_t column;
	struct libscols_table *table;
	struct libscols_line *line;
	size_t shown;
	json_t *row;
};

static const char *tone_colour(enum print_tone tone)
{
	switch (tone) {
	case TONE_GOOD:
		return "\033[32m";
	case TONE_WARN:
		return "\033[33m";
	case TONE_BAD:
		return "\033[1;31m";
	case TONE_DIM:
		return "\033[2m";
	default:
		return "";
	}
}

static const char *tone_name(enum print_tone tone)
{
	switch (tone) {
	case TONE_GOOD:
		return "green";
	case TONE_WARN:
		return "brown";
	case TONE_BAD:
		return "lightred";
	case TONE_DIM:
		return "darkgray";
	default:
		return NULL;
	}
}

/**
 * printer_new - make a printer
 * @out: where to
 * @format: text or JSON
 * @colour: may text be coloured
 *
 * Return: the printer, or NULL when there is no memory.
 */
struct printer *printer_new(FILE *out, enum print_format format, bool colour)
{
	struct printer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->out = out;
	p->format = format;
	p->colour = colour;
	p->stack[0] = json_object();
	if (!p->stack[0]) {
		free(p);
		return NULL;
	}
	return p;
}

bool printer_is_json(const struct printer *p)
{
	return p->format != PRINT_TEXT;
}

/**
 * print_flush - end a record
 * @p: printer
 *
 * In JSON lines the record is written and a new one begins. Otherwise the
 * stream is only pushed out.
 */
void print_flush(struct printer *p)
{
	if (p->format == PRINT_JSON_LINES) {
		json_dumpf(p->stack[0], p->out,
			   JSON_COMPACT | JSON_REAL_PRECISION(12));
		fputc('\n', p->out);
		json_object_clear(p->stack[0]);
		p->depth = 0;
	}
	fflush(p->out);
}

/**
 * printer_finish - write what is still held back
 * @p: printer
 *
 * Return: 0, or -1 when something could not be written.
 */
int printer_finish(struct printer *p)
{
	if (p->format == PRINT_JSON && json_object_size(p->stack[0])) {
		json_dumpf(p->stack[0], p->out,
			   JSON_INDENT(2) | JSON_REAL_PRECISION(12));
		fputc('\n', p->out);
	}
	return fflush(p->out) || ferror(p->out) ? -1 : 0;
}

void printer_free(struct printer *p)
{
	if (!p)
		return;
	json_decref(p->stack[0]);
	free(p);
}

static void add(struct printer *p, const char *key, json_t *value)
{
	json_t *into = p->stack[p->depth];

	if (json_is_array(into))
		json_array_append_new(into, value);
	else
		json_object_set_new(into, key ? key : "", value);
}

static void push(struct printer *p, const char *key, json_t *container)
{
	add(p, key, container);
	if (p->depth + 1 < DEPTH)
		p->stack[++p->depth] = container;
}

void print_open(struct printer *p, const char *key)
{
	if (printer_is_json(p))
		push(p, key, json_object());
}

void print_open_list(struct printer *p, const char *key)
{
	if (printer_is_json(p))
		push(p, key, json_array());
}

void print_close(struct printer *p)
{
	if (printer_is_json(p) && p->depth)
		p->depth--;
}

/*
 * Text from the kernel is not always UTF-8, and jansson refuses what is not:
 * such text loses the bytes that are in the way instead of being lost.
 */
static json_t *json_text(const char *value)
{
	json_t *text;
	char *copy, *c;

	if (!value)
		return json_null();
	text = json_string(value);
	if (text)
		return text;
	copy = strdup(value);
	for (c = copy; c && *c; c++)
		if ((unsigned char)*c > 126)
			*c = '?';
	text = copy ? json_string(copy) : NULL;
	free(copy);
	return text ? text : json_null();
}

static json_t *json_rounded(double value, int decimals)
{
	double scale = pow(10, decimals);

	return isfinite(value) ? json_real(round(value * scale) / scale) :
				 json_null();
}

static void toned(struct printer *p, const char *text, enum print_tone tone)
{
	bool paint = p->colour && tone != TONE_PLAIN;

	fprintf(p->out, "%s%s%s", paint ? tone_colour(tone) : "", text,
		paint ? "\033[0m" : "");
}

/**
 * print_tone - print a field
 * @p: printer
 * @key: name in JSON
 * @label: name in text; NULL leaves the field out of text
 * @value: what it is; NULL is null in JSON and "-" in text
 * @tone: how it is to be taken
 */
void print_tone(struct printer *p, const char *key, const char *label,
		const char *value, enum print_tone tone)
{
	if (printer_is_json(p)) {
		add(p, key, json_text(value));
	} else if (label) {
		fprintf(p->out, "%-*s ", LABEL_WIDTH, label);
		toned(p, value ? value : "-", tone);
		fputc('\n', p->out);
	}
}

void print_str(struct printer *p, const char *key, const char *label,
	       const char *value)
{
	print_tone(p, key, label, value, TONE_PLAIN);
}

void print_u64(struct printer *p, const char *key, const char *label,
	       uint64_t value)
{
	char text[32];

	if (printer_is_json(p)) {
		add(p, key, json_integer((json_int_t)value));
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64, value);
	print_str(p, key, label, text);
}

void print_real(struct printer *p, const char *key, const char *label,
		double value, int decimals)
{
	char text[64];

	if (printer_is_json(p)) {
		add(p, key, json_rounded(value, decimals));
		return;
	}
	snprintf(text, sizeof(text), "%.*f", decimals, value);
	print_str(p, key, label, isfinite(value) ? text : NULL);
}

void print_bool(struct printer *p, const char *key, const char *label,
		bool value)
{
	if (printer_is_json(p))
		add(p, key, json_boolean(value));
	else
		print_str(p, key, label, value ? "yes" : "no");
}

static void table_open(struct printer *p)
{
	size_t i;

	p->table = scols_new_table();
	if (!p->table)
		return;
	scols_table_set_stream(p->table, p->out);
	scols_table_enable_colors(p->table, p->colour);
	for (i = 0; i < p->nr_columns; i++) {
		const struct print_column *c = &p->columns[i];

		if (!c->head)
			continue;
		scols_table_new_column(p->table, c->head, 0,
				       (c->right ? SCOLS_FL_RIGHT : 0) |
				       (c->wrap ? SCOLS_FL_WRAP : 0));
	}
}

/**
 * print_table - begin a table
 * @p: printer
 * @key: name of the list in JSON
 * @columns: the columns; they must stay until print_table_end()
 * @n: how many
 *
 * Cells are given one by one; after the last of a row the next row begins.
 */
void print_table(struct printer *p, const char *key,
		 const struct print_column *columns, size_t n)
{
	p->columns = columns;
	p->nr_columns = n;
	p->column = 0;
	p->shown = 0;
	if (printer_is_json(p))
		print_open_list(p, key);
	else
		table_open(p);
}

static void cell(struct printer *p, json_t *value, const char *text,
		 enum print_tone tone)
{
	const struct print_column *c = &p->columns[p->column];
	struct libscols_cell *shown;

	if (printer_is_json(p)) {
		if (!p->column) {
			p->row = json_object();
			add(p, NULL, p->row);
		}
		json_object_set_new(p->row, c->key, value);
	} else if (p->table) {
		if (!p->column) {
			p->line = scols_table_new_line(p->table, NULL);
			p->shown = 0;
		}
		if (p->line && c->head) {
			scols_line_set_data(p->line, p->shown,
					    text ? text : "-");
			shown = scols_line_get_cell(p->line, p->shown++);
			if (p->colour && shown && tone_name(tone))
				scols_cell_set_color(shown, tone_name(tone));
		}
	}
	p->column = (p->column + 1) % p->nr_columns;
}

void print_cell_tone(struct printer *p, const char *value,
		     enum print_tone tone)
{
	cell(p, printer_is_json(p) ? json_text(value) : NULL, value, tone);
}

void print_cell_str(struct printer *p, const char *value)
{
	print_cell_tone(p, value, TONE_PLAIN);
}

void print_cell_u64(struct printer *p, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	cell(p, printer_is_json(p) ? json_integer((json_int_t)value) : NULL,
	     text, TONE_PLAIN);
}

/**
 * print_cell_bytes - a size: with a unit for people, in bytes for machines
 * @p: printer
 * @bytes: size
 */
void print_cell_bytes(struct printer *p, uint64_t bytes)
{
	char text[32];

	format_bytes(text, sizeof(text), bytes);
	cell(p, printer_is_json(p) ? json_integer((json_int_t)bytes) : NULL,
	     text, TONE_PLAIN);
}

void print_cell_real(struct printer *p, double value, int decimals)
{
	char text[64];

	snprintf(text, sizeof(text), "%.*f", decimals, value);
	cell(p, printer_is_json(p) ? json_rounded(value, decimals) : NULL,
	     isfinite(value) ? text : NULL, TONE_PLAIN);
}

void print_cell_bool(struct printer *p, bool value)
{
	cell(p, printer_is_json(p) ? json_boolean(value) : NULL,
	     value ? "yes" : "no", TONE_PLAIN);
}

void print_cell_none(struct printer *p)
{
	cell(p, printer_is_json(p) ? json_null() : NULL, NULL, TONE_PLAIN);
}

void print_table_end(struct printer *p)
{
	if (printer_is_json(p)) {
		print_close(p);
	} else if (p->table) {
		scols_print_table(p->table);
		scols_unref_table(p->table);
	}
	p->table = NULL;
	p->line = NULL;
	p->row = NULL;
}

static void remedy_lines(struct printer *p, const char *remedy)
{
	while (*remedy) {
		size_t len = strcspn(remedy, "\n");

		fprintf(p->out, "%*s%.*s\n", 30, "", (int)len, remedy);
		remedy += len;
		remedy += *remedy == '\n';
	}
}

/**
 * print_verdict - print the outcome of a check
 * @p: printer
 * @verdict: one word
 * @tone: how it is to be taken
 * @check: name of the check
 * @finding: what was found
 * @remedy: what to do, one step a line; NULL when there is nothing to do
 *
 * In JSON it becomes an object of the list that is open.
 */
void print_verdict(struct printer *p, const char *verdict,
		   enum print_tone tone, const char *check,
		   const char *finding, const char *remedy)
{
	char word[16];

	if (printer_is_json(p)) {
		print_open(p, NULL);
		print_str(p, "check", NULL, check);
		print_str(p, "verdict", NULL, verdict);
		print_str(p, "finding", NULL, finding);
		print_str(p, "remedy", NULL, remedy);
		print_close(p);
		return;
	}
	snprintf(word, sizeof(word), "%-9s", verdict);
	toned(p, word, tone);
	fprintf(p->out, " %-19s %s\n", check, finding);
	if (remedy)
		remedy_lines(p, remedy);
}

/**
 * print_note - say something that is for people only
 * @p: printer
 * @format: as for printf()
 */
void print_note(struct printer *p, const char *format, ...)
{
	va_list args;

	if (printer_is_json(p))
		return;
	va_start(args, format);
	vfprintf(p->out, format, args);
	va_end(args);
	fputc('\n', p->out);
}

void print_heading(struct printer *p, const char *text)
{
	if (printer_is_json(p))
		return;
	toned(p, text, TONE_DIM);
	fputc('\n', p->out);
}

/**
 * print_bar - print a number with a bar beside it, for people only
 * @p: printer
 * @label: what it is the number of
 * @value: the number
 * @most: the number whose bar is the longest; others are in proportion
 */
void print_bar(struct printer *p, const char *label, uint64_t value,
	       uint64_t most)
{
	double share = most ? (double)value / (double)most : 0;
	size_t full = (size_t)ceil(share * BAR_WIDTH);
	char bar[BAR_WIDTH + 1];

	if (printer_is_json(p))
		return;
	if (full > BAR_WIDTH)
		full = BAR_WIDTH;
	memset(bar, '#', full);
	bar[full] = '\0';
	fprintf(p->out, "  %-*s %12" PRIu64, LABEL_WIDTH, label, value);
	if (full) {
		fputs("  ", p->out);
		toned(p, bar, TONE_GOOD);
	}
	fputc('\n', p->out);
}

void format_bytes(char *buf, size_t size, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t unit = 0;

	while (value >= 1024 && unit < 4) {
		value /= 1024;
		unit++;
	}
	snprintf(buf, size, unit && value < 100 ? "%.1f %s" : "%.0f %s",
		 value, units[unit]);
}

void format_duration_ns(char *buf, size_t size, uint64_t ns)
{
	static const struct {
		const char *unit;
		double ns;
	} steps[] = { { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 } };
	size_t i;

	for (i = 0; i < 3; i++) {
		double value = (double)ns / steps[i].ns;

		if (value < 1)
			continue;
		snprintf(buf, size, value < 100 ? "%.1f %s" : "%.0f %s",
			 value, steps[i].unit);
		return;
	}
	snprintf(buf, size, "%" PRIu64 " ns", ns);
}

/**
 * format_ago - write how long ago something was
 * @buf: gets the text, as "3 h 12 min ago"
 * @size: of @buf
 * @ns: nanoseconds since then
 */
void format_ago(char *buf, size_t size, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (s < 120)
		snprintf(buf, size, "%" PRIu64 " s ago", s);
	else if (s < 7200)
		snprintf(buf, size, "%" PRIu64 " min ago", s / 60);
	else if (s < 172800)
		snprintf(buf, size, "%" PRIu64 " h %" PRIu64 " min ago",
			 s / 3600, s / 60 % 60);
	else
		snprintf(buf, size, "%" PRIu64 " days ago", s / 86400);
}
