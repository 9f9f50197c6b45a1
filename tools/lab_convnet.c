/* `gradtape lab convnet`: the two convolution notebooks: padding, convolution and pooling step by step, forward and
 * backward, and a network that tells hand signs apart. */
#include <stdio.h>

#include "tools/command.h"
#include "tools/device_option.h"
#include "tools/lab.h"
#include "tools/lab_convnet.h"

enum { SIGNS_EPOCHS = 100, DIGITS_EPOCHS = 15 };

typedef struct settings {
    convnet_settings network;
    const char *folder, *train, *test;
    int64_t threads;
} settings;

static const char about[] =
    "Convolution and pooling step by step, forward and backward, and a small network on the SIGNS data set:\n"
    "train_signs.h5 and test_signs.h5, from the exercises 'Convolution model' of the deeplearning.ai course\n"
    "'Convolutional Neural Networks', in their folder datasets. Without them a shorter version runs on the\n"
    "digits that come with gradtape.\n";

static int parse(int argc, char **argv, settings *s)
{
    const option options[] = {
        option_text("data", &s->folder, "DIR", "the folder with train_signs.h5 and test_signs.h5"),
        option_text("train", &s->train, "FILE", "instead: the file with train_set_x and train_set_y"),
        option_text("test", &s->test, "FILE", "and the one with test_set_x and test_set_y"),
        option_integer("epochs", &s->network.epochs, "N", 1, 1000000, "(default: 100; on digits 15)"),
        option_threads(&s->threads),
        option_integer("seed", &s->network.seed, "N", 0, INT64_MAX, "of initial weights and shuffling (default: 1)"),
        TRAINING_OPTIONS(&s->network.training),
        option_text("plot", &s->network.plot, "FILE",
                    "pictures, .png or .svg: for out.png, out-padding.png and beside it\nexample, cost and filters"),
        {.name = NULL},
    };
    int status = options_parse(&(command_usage){"lab convnet", NULL, about, options}, argc, argv, NULL);
    if (status < 0 && s->folder && (s->train || s->test))
        return usage_error("lab convnet", "give --data, or --train and --test, not both");
    if (status < 0 && !s->train != !s->test)
        return usage_error("lab convnet", "--train and --test go together");
    if (status < 0)
        status = training_check("lab convnet", &s->network.training);
    return status;
}

static gt_status read_from_folder(const char *folder, convnet_data *data)
{
    char train[4096], test[4096];
    const int length = snprintf(train, sizeof train, "%s/train_signs.h5", folder);
    snprintf(test, sizeof test, "%s/test_signs.h5", folder);
    if (length >= (int)sizeof train)
        return gt_fail(GT_ERR_ARGUMENT, "--data: a name of %d characters", length);
    return convnet_data_read_signs(train, test, data);
}

static gt_status read_data(settings *s, convnet_data *data)
{
    if (!s->network.epochs)
        s->network.epochs = s->folder || s->train ? SIGNS_EPOCHS : DIGITS_EPOCHS;
    if (s->folder)
        return read_from_folder(s->folder, data);
    return s->train ? convnet_data_read_signs(s->train, s->test, data) : convnet_data_read_digits(data);
}

static void say_where_signs_are(void)
{
    lab_note("no SIGNS files were given (--data DIR): train_signs.h5 and test_signs.h5 come with the exercises of the "
             "deeplearning.ai course 'Convolutional Neural Networks'. Instead, the network is trained on digits.");
}

static gt_status check_outputs(const settings *s)
{
    static const char *const pictures[] = {"padding", "example", "cost", "filters", NULL};
    output_list o = {.count = 0};
    outputs_keep(&o, "the file of --train", s->train);
    outputs_keep(&o, "the file of --test", s->test);
    training_outputs(&s->network.training, &o);
    outputs_pictures(&o, "--plot", s->network.plot, pictures);
    return outputs_check(&o);
}

int lab_convnet(int argc, char **argv)
{
    settings s = {.network.seed = 1};
    int usage_status = parse(argc, argv, &s);
    if (usage_status >= 0)
        return usage_status;
    convnet_data data = {.train_x = NULL};
    int interrupted = 0;
    gt_status status = check_outputs(&s);
    if (status == GT_OK)
        status = threads_chosen(s.threads);
    if (status == GT_OK)
        status = read_data(&s, &data);
    if (status == GT_OK)
        status = convnet_forward(s.network.plot);
    if (status == GT_OK)
        status = convnet_backward();
    if (status == GT_OK && !s.folder && !s.train)
        say_where_signs_are();
    if (status == GT_OK)
        status = convnet_train(&s.network, &data, &interrupted);
    convnet_data_free(&data);
    const int result = lab_finish("lab convnet", status);
    return interrupted ? 128 + interrupted : result;
}
