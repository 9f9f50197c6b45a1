/* Optimizers: what turns gradients into new weights.
 *
 *     gt_optimizer *adam = gt_adam(NULL);
 *     ...
 *     if (gt_optimizer_apply(adam, 4, weights, gradients) != GT_OK)
 *         die(gt_last_error());
 *
 * An optimizer keeps state of its own (velocities, moments) for every weight it has seen, by the tensor's identity,
 * until it is freed. It is the caller's to free and belongs to one thread at a time. In the option structs, zero in a
 * field means the default, and NULL for the struct all defaults. A maker returns NULL with the message set on failure:
 * a setting out of range is GT_ERR_ARGUMENT. */
#ifndef GT_OPTIMIZER_H
#define GT_OPTIMIZER_H

#include "../core/tensor.h"

GT_PUBLIC_BEGIN

typedef struct gt_optimizer gt_optimizer;

/* w -= rate g. With momentum: v = momentum v - rate g; w += v. Nesterov's: w += momentum v - rate g, v being the new
 * one (Keras' forms). */
typedef struct gt_sgd_options {
    double learning_rate; /* 0.01 */
    double momentum;      /* 0: none; below 1 */
    bool nesterov;        /* only with momentum */
} gt_sgd_options;
gt_optimizer *gt_sgd(const gt_sgd_options *options);

/* v = beta v + (1 - beta) g^2; w -= rate g / (sqrt(v) + epsilon). Tieleman and Hinton, 2012. */
typedef struct gt_rmsprop_options {
    double learning_rate; /* 0.001 */
    double beta;          /* 0.9 */
    double epsilon;       /* 1e-6 */
} gt_rmsprop_options;
gt_optimizer *gt_rmsprop(const gt_rmsprop_options *options);

/* m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
 * w -= rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon) in step t = 1, 2, ...: epsilon is added after the
 * correction, as in PyTorch. Kingma and Ba, ICLR 2015. */
typedef struct gt_adam_options {
    double learning_rate; /* 0.001 */
    double beta1;         /* 0.9 */
    double beta2;         /* 0.999 */
    double epsilon;       /* 1e-7 */
} gt_adam_options;
gt_optimizer *gt_adam(const gt_adam_options *options);

/* Adam with decoupled weight decay: beside Adam's step, which does not see it, w -= rate weight_decay w (PyTorch's
 * form; the paper leaves the rate out). Loshchilov and Hutter, ICLR 2019. gt_adam is the one without decay. */
typedef struct gt_adamw_options {
    double learning_rate; /* 0.001 */
    double beta1;         /* 0.9 */
    double beta2;         /* 0.999 */
    double epsilon;       /* 1e-7 */
    double weight_decay;  /* 0.01 */
} gt_adamw_options;
gt_optimizer *gt_adamw(const gt_adamw_options *options);

/* a += g^2; w -= rate g / (sqrt(a) + epsilon), where a starts at initial_accumulator: PyTorch's form (in Keras, epsilon
 * stands inside the root) with Keras' defaults. Duchi, Hazan and Singer, JMLR 2011. */
typedef struct gt_adagrad_options {
    double learning_rate;       /* 0.001 */
    double initial_accumulator; /* 0.1; PyTorch's 0 can be asked for as 1e-30 */
    double epsilon;             /* 1e-7 */
} gt_adagrad_options;
gt_optimizer *gt_adagrad(const gt_adagrad_options *options);

/* v = rho v + (1 - rho) g^2; d = sqrt(u + epsilon) / sqrt(v + epsilon) g; u = rho u + (1 - rho) d^2; w -= rate d.
 * Zeiler, arXiv:1212.5701, whose rate is 1; the defaults are Keras'. */
typedef struct gt_adadelta_options {
    double learning_rate; /* 0.001 */
    double rho;           /* 0.95 */
    double epsilon;       /* 1e-7 */
} gt_adadelta_options;
gt_optimizer *gt_adadelta(const gt_adadelta_options *options);

/* One by name, for command lines: "sgd", "momentum" (sgd with momentum 0.9), "rmsprop", "adam", "adamw", "adagrad" or
 * "adadelta", with its other settings at their defaults; a learning rate of 0 means the default too. NULL, with a
 * message that lists the names, for another. */
gt_optimizer *gt_optimizer_named(const char *name, double learning_rate);

void gt_optimizer_free(gt_optimizer *optimizer);

/* One step: weights[i] is updated in place from gradients[i]. Everything is checked, and all state made, before the
 * first write, so that a failure changes nothing: "adam: no gradient for 'dense/kernel' (784, 10): ...". A gradient has
 * its weight's shape, dtype and device; a weight listed twice is an error. */
gt_status gt_optimizer_apply(gt_optimizer *optimizer, int count, gt_tensor *const weights[],
                             gt_tensor *const gradients[]);

/* The name as gt_optimizer_named has it; "" for NULL. */
const char *gt_optimizer_name(const gt_optimizer *optimizer);
double gt_optimizer_learning_rate(const gt_optimizer *optimizer); /* NaN for NULL */
/* From the next step on; 0 or more. */
gt_status gt_optimizer_set_learning_rate(gt_optimizer *optimizer, double learning_rate);

/* Bounds on the gradients that a step uses; at most one of them, and 0 for the others. */
typedef struct gt_clipping {
    double value;       /* each entry into [-value, value] */
    double norm;        /* each gradient of a larger L2 norm is scaled down to this one (Keras' clipnorm) */
    double global_norm; /* the same for all gradients of a step together, as one vector (Keras' global_clipnorm;
                           Pascanu, Mikolov and Bengio, ICML 2013) */
} gt_clipping;

/* From the next step on; NULL or zeros: none, as at first. The gradients given to a step are not changed. Norms are
 * summed in float64; what is within its bound is used bit for bit. Where a norm is not finite, all that it would scale
 * becomes NaN, as with TensorFlow's clip_by_global_norm: the trouble shows, where scaling by 0 would hide it. By value,
 * infinities are clipped, and NaN passes on. A step takes the memory of its gradients once more, and needs all of them
 * on one device. */
gt_status gt_optimizer_set_clipping(gt_optimizer *optimizer, const gt_clipping *clipping);
gt_clipping gt_optimizer_clipping(const gt_optimizer *optimizer); /* zeros for none, and for NULL */

/* How many steps were applied: Adam's t. */
int64_t gt_optimizer_steps(const gt_optimizer *optimizer);
gt_status gt_optimizer_set_steps(gt_optimizer *optimizer, int64_t steps);

/* The state, for whoever saves it and goes on from it: tensors of each weight's shape, in slots numbered from 0.
 * gt_optimizer_slot makes the weight's state, as it starts, where it has none yet; the tensor stays the optimizer's.
 * NULL with the message set for a slot there is not. */
int gt_optimizer_slots(const gt_optimizer *optimizer);                       /* per weight, 0 to 2 */
const char *gt_optimizer_slot_name(const gt_optimizer *optimizer, int slot); /* "velocity"; NULL if none */
gt_tensor *gt_optimizer_slot(gt_optimizer *optimizer, const gt_tensor *weight, int slot);

/* Moves the state to the device that the weights were moved to (gt_tensor_move); gt_model_to does it. On failure, some
 * of it is moved: calling it again, for either device, makes it whole. */
gt_status gt_optimizer_move(gt_optimizer *optimizer, gt_device device);

GT_PUBLIC_END

#endif
