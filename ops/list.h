/* Every op of the library, in alphabetical order. X(name) stands for the descriptor gt_op_name. */
#ifndef GT_LIST_H
#define GT_LIST_H

#define GT_OP_LIST(X)                                                                                                  \
    X(add)                                                                                                             \
    X(broadcast_to)                                                                                                    \
    X(copy)                                                                                                            \
    X(fill)                                                                                                            \
    X(sum_to)

#endif
