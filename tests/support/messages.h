/* What a failure says. */
#ifndef TEST_SUPPORT_MESSAGES_H
#define TEST_SUPPORT_MESSAGES_H

#include <check.h>
#include <string.h>

#include "core/error.h"

/* Fails unless the thread's last message has `part` in it. */
#define assert_message(part)                                                                                           \
    ck_assert_msg(strstr(gt_last_error(), part) != NULL, "the message is '%s'", gt_last_error())

#endif
