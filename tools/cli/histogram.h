/* SPDX-License-Identifier: GPL-2.0-only */
/* Histograms as bars, or as numbers in JSON. */
#ifndef TANDEM_CLI_HISTOGRAM_H
#define TANDEM_CLI_HISTOGRAM_H

#include <stddef.h>

#include "print.h"
#include "tandem.h"

void histogram_label(char *buf, size_t size, size_t bucket, size_t n);
void histogram_print(struct printer *p, const struct tandem_histogram_info *h);

#endif
