# SPDX-License-Identifier: GPL-2.0-only
# Prints the stanzas of an apt .sources file as one-line entries.

function flush(  i, j, opt) {
	if (types ~ /(^| )deb( |$)/ && enabled != "no") {
		opt = signed == "" ? "" : "[signed-by=" signed "] "
		nu = split(uris, u, " ")
		ns = split(suites, s, " ")
		for (i = 1; i <= nu; i++)
			for (j = 1; j <= ns; j++)
				print "deb " opt u[i] " " s[j] " " comps
	}
	types = uris = suites = comps = signed = enabled = ""
}

/^[ \t]*$/	{ flush(); next }
/^#/		{ next }
		{ key = tolower($1); line = $0; sub(/^[^:]*:[ \t]*/, "", line) }
key == "types:"		{ types = line }
key == "uris:"		{ uris = line }
key == "suites:"	{ suites = line }
key == "components:"	{ comps = line }
key == "enabled:"	{ enabled = tolower(line) }
key == "signed-by:"	{ if (line ~ /^\//) signed = line }
END		{ flush() }
