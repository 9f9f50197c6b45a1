#include "tools/plot_text.h"

#include <string.h>

static const char ellipsis[] = "\xe2\x80\xa6";

/* How many bytes the character of UTF-8 has that begins here; 0 where none does: no longer forms than needed, no
 * surrogates, and no U+FFFE and U+FFFF, which XML does without. */
static size_t character_length(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const size_t length = at[0] < 0x80   ? 1
                          : at[0] < 0xc2 ? 0
                          : at[0] < 0xe0 ? 2
                          : at[0] < 0xf0 ? 3
                          : at[0] < 0xf5 ? 4
                                         : 0;
    for (size_t i = 1; i < length; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) || (at[0] == 0xf0 && at[1] < 0x90) ||
        (at[0] == 0xf4 && at[1] > 0x8f) || (at[0] == 0xef && at[1] == 0xbf && at[2] > 0xbd))
        return 0;
    return length;
}

/* Those of ASCII, and those of Latin-1, of which terminals take some for the beginning of a command. */
static bool is_control(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    return at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0);
}

void plot_text_clean(const char *text, char clean[PLOT_TEXT])
{
    size_t used = 0;
    for (const char *at = text ? text : ""; *at;) {
        const size_t length = character_length(at);
        if (used + (length ? length : 1) + sizeof ellipsis > PLOT_TEXT) {
            memcpy(clean + used, ellipsis, sizeof ellipsis);
            return;
        }
        if (length == 0 || is_control(at))
            clean[used++] = length == 0 ? '?' : ' ';
        else
            memcpy(clean + used, at, length), used += length;
        at += length ? length : 1;
    }
    clean[used] = '\0';
}

/* Where the last character of the first `length` bytes begins. */
static size_t last_character(const char *text, size_t length)
{
    while (length > 0 && ((unsigned char)text[--length] & 0xc0) == 0x80)
        ;
    return length;
}

bool plot_text_shorten(char clean[PLOT_TEXT])
{
    size_t length = strlen(clean);
    const size_t mark = sizeof ellipsis - 1;
    if (length >= mark && strcmp(clean + length - mark, ellipsis) == 0)
        length -= mark;
    if (length == 0)
        return false;
    length = last_character(clean, length);
    while (length > 0 && clean[length - 1] == ' ')
        length--;
    while (length + sizeof ellipsis > PLOT_TEXT)
        length = last_character(clean, length);
    memcpy(clean + length, ellipsis, sizeof ellipsis);
    return true;
}

void plot_text_write_xml(FILE *file, const char *clean)
{
    for (const char *at = clean; *at; at++) {
        if (*at == '&')
            fputs("&amp;", file);
        else if (*at == '<')
            fputs("&lt;", file);
        else if (*at == '>')
            fputs("&gt;", file);
        else
            fputc(*at, file);
    }
}
