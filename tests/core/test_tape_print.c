/* core/tape_print: the graph as text and for Graphviz. */
#include "core/tape.h"

#include "core/op.h"
#include "ops/ops.h"
#include "tests/support/suite.h"
#include "tests/support/tensors.h"

START_TEST(print_shows_one_node_a_line)
{
    gt_tensor *w = PARAMETER("w", 1, 2), *x = VECTOR(3, 4);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_broadcast_to(tape, gt_mul(tape, w, x), GT_SHAPE(3, 2));
    printed out = {0};
    ck_assert_int_eq(gt_tape_print(tape, print_into, &out), GT_OK);
    ck_assert_str_eq(out.text, "%1 = mul(w (2,), constant (2,)) -> float64 (2,)\n"
                               "%2 = broadcast_to(%1) -> float64 (3, 2)  shape=(3, 2)\n");
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

START_TEST(print_tells_a_watched_result_from_the_node_before_it)
{
    gt_tensor *w = PARAMETER("w", 1), *x = VECTOR(3);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_square(tape, w);
    gt_tensor *h = gt_square(tape, x);
    gt_tape_watch(tape, h);
    gt_neg(tape, h);
    printed out = {0}, dot = {0};
    gt_tape_print(tape, print_into, &out);
    ck_assert_str_eq(out.text, "%1 = square(w (1,)) -> float64 (1,)\n%2 = neg(watched (1,)) -> float64 (1,)\n");
    gt_tape_dot(tape, print_into, &dot);
    ck_assert_ptr_null(strstr(dot.text, "n1 -> n2"));
    gt_tape_free(tape);
    gt_tensor_free(w);
    gt_tensor_free(x);
}
END_TEST

START_TEST(dot_is_what_graphviz_reads)
{
    gt_tensor *w = PARAMETER("the \"w\"", 1, 2);
    gt_tape *tape = gt_tape_new(GT_CPU);
    gt_tape_begin(tape);
    gt_neg(tape, gt_square(tape, w));
    printed out = {0};
    ck_assert_int_eq(gt_tape_dot(tape, print_into, &out), GT_OK);
    ck_assert_str_eq(out.text, "digraph tape {\n"
                               "  rankdir=LR;\n"
                               "  n1 [label=\"square\"];\n"
                               "  l1_0 [shape=box, label=\"the \\\"w\\\"\\n(2,)\", style=bold];\n"
                               "  l1_0 -> n1;\n"
                               "  n2 [label=\"neg\"];\n"
                               "  n1 -> n2 [label=\"(2,)\"];\n"
                               "}\n");
    ck_assert_int_eq(gt_tape_dot(tape, NULL, NULL), GT_ERR_ARGUMENT);
    ck_assert_int_eq(gt_tape_print(NULL, print_into, &out), GT_ERR_ARGUMENT);
    gt_tape_free(tape);
    gt_tensor_free(w);
}
END_TEST

int main(void)
{
    return run_suite("tape_print", (const suite_test[]){
                                       TEST(print_shows_one_node_a_line),
                                       TEST(print_tells_a_watched_result_from_the_node_before_it),
                                       TEST(dot_is_what_graphviz_reads),
                                       END_OF_TESTS,
                                   });
}
