/* Texts of pictures: whatever a file or a user gave is made fit to be drawn, and to stand in an SVG. */
#ifndef TOOLS_PLOT_TEXT_H
#define TOOLS_PLOT_TEXT_H

#include <stdbool.h>
#include <stdio.h>

enum { PLOT_TEXT = 256 };

/* UTF-8 on one line: control characters become spaces, and what is no UTF-8 a '?'; the rest of a longer text is left
 * out behind an ellipsis. NULL is "". */
void plot_text_clean(const char *text, char clean[PLOT_TEXT]);
/* Takes the last character of a clean text away, before an ellipsis at its end, which comes there by the first call.
 * False where nothing but the ellipsis was left. */
bool plot_text_shorten(char clean[PLOT_TEXT]);
/* A clean text as XML has it. */
void plot_text_write_xml(FILE *file, const char *clean);

#endif
