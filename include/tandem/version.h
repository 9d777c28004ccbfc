/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _TANDEM_VERSION_H
#define _TANDEM_VERSION_H

/** TANDEM_VERSION - version of the suite */
#define TANDEM_VERSION		"0.1.0"

#endif /* _TANDEM_VERSION_H */
