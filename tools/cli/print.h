/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The print layer: what a command found out, as text or as JSON.
 *
 * A command describes its result once, as objects, lists, fields, tables and
 * verdicts; the layer draws it for people or writes it as JSON. No command
 * asks which of the two it is, except to leave out a live screen.
 */
#ifndef TANDEM_CLI_PRINT_H
#define TANDEM_CLI_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct printer;

/**
 * enum print_format - how results are written
 * @PRINT_TEXT: for people
 * @PRINT_JSON: one indented JSON document
 * @PRINT_JSON_LINES: a compact JSON document per line, one per print_flush()
 */
enum print_format { PRINT_TEXT, PRINT_JSON, PRINT_JSON_LINES };

/**
 * enum print_tone - meaning of a piece of text, shown as a colour
 * @TONE_PLAIN: nothing to say
 * @TONE_GOOD: as it should be
 * @TONE_WARN: works, but look at it
 * @TONE_BAD: does not work
 * @TONE_DIM: less important than its surroundings
 */
enum print_tone { TONE_PLAIN, TONE_GOOD, TONE_WARN, TONE_BAD, TONE_DIM };

/**
 * struct print_column - a column of a table
 * @key: name of the JSON member
 * @head: heading in text; NULL shows the column in JSON only
 * @right: align to the right
 * @wrap: may be broken over several lines
 */
struct print_column {
	const char *key;
	const char *head;
	bool right;
	bool wrap;
};

struct printer *printer_new(FILE *out, enum print_format format, bool colour);
int printer_finish(struct printer *p);
void printer_free(struct printer *p);
bool printer_is_json(const struct printer *p);
void print_flush(struct printer *p);

void print_open(struct printer *p, const char *key);
void print_open_list(struct printer *p, const char *key);
void print_close(struct printer *p);

void print_str(struct printer *p, const char *key, const char *label,
	       const char *value);
void print_tone(struct printer *p, const char *key, const char *label,
		const char *value, enum print_tone tone);
void print_u64(struct printer *p, const char *key, const char *label,
	       uint64_t value);
void print_real(struct printer *p, const char *key, const char *label,
		double value, int decimals);
void print_bool(struct printer *p, const char *key, const char *label,
		bool value);

void print_table(struct printer *p, const char *key,
		 const struct print_column *columns, size_t n);
void print_cell_str(struct printer *p, const char *value);
void print_cell_tone(struct printer *p, const char *value,
		     enum print_tone tone);
void print_cell_u64(struct printer *p, uint64_t value);
void print_cell_bytes(struct printer *p, uint64_t bytes);
void print_cell_real(struct printer *p, double value, int decimals);
void print_cell_bool(struct printer *p, bool value);
void print_cell_none(struct printer *p);
void print_table_end(struct printer *p);

void print_verdict(struct printer *p, const char *verdict,
		   enum print_tone tone, const char *check,
		   const char *finding, const char *remedy);
void print_note(struct printer *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void print_heading(struct printer *p, const char *text);
void print_bar(struct printer *p, const char *label, uint64_t value,
	       uint64_t most);

void format_bytes(char *buf, size_t size, uint64_t bytes);
void format_duration_ns(char *buf, size_t size, uint64_t ns);
void format_ago(char *buf, size_t size, uint64_t ns);

#endif
