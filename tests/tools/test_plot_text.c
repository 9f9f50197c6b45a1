/* tools/plot_text: texts that nobody checked become fit to be drawn. */
#include "tools/plot_text.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/suite.h"

static const char *cleaned(const char *text)
{
    static char clean[PLOT_TEXT];
    plot_text_clean(text, clean);
    return clean;
}

START_TEST(good_texts_stay)
{
    ck_assert_str_eq(cleaned("loss"), "loss");
    ck_assert_str_eq(cleaned("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x99\x82"), "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x99\x82");
    ck_assert_str_eq(cleaned(""), "");
    ck_assert_str_eq(cleaned(NULL), "");
}
END_TEST

START_TEST(control_characters_become_spaces)
{
    ck_assert_str_eq(cleaned("a\tb\nc\x1b[31m\x7f"), "a b c [31m ");
}
END_TEST

START_TEST(what_is_no_utf8_becomes_question_marks)
{
    ck_assert_str_eq(cleaned("\xff\xfe"), "??");
    ck_assert_str_eq(cleaned("a\xc3"), "a?");              /* cut off */
    ck_assert_str_eq(cleaned("\xc0\xaf"), "??");           /* '/' in a longer form */
    ck_assert_str_eq(cleaned("\xe0\x80\xaf"), "???");      /* and in a still longer one */
    ck_assert_str_eq(cleaned("\xed\xa0\x80"), "???");      /* a surrogate */
    ck_assert_str_eq(cleaned("\xf4\x90\x80\x80"), "????"); /* beyond U+10FFFF */
    ck_assert_str_eq(cleaned("\xef\xbf\xbe"), "???");      /* U+FFFE, which XML forbids */
}
END_TEST

START_TEST(long_texts_end_in_an_ellipsis_between_characters)
{
    char text[2001];
    for (int i = 0; i < 1000; i++)
        memcpy(text + 2 * i, "\xc3\xa4", 2);
    text[2000] = '\0';
    const char *clean = cleaned(text);
    const size_t length = strlen(clean);
    ck_assert_uint_lt(length, PLOT_TEXT);
    ck_assert_uint_gt(length, PLOT_TEXT - 8);
    ck_assert_str_eq(clean + length - 5, "\xc3\xa4\xe2\x80\xa6");
}
END_TEST

START_TEST(shortening_ends_with_the_ellipsis_alone)
{
    char clean[PLOT_TEXT] = "a \xc3\xa4";
    ck_assert(plot_text_shorten(clean));
    ck_assert_str_eq(clean, "a\xe2\x80\xa6");
    ck_assert(plot_text_shorten(clean));
    ck_assert_str_eq(clean, "\xe2\x80\xa6");
    ck_assert(!plot_text_shorten(clean));
    ck_assert_str_eq(clean, "\xe2\x80\xa6");
}
END_TEST

START_TEST(xml_is_escaped)
{
    char *bytes;
    size_t length;
    FILE *file = open_memstream(&bytes, &length);
    plot_text_write_xml(file, "a < b && c > d]]>");
    fclose(file);
    ck_assert_str_eq(bytes, "a &lt; b &amp;&amp; c &gt; d]]&gt;");
    free(bytes);
}
END_TEST

int main(void)
{
    return run_suite("plot_text", (const suite_test[]){
                                      TEST(good_texts_stay),
                                      TEST(control_characters_become_spaces),
                                      TEST(what_is_no_utf8_becomes_question_marks),
                                      TEST(long_texts_end_in_an_ellipsis_between_characters),
                                      TEST(shortening_ends_with_the_ellipsis_alone),
                                      TEST(xml_is_escaped),
                                      END_OF_TESTS,
                                  });
}
